import { checkInput, type ReadyInput } from "../catalogue/check-input.ts";
import type { Model } from "../catalogue/model.ts";
import { modelHint, modelNamed } from "../catalogue/models.ts";
import { conditionsOf, priceFor, unpriced } from "../catalogue/price.ts";
import type { Price, PriceBook } from "../catalogue/price-book.ts";
import { type Diagnostic, error, warning } from "../diagnostics/diagnostic.ts";
import { shown } from "../diagnostics/printable.ts";
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
    if (model === null) return null;
    const { findings, ready } = checkInput(model, shot.input);
    for (const { code, severity, message, path, hint } of findings) {
      const atKey = code === "unknown-key" || code === "no-such-field";
      const place = shot.placeOf(path, atKey ? "key" : "value");
      this.#diagnostics.push({ code, severity, message, place, hint: hint ?? null });
    }
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

  #modelOf(shot: Shot): Model | null {
    if (shot.model === null) {
      const message = `shot ${shown(shot.id)} has no model`;
      const hint = "write `model: …` in the shot or in defaults";
      this.#diagnostics.push(error("missing-model", message, shot.placeOf([]), hint));
      return null;
    }
    const model = modelNamed(shot.model);
    if (model === undefined) {
      const message = `there is no model ${shown(shot.model)}`;
      const place = shot.placeOf(["model"]);
      this.#diagnostics.push(error("unknown-model", message, place, modelHint(shot.model)));
      return null;
    }
    return model;
  }
}

interface Priced {
  readonly model: Model;
  readonly price: Price;
  readonly input: ReadyInput;
  readonly print: string;
}
