import fc from "fast-check";
import { expect, test } from "vitest";
import { SourceText } from "../../src/diagnostics/source-text.ts";
import { readManifest } from "../../src/manifest/manifest.ts";
import { applyPriceFile, makePlan } from "../../src/plan/make-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { isPlanFile } from "../../src/cli/load.ts";
import { readPlanFile } from "../../src/plan/plan-file.ts";
import { topsheet } from "../rig/in-process.ts";
import { savePlan } from "../compare/diff-plans.ts";
import { manifest } from "./make-plan.ts";
import { PLAN } from "./saved-plan.ts";
import { runs } from "../rig/effort.ts";

const { book } = applyPriceFile(null);

/** What is bought, without its names. */
const purchases = ({ lines }: Plan): readonly object[] =>
  lines.map(({ fingerprint, ordinal, endpoint, input, cost }) => ({
    fingerprint,
    ordinal,
    endpoint,
    input,
    cost,
  }));

function planOf(text: string): Plan {
  const read = { ...readManifest(new SourceText("shots.yaml", text)), sha256: null };
  const { plan, diagnostics } = makePlan({ manifests: [read], prices: null, only: [] });
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return plan;
}

function readBack(text: string): Plan {
  const read = readPlanFile(text, book);
  if (!read.ok) throw new Error(read.problem.join("; "));
  return read.value.plan;
}

const BYTES = new TextEncoder().encode(PLAN);

/** The plan file with one byte changed. */
function flipped(at: number, to: number): Uint8Array {
  const bytes = Uint8Array.from(BYTES);
  bytes[at] = to;
  return bytes;
}

/** Lists the paths at which two documents differ: `lines.0.key`. */
function different(one: unknown, other: unknown, path: readonly string[] = []): readonly string[] {
  const nested = [one, other].some((side) => typeof side === "object" && side !== null);
  if (!nested) return one === other ? [] : [path.join(".")];
  const [a, b] = [new Map(Object.entries(Object(one))), new Map(Object.entries(Object(other)))];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) =>
    different(a.get(name), b.get(name), [...path, /^\d+$/.test(name) ? "N" : name]),
  );
}

const was: unknown = JSON.parse(PLAN);

const known = new Set(different(was, undefined).concat(different(was, null)));

/** Returns what differs from the plan; null if the file is refused. */
function unnoticed(
  bytes: Uint8Array,
): { readonly plan: Plan; readonly paths: readonly string[] } | null {
  const text = new TextDecoder().decode(bytes);
  if (!isPlanFile(text)) return null;
  const read = readPlanFile(text, book);
  if (!read.ok) return null;
  return { plan: read.value.plan, paths: different(was, JSON.parse(text)) };
}

test("a saved plan with any one byte changed is refused, or buys exactly the same", () => {
  const before = purchases(readBack(PLAN));
  const strays = new Set<string>();
  for (const [at, byte] of BYTES.entries()) {
    // The nearest character, and another figure.
    for (const other of new Set([byte ^ 1, 0x39])) {
      const found = other === byte ? null : unnoticed(flipped(at, other));
      if (found === null) continue;
      const { plan, paths } = found;
      // Nothing else in the file states how many equal lines were left out before it: see the next list.
      const ordinals = paths.includes("lines.N.ordinal");
      expect(ordinals ? before : purchases(plan)).toEqual(before);
      for (const path of paths) if (known.has(path)) strays.add(path);
    }
  }
  expect([...strays].toSorted()).toEqual(UNNOTICED);
});

// All but the ordinal are labels, terms and texts for people.
const UNNOTICED = [
  "budget.by_model.kling-v3-pro",
  "budget.by_scene.N",
  "budget.cap",
  "budget.per_day",
  "budget.per_shot",
  "budget.warn_at",
  "campaign",
  "caps.N.cap",
  "caps.N.from",
  "caps.N.of",
  "caps.N.verdict",
  "concurrency.kling-v3-pro",
  "concurrency.total",
  "created",
  "lines.N.ordinal",
  "lines.N.priority",
  "lines.N.scene",
  "lines.N.state",
  "lines.N.tags.N",
  "manifests.N.path",
  "manifests.N.sha256",
  "price_book.as_of",
  "price_book.own_as_of",
  "price_book.sha256",
  "totals.to_spend",
];

test("a saved plan with a changed byte is not read as a manifest", async () => {
  const at = fc.integer({ min: 0, max: 200 });
  await fc.assert(
    fc.asyncProperty(at, fc.integer({ min: 0, max: 255 }), async (where, byte) => {
      const bytes = flipped(where, byte);
      const { code, err } = await topsheet(["run", "plan.json", "--yes", "--max-usd", "99"], {
        files: { "plan.json": bytes },
      });
      const reached = err.includes("this machine cannot buy");
      expect(reached ? 1 : code === 2 ? 2 : 4).toBe(code);
      expect(reached).toBe(unnoticed(bytes) !== null);
    }),
    runs(80, 2_000),
  );
});

