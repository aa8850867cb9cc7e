import { type MicroUsd, parseUsd } from "../money.ts";
import type { ModelInput } from "./fields.ts";

/** What a price depends on besides the endpoint. */
export const PRICE_CONDITIONS = ["audio", "video_input", "voice"] as const;
type PriceCondition = (typeof PRICE_CONDITIONS)[number];
type PriceConditions = Readonly<Record<PriceCondition, boolean>>;

export interface Price {
  readonly endpoint: string;
  /** A price without a condition applies in both cases. */
  readonly when: { readonly [Name in PriceCondition]?: boolean | undefined };
  readonly perSecond: MicroUsd;
  /** Where the price is stated, for a person to look up. */
  readonly source: string;
  /** The day the source was seen, as YYYY-MM-DD. */
  readonly seen: string;
  /** What the source does not say: shown beside the figure. */
  readonly note: string | null;
  /** What one of the billable units costs that a result's header states; null if that was never seen. */
  readonly perUnit: MicroUsd | null;
}

export interface PriceBook {
  /** The day of the list prices, as YYYY-MM-DD. */
  readonly asOf: string;
  /** The day of the user's own prices; null if there are none. */
  readonly ownAsOf: string | null;
  readonly prices: readonly Price[];
}

/** A price as a model's file states it. Its source is the model's own page, unless it names another. */
export type ListPrice = Omit<Price, "endpoint" | "source"> & { readonly source: string | null };

/** A list price in US dollars per second of video; `perUnit` in US dollars too. */
export function perSecond(
  amount: string,
  {
    seen,
    when = {},
    source = null,
    note = null,
    perUnit = null,
  }: {
    readonly seen: string;
    readonly when?: Price["when"];
    readonly source?: string | null;
    readonly note?: string | null;
    readonly perUnit?: string | null;
  },
): ListPrice {
  const unit = perUnit === null ? null : parsePrice(perUnit);
  return { perSecond: parsePrice(amount), seen, when, source, note, perUnit: unit };
}

function parsePrice(text: string): MicroUsd {
  const amount = parseUsd(text);
  if (amount === undefined) throw new Error(`not a price: ${text}`);
  return amount;
}

/** Reads the conditions of a price from an input with its defaults. */
export function readPriceConditions(complete: ModelInput): PriceConditions {
  const elements = complete.elements ?? [];
  return {
    audio: complete.generate_audio ?? false,
    video_input: elements.some((element) => element.video_url !== undefined),
    voice: elements.some((element) => element.voice_id !== undefined),
  };
}

/** Finds the first price that applies. Returns undefined if there is none: an unknown price is never zero. */
export function findPrice(
  book: PriceBook,
  endpoint: string,
  conditions: PriceConditions,
): Price | undefined {
  return book.prices.find(
    (price) => price.endpoint === endpoint && conditionsHold(price.when, conditions),
  );
}

/** Lists the conditions that no source prices: the O3 page says "without video input"; no page mentions voices at 4K. */
export function listUnpriced(price: Price, conditions: PriceConditions): readonly string[] {
  const { when } = price;
  return [
    ...(conditions.video_input && when.video_input === undefined ? ["a video element"] : []),
    ...(conditions.voice && when.voice === undefined ? ["a voice"] : []),
  ];
}

/** Puts the user's own prices before the list's. The narrower of two of theirs applies, whatever their order. */
export function mergePrices(
  list: PriceBook,
  own: { readonly asOf: string; readonly prices: readonly Price[] },
): PriceBook {
  const narrowest = own.prices.toSorted((a, b) => countConditions(b) - countConditions(a));
  return { asOf: list.asOf, ownAsOf: own.asOf, prices: [...narrowest, ...list.prices] };
}

function countConditions({ when }: Price): number {
  return PRICE_CONDITIONS.filter((name) => when[name] !== undefined).length;
}

function conditionsHold(when: Price["when"], conditions: PriceConditions): boolean {
  return PRICE_CONDITIONS.every((name) => (when[name] ?? conditions[name]) === conditions[name]);
}
