import type { Model } from "../catalogue/model.ts";
import { conditionsOf, priceFor } from "../catalogue/price.ts";
import type { Price, PriceBook } from "../catalogue/price-book.ts";
import { exact } from "../money/usd.ts";
import { jsonSchema } from "../plan/manifest-schema.ts";

/** What a model allows and costs, as a person asks for it before writing a shot. */
export interface ModelSheet {
  readonly alias: string;
  readonly endpoint: string;
  readonly title: string;
  readonly family: string;
  readonly fields: readonly FieldSheet[];
  readonly rules: readonly string[];
  readonly prices: readonly PriceSheet[];
  /** `off`, `on`, or null where the model has no such field. */
  readonly audioDefault: "on" | "off" | null;
}

interface FieldSheet {
  readonly field: string;
  readonly takes: string;
  readonly default: string | null;
  readonly description: string;
}

interface PriceSheet {
  readonly when: string;
  readonly usdPerSecond: string;
  readonly source: string;
  readonly seen: string;
  readonly note: string | null;
}

export function modelSheet(model: Model, book: PriceBook): ModelSheet {
  const complete = model.input.safeParse({});
  const defaults: Readonly<Record<string, unknown>> = complete.success ? { ...complete.data } : {};
  const audio = complete.success ? complete.data.generate_audio : undefined;
  return {
    alias: model.alias,
    endpoint: model.endpoint,
    title: model.title,
    family: model.family,
    fields: Object.entries(model.input.shape).map(([field, schema]) => {
      const json = jsonSchema(schema);
      return {
        field,
        takes: takesOf(json),
        default: Object.hasOwn(defaults, field) ? textOf(defaults[field]) : null,
        description: textOf(json["description"]),
      };
    }),
    rules: model.rules.map((rule) => rule.says),
    prices: pricesOf(model, book),
    audioDefault: audio === undefined ? null : audio ? "on" : "off",
  };
}

/** The prices that a text of this model can meet: with audio off and on, where that makes a difference. */
function pricesOf(model: Model, book: PriceBook): readonly PriceSheet[] {
  const hasAudio = Object.hasOwn(model.input.shape, "generate_audio");
  const choices = hasAudio ? [false, true] : [false];
  const found = choices.flatMap((audio): { audio: boolean; price: Price }[] => {
    const conditions = conditionsOf({ generate_audio: audio });
    const price = priceFor(book, model.endpoint, conditions);
    return price === undefined ? [] : [{ audio, price }];
  });
  const [first] = found;
  const alike = found.every(({ price }) => price === first?.price);
  const shown = alike ? found.slice(0, 1) : found;
  return shown.map(({ audio, price }) => ({
    when: alike ? (hasAudio ? "audio on or off" : "") : `audio ${audio ? "on" : "off"}`,
    usdPerSecond: exact(price.perSecond),
    source: price.source,
    seen: price.seen,
    note: price.note,
  }));
}

/** The legal values in words, from the field's JSON Schema. */
function takesOf(json: Readonly<Record<string, unknown>>): string {
  const { anyOf, enum: choices, type, minimum, maximum } = json;
  if (Array.isArray(choices)) return choices.join(", ");
  if (Array.isArray(anyOf)) {
    const [first] = anyOf;
    return isSchema(first) ? takesOf(first) : "";
  }
  switch (type) {
    case "boolean":
      return "true, false";
    case "number":
      return `${String(minimum)} to ${String(maximum)}`;
    case "array":
      return "a list";
    default:
      return "text";
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

function isSchema(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