const usd = fc.integer({ min: 1, max: 999_999_999 }).map((micros) => micros / 1_000_000);
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const optional = { requiredKeys: [] };
const budget = fc.record(
  {
    cap: usd,
    per_shot: usd,
    per_run: usd,
    per_day: usd,
    per_week: usd,
    per_month: usd,
    by_model: fc.dictionary(fc.constantFrom("kling-v3-pro", "kling-o3-4k"), usd),
    by_scene: fc.record({ "1": usd, rooftop: usd, "2, 3": usd }, optional),
    // No manifest can have that key.
    by_tag: fc.dictionary(
      text.filter((tag) => tag !== "__proto__"),
      usd,
      { maxKeys: 2 },
    ),
    warn_at: fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
    when_reached: fc.constantFrom("stop", "skip"),
  },
  optional,
);
const lines = fc.integer({ min: 1, max: 40 });
const head = fc.record(
  {
    timezone: fc.constantFrom("UTC", "Europe/London", "Asia/Kathmandu"),
    budget,
    concurrency: fc.oneof(
      lines,
      fc.record(
        { total: lines, "kling-v3-pro": lines, "fal-ai/kling-video/o3/4k/text-to-video": lines },
        { requiredKeys: ["total"] },
      ),
    ),
  },
  optional,
);
const common = {
  scene: fc.constantFrom("1", "rooftop", "2, 3"),
  tags: fc.array(text, { maxLength: 2 }),
  priority: fc.integer({ min: -9, max: 9 }),
  takes: fc.integer({ min: 1, max: 3 }),
};
const input = fc.oneof(
  fc.record(
    {
      model: fc.constantFrom("kling-v3-pro", "fal-ai/kling-video/v3/4k/text-to-video"),
      prompt: text.map((words) => `Lake. ${words.replaceAll("$", "")}`),
      generate_audio: fc.boolean(),
      duration: fc.integer({ min: 3, max: 15 }),
      matrix: fc.constantFrom(
        { aspect_ratio: ["16:9", "1:1"] },
        { negative_prompt: ["x=y, [z] ~ /%", "\u00e9\u0301"] },
      ),
    },
    { requiredKeys: ["model", "prompt"] },
  ),
  fc.constant({
    model: "kling-o3-4k-reference",
    prompt: "@Element1 waves.",
    elements: [{ video_url: "https://a.example/v.mp4", voice_id: "v1" }],
  }),
  fc.constant({
    model: "kling-o3-4k",
    multi_prompt: [{ prompt: "Wide.", duration: 4 }, { prompt: "Close." }],
  }),
);
const shots = fc.array(
  fc.tuple(fc.record(common, optional), input).map(([own, sent]) => ({ ...own, ...sent })),
  { minLength: 1, maxLength: 4 },
);
const campaign = fc.tuple(head, shots).map(([terms, all]) =>
  JSON.stringify({
    topsheet: 1,
    campaign: "film",
    ...terms,
    shots: all.map((shot, index) => ({ id: `s${index}`, ...shot })),
  }),
);

async function roundTrip(holds: (read: Plan, made: Plan) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(campaign, async (written) => {
      holds(readBack(await savePlan(written)), planOf(written));
    }),
    runs(60, 2_000),
  );
}

test("a saved plan buys the same lines under the same keys, whatever its manifest says", async () => {
  const told = ({ lines: all }: Plan): readonly object[] =>
    all.map(({ price, ...line }) => ({ ...line, price: price.perSecond, unit: price.perUnit }));
  await roundTrip((read, made) => {
    expect(told(read)).toEqual(told(made));
  });
});

test("a saved plan keeps its caps, time zone and concurrency", async () => {
  await roundTrip((read, made) => {
    const { caps, timezone, concurrency, name } = made.campaign;
    expect(read.campaign).toMatchObject({ name, timezone, concurrency });
    // By name: JSON knows no order of them.
    const byName = ({ limits, ...rest }: Plan["campaign"]["caps"]): object => ({
      ...rest,
      limits: Object.fromEntries(limits),
    });
    expect(byName(read.campaign.caps)).toEqual(byName(caps));
  });
});

test("a saved plan states the time zone that it was made under", async () => {
  const written = manifest(["{ id: a, model: kling-v3-pro, prompt: A. }"]);
  expect(readBack(await savePlan(written)).campaign).toMatchObject({
    timezone: "UTC",
    statesTimezone: true,
  });
});
