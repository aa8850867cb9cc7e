import type { ModelInput } from "./model.ts";
import type { Price, PriceBook, PriceConditions } from "./price-book.ts";

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
