import type { Size } from "./video.ts";

/** In tenths of a billed unit per second of video. */
interface Rates {
  readonly silent: number;
  readonly audio: number;
  /** With an element that has a voice. */
  readonly voice: number;
}

export interface Model {
  readonly family: "v3" | "o3" | "turbo";
  readonly from: "text" | "image" | "reference";
  readonly rates: Rates;
  /** In thousandths of a dollar. */
  readonly unitPrice: number;
  readonly size: Size;
  /** How long a 5 second video takes to make, in seconds. */
  readonly generateSeconds: number;
}

// Two of these were seen on bills; the rest follows from the list price at 0.14 a unit. For a voice on O3 no price is
// published: it is billed as audio.
const V3_STANDARD: Rates = { silent: 6, audio: 9, voice: 11 };
const V3_PRO: Rates = { silent: 8, audio: 12, voice: 14 };
const O3_STANDARD: Rates = { silent: 6, audio: 8, voice: 8 };
const O3_PRO: Rates = { silent: 8, audio: 10, voice: 10 };
// Turbo's unit was not found: one per second fits its price.
const PER_SECOND: Rates = { silent: 10, audio: 10, voice: 10 };

// Times were reported for o3 standard, o3 pro and turbo pro; elsewhere about a minute is a guess.
const MINUTE = 60;

const v3 = { family: "v3", size: "HD", unitPrice: 140, generateSeconds: MINUTE } as const;
const o3 = { family: "o3", size: "HD", unitPrice: 140 } as const;
const turbo = { family: "turbo", size: "HD", rates: PER_SECOND } as const;
const native4k = {
  size: "4K",
  rates: PER_SECOND,
  unitPrice: 420,
  generateSeconds: MINUTE,
} as const;

const V3 = {
  standard: { ...v3, rates: V3_STANDARD },
  pro: { ...v3, rates: V3_PRO },
  "4k": { ...native4k, family: "v3" },
} as const;
const O3 = {
  standard: { ...o3, rates: O3_STANDARD, generateSeconds: 94 },
  pro: { ...o3, rates: O3_PRO, generateSeconds: 318 },
  "4k": { ...native4k, family: "o3" },
} as const;
const TURBO = {
  standard: { ...turbo, unitPrice: 112, generateSeconds: MINUTE },
  pro: { ...turbo, unitPrice: 140, generateSeconds: 61 },
} as const;

function* tiers(
  folder: string,
  table: Readonly<Record<string, Omit<Model, "from">>>,
  kinds: readonly Model["from"][],
): Generator<readonly [endpoint: string, model: Model]> {
  for (const [tier, model] of Object.entries(table)) {
    for (const from of kinds) {
      yield [`fal-ai/kling-video/${folder}/${tier}/${from}-to-video`, { ...model, from }];
    }
  }
}

/** By full endpoint id. Written from fal's pages, not from the program's catalogue, so that it finds mistakes in that. */
export const MODELS: ReadonlyMap<string, Model> = new Map([
  ...tiers("v3", V3, ["text", "image"]),
  ...tiers("o3", O3, ["text", "image", "reference"]),
  ...tiers("v3/turbo", TURBO, ["text", "image"]),
]);
