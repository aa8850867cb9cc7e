import { checkInput, type ReadyInput, unknownField } from "../catalogue/check-input.ts";
import type { Model } from "../catalogue/model.ts";
import { FIELDS, modelHint, modelNamed } from "../catalogue/models.ts";
import { conditionsOf, priceFor, unpriced } from "../catalogue/price.ts";
import type { Price, PriceBook } from "../catalogue/price-book.ts";
import {
  type Diagnostic,
  error,
  type Finding,
  type Place,
  warning,
} from "../diagnostics/diagnostic.ts";
import { quoted, shortened, shown } from "../diagnostics/printable.ts";
import { placed } from "../manifest/manifest.ts";
import { SHOT_KEYS } from "../manifest/schema.ts";
import type { Shot } from "../manifest/shot.ts";
import { dollars, times } from "../money/usd.ts";
import { fingerprint } from "./fingerprint.ts";
import type { PlanLine } from "./plan.ts";

/** Shots into lines, one after the other: numbers equal purchases, and checks an input once for all its takes. */
export class Lines {
  readonly #book: PriceBook;
  readonly #diagnostics: Diagnostic[];
  readonly #ordinals = new Map<string, number>();
  #last: { readonly shot: Shot; readonly ready: Priced | null } | null = null;

  constructor(book: PriceBook, diagnostics: Diagnostic[]) {
    this.#book = book;
    this.#diagnostics = diagnostics;
  }

  of(shot: Shot): PlanLine | null {
    const same = this.#last?.shot.input === shot.input && this.#last.shot.model === shot.model;
    const ready = same ? (this.#last?.ready ?? null) : this.#priced(shot);
    this.#last = { shot, ready };
    if (ready === null) return null;
    const { model, price, input, print } = ready;
    const ordinal = (this.#ordinals.get(print) ?? 0) + 1;
    this.#ordinals.set(print, ordinal);
    return {
      key: shot.key,
      shot: shot.id,
      scene: shot.scene,
      tags: shot.tags,
      priority: shot.priority,
      take: shot.take,
      variant: shot.variant,
      model: model.alias,
      endpoint: model.endpoint,
      seconds: input.seconds,
      price,
      cost: times(price.perSecond, input.seconds),
      input: input.send,
      fingerprint: print,
      ordinal,
    };
  }

  #priced(shot: Shot): Priced | null {
    const model = this.#modelOf(shot);
    if (model === null) {
      // What has no model has mistakes of its own all the same: `modle: …` is one.
      const strange = Object.keys(shot.input).filter((key) => !FIELDS.has(key));
      this.#complain(
        shot,
        strange.map((key) => unknownField(key, [...SHOT_KEYS, ...FIELDS])),
      );
      return null;
    }
    const { findings, ready } = checkInput(model, shot.input, SHOT_KEYS);
    this.#complain(shot, findings);
    if (ready === null) return null;
    const conditions = conditionsOf(ready.complete);
    const price = priceFor(this.#book, model.endpoint, conditions);
    if (price === undefined) {
      const message = `there is no price for ${model.alias}${conditions.audio ? " with audio" : ""}`;
      const hint = "state it in a price file: --prices FILE";
      this.#diagnostics.push(error("price-missing", message, shot.placeOf(["model"]), hint));
      return null;
    }
    for (const what of unpriced(price, conditions)) {
      const message = `no source prices ${model.alias} with ${what}; ${dollars(price.perSecond)} a second is the price without it`;
      const place = shot.placeOf(["elements"]);
      this.#diagnostics.push(warning("price-unsure", message, place, "the bill may be higher"));
    }
    return { model, price, input: ready, print: fingerprint(model.endpoint, ready.complete) };
  }

  #complain(shot: Shot, findings: readonly Finding[]): void {
    for (const finding of findings) this.#diagnostics.push(placed(shot, finding));
  }

  #modelOf(shot: Shot): Model | null {
    if (shot.model === null) {
      if (shot.modelMisread) return null;
      const message = `shot ${shown(shot.id)} has no model`;
      const hint = "write `model: …` in the shot or in defaults";
      this.#diagnostics.push(error("missing-model", message, shot.placeOf([]), hint));
      return null;
    }
    const model = modelNamed(shot.model);
    if (model === undefined)
      this.#diagnostics.push(unknownModel(shot.model, shot.placeOf(["model"])));
    return model ?? null;
  }
}

export function unknownModel(name: string, place: Place): Diagnostic {
  return error(
    "unknown-model",
    `there is no model ${quoted(shortened(name, 80))}`,
    place,
    modelHint(name),
  );
}

interface Priced {
  readonly model: Model;
  readonly price: Price;
  readonly input: ReadyInput;
  readonly print: string;
}
