import * as z from "zod";
import { type Diagnostic, error, hasErrors } from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/read-fields.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import { type MicroUsd, parseUsd } from "../money.ts";
import { locateFinding } from "./manifest.ts";
import { isMapping } from "../diagnostics/mapping.ts";
import { readYaml } from "./read-yaml.ts";
import type { YamlValue } from "./yaml-value.ts";

// So that a rate × 15 s × 250,000 lines stays an exact number.
const HIGHEST_RATE = 1_000_000_000;
const RATE_SAYS = "US dollars a second such as 0.35: at most six decimals, not zero, at most 1000";
// If it could be empty, a rate for one of two cases would apply to both.
const yesOrNo = z.boolean({ error: "true or false" }).optional();

const conditions = {
  audio: yesOrNo.describe("Only with audio on, or only with audio off."),
  video_input: yesOrNo.describe("Only with a video element, or only without one."),
  voice: yesOrNo.describe("Only with a voice, or only without one."),
};

const priceFileSchema = z.strictObject(
  {
    "topsheet-prices": z.literal(1, { error: "1, the version of this format" }),
    as_of: z
      .string({ error: "a day such as 2026-11-01" })
      .refine(isDay, { error: "a day such as 2026-11-01" })
      .describe("The day these prices were agreed."),
    source: z
      .string({ error: "text" })
      .nullish()
      .describe("Where they are agreed: a contract, an invoice, a message."),
    prices: z
      .array(
        z.strictObject(
          {
            model: z.string({ error: "the name of a model" }),
            usd_per_second: z
              .union([z.number(), z.string()], { error: RATE_SAYS })
              .refine((rate) => isRate(parseUsd(String(rate)) ?? 0), { error: RATE_SAYS }),
            ...conditions,
          },
          { error: "a mapping with a model and usd_per_second" },
        ),
        { error: "a list of prices" },
      )
      .min(1, { error: "a list of at least one price" }),
  },
  { error: "a mapping that starts with topsheet-prices: 1" },
);

/** One negotiated rate as written; the plan finds the model it speaks of. */
interface WrittenPrice {
  readonly model: string;
  readonly perSecond: MicroUsd;
  readonly when: { readonly [Name in keyof typeof conditions]?: boolean | undefined };
  readonly path: readonly PropertyKey[];
}

interface PriceFile {
  readonly yaml: YamlValue;
  readonly asOf: string;
  readonly source: string | null;
  readonly prices: readonly WrittenPrice[];
}

export interface ReadPriceFile {
  readonly source: SourceText;
  /** Null if anything in it is wrong: half a price file would price a plan wrongly. */
  readonly file: PriceFile | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a user's own price book, such as `manifests/my-rates.yaml`. */
export function readPriceFile(source: SourceText): ReadPriceFile {
  const { yaml, diagnostics } = readYaml(source);
  const refuse = (...complaints: readonly Diagnostic[]): ReadPriceFile => ({
    source,
    file: null,
    diagnostics: [...diagnostics, ...complaints],
  });
  if (yaml === null) return refuse();
  const root = yaml.value;
  if (!isMapping(root)) {
    const message = "a price file starts with the line topsheet-prices: 1";
    return refuse(error("required", message, yaml.findPlace([])));
  }
  if (Object.hasOwn(root, "topsheet")) {
    const place = yaml.findPlace(["topsheet"], "key");
    return refuse(error("file", "this is a manifest, not a price file", place));
  }
  const { read, findings } = readFields(priceFileSchema, () => priceFileSchema.partial(), root);
  const complaints = findings.map((finding) => locateFinding(yaml, finding));
  if (hasErrors([...diagnostics, ...complaints]) || read?.as_of === undefined) {
    return refuse(...complaints);
  }
  const prices = (read.prices ?? []).flatMap((price, index): WrittenPrice[] => {
    const perSecond = parseUsd(String(price.usd_per_second));
    if (perSecond === undefined) return [];
    const { model, usd_per_second: _, ...when } = price;
    return [{ model, perSecond, when, path: ["prices", index] }];
  });
  const file = { yaml, asOf: read.as_of, source: read.source ?? null, prices };
  return { source, file, diagnostics: [...diagnostics, ...complaints] };
}

function isRate(micros: number): boolean {
  return micros > 0 && micros <= HIGHEST_RATE;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  // The 31st of February would silently become a day in March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
