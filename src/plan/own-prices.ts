import type { Model } from "../catalogue/model.ts";
import { modelHint, modelNamed } from "../catalogue/models.ts";
import { overridden } from "../catalogue/price.ts";
import type { Price, PriceBook } from "../catalogue/price-book.ts";
import { type Diagnostic, error, hasErrors, warning } from "../diagnostics/diagnostic.ts";
import { printable, shown } from "../diagnostics/printable.ts";
import type { PriceFile } from "../manifest/price-file.ts";

/** A user's rates over the list's, by endpoint and condition. Null when they name what is not there. */
export function withOwnPrices(
  list: PriceBook,
  file: PriceFile,
): { readonly book: PriceBook | null; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const seen = new Map<string, number>();
  const prices = file.prices.flatMap(({ model: name, perSecond, when, path }): Price[] => {
    const model = modelNamed(name);
    if (model === undefined) {
      const place = file.written.placeOf([...path, "model"]);
      diagnostics.push(
        error("unknown-model", `there is no model ${shown(name)}`, place, modelHint(name)),
      );
      return [];
    }
    const terms = JSON.stringify([model.endpoint, when.audio, when.video_input, when.voice]);
    const place = file.written.placeOf([...path, "model"]);
    const { line } = place.source.positionOf(place.start);
    const first = seen.get(terms);
    if (first !== undefined) {
      const message = `${model.alias} has a price under these conditions on line ${first} already`;
      diagnostics.push(error("value", message, place));
    }
    seen.set(terms, line);
    const missing = conditionWithoutField(model, when);
    if (missing !== null) {
      const message = `${model.alias} has no ${missing}: this price will never apply`;
      diagnostics.push(warning("not-applied", message, place));
    }
    const source = `${printable(file.written.source.name)}:${line}`;
    return [
      {
        endpoint: model.endpoint,
        when,
        perSecond,
        source: file.source === null ? source : `${source} (${file.source})`,
        seen: file.asOf,
        note: null,
        // What a unit costs under a contract of one's own, no one has told us.
        perUnit: null,
      },
    ];
  });
  for (const [index, price] of prices.entries()) {
    const rival = prices.slice(0, index).find((other) => isTie(price, other));
    if (rival === undefined) continue;
    const message = `this price and the one at ${rival.source} can both hold, and neither is narrower`;
    const place = file.written.placeOf(["prices", index]);
    diagnostics.push(error("value", message, place, "state a price for both conditions together"));
  }
  if (hasErrors(diagnostics)) return { book: null, diagnostics };
  return { book: overridden(list, { asOf: file.asOf, prices }), diagnostics };
}

/** The field without which a condition can never be met. */
function conditionWithoutField(model: Model, when: Price["when"]): string | null {
  const needed = [
    ...(when.audio === true ? ["generate_audio"] : []),
    ...(when.video_input === true || when.voice === true ? ["elements"] : []),
  ];
  return needed.find((field) => !Object.hasOwn(model.input.shape, field)) ?? null;
}

/** Two prices for one endpoint that one line could meet, each with a condition that the other lacks. */
function isTie(a: Price, b: Price): boolean {
  if (a.endpoint !== b.endpoint) return false;
  const conditions = ["audio", "video_input", "voice"] as const;
  const stated = (price: Price, name: (typeof conditions)[number]): boolean =>
    price.when[name] !== undefined;
  const apart = conditions.some(
    (name) => stated(a, name) && stated(b, name) && a.when[name] !== b.when[name],
  );
  const onlyA = conditions.some((name) => stated(a, name) && !stated(b, name));
  const onlyB = conditions.some((name) => stated(b, name) && !stated(a, name));
  return !apart && onlyA && onlyB;
}
