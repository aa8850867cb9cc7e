import { type MicroUsd, parseUsd } from "../money.ts";
import type { ModelInput } from "./model.ts";

/** What a price depends on besides the endpoint. A price that leaves one out holds for both. */
interface PriceConditions {
  readonly audio: boolean;
  readonly video_input: boolean;
  readonly voice: boolean;
}

export interface Price {
  readonly endpoint: string;
  readonly when: Readonly<Partial<PriceConditions>>;
  readonly perSecond: MicroUsd;
  /** Where the figure stands, for a person to look up. */
  readonly source: string;
  /** The day the source was seen, as YYYY-MM-DD. */
  readonly seen: string;
  /** What the source does not say: shown beside the figure. */
  readonly note: string | null;
  /** What one of the billable units costs that a result's header states; null where that was never seen. */
  readonly perUnit: MicroUsd | null;
}

export interface PriceBook {
  /** The day of the list prices, as YYYY-MM-DD. */
  readonly asOf: string;
  /** The day of the user's own, where there are any. */
  readonly ownAsOf: string | null;
  readonly prices: readonly Price[];
}

function usd(text: string): MicroUsd {
  const amount = parseUsd(text);
  if (amount === undefined) throw new Error(`not a price: ${text}`);
  return amount;
}

const LEARN = "https://fal.ai/learn/tools/how-to-use-kling-3-0-pro";
const NO_PRICE_ON_PAGE =
  "the model's own page gives no price; this one is from another page of fal's";

function page(endpoint: string): string {
  return `https://fal.ai/models/${endpoint}`;
}

function flat(endpoint: string, price: string, perUnit: string | null): Price {
  return {
    endpoint,
    when: {},
    perSecond: usd(price),
    source: page(endpoint),
    seen: "2026-10-01",
    note: null,
    perUnit: perUnit === null ? null : usd(perUnit),
  };
}

function byAudio(endpoint: string, audio: boolean, price: string): Price {
  return {
    endpoint,
    when: { audio },
    perSecond: usd(price),
    source: LEARN,
    seen: "2026-06-14",
    note: NO_PRICE_ON_PAGE,
    // Recorded runs: 5 s without audio are 4.0 units of 0.14, which is 5 × 0.112.
    perUnit: usd("0.14"),
  };
}

/**
 * List prices per second of video. fal's pricing API is no source: for v3/pro its "per second" unit price of
 * 0.14 is multiplied by billable units that are not seconds (0.8 a second without audio).
 */
export const LIST_PRICES: PriceBook = {
  asOf: "2026-10-01",
  ownAsOf: null,
  prices: [
    flat("fal-ai/kling-video/v3/4k/text-to-video", "0.42", null),
    byAudio("fal-ai/kling-video/v3/pro/text-to-video", false, "0.112"),
    byAudio("fal-ai/kling-video/v3/pro/text-to-video", true, "0.168"),
    // Recorded runs of O3 at 4K: 5 s are 5.0 units.
    flat("fal-ai/kling-video/o3/4k/text-to-video", "0.42", "0.42"),
    flat("fal-ai/kling-video/o3/4k/reference-to-video", "0.42", "0.42"),
    flat("fal-ai/kling-video/v3/turbo/pro/text-to-video", "0.14", null),
  ],
};

/** What the input that will be sent says about the price, defaults included. */
export function conditionsOf(complete: ModelInput): PriceConditions {
  const elements = complete.elements ?? [];
  return {
    audio: complete.generate_audio ?? false,
    video_input: elements.some((element) => element.video_url !== undefined),
    voice: elements.some((element) => element.voice_id !== undefined),
  };
}

/** The first price of the book that holds, or undefined: an unknown price is never zero. */
export function priceFor(
  book: PriceBook,
  endpoint: string,
  conditions: PriceConditions,
): Price | undefined {
  return book.prices.find((price) => price.endpoint === endpoint && holds(price.when, conditions));
}

/** The conditions that no source prices: the O3 page says "without video input"; no page speaks of voices at 4K. */
export function unpriced(price: Price, conditions: PriceConditions): readonly string[] {
  const unsure: string[] = [];
  if (conditions.video_input && price.when.video_input === undefined)
    unsure.push("a video element");
  if (conditions.voice && price.when.voice === undefined) unsure.push("a voice");
  return unsure;
}

/** The user's own prices before the list's: the narrower of two of theirs wins, whatever their order. */
export function overridden(
  list: PriceBook,
  own: { readonly asOf: string; readonly prices: readonly Price[] },
): PriceBook {
  const narrowest = own.prices.toSorted((a, b) => conditionCount(b) - conditionCount(a));
  return { asOf: list.asOf, ownAsOf: own.asOf, prices: [...narrowest, ...list.prices] };
}

function conditionCount(price: Price): number {
  return Object.keys(price.when).length;
}

function holds(when: Price["when"], conditions: PriceConditions): boolean {
  return (
    (when.audio === undefined || when.audio === conditions.audio) &&
    (when.video_input === undefined || when.video_input === conditions.video_input) &&
    (when.voice === undefined || when.voice === conditions.voice)
  );
}
