import { isMapping } from "../diagnostics/mapping.ts";
import type { Model } from "../catalogue/model.ts";
import { readPriceConditions, type Price, type PriceBook, findPrice } from "../catalogue/prices.ts";
import { exact } from "../money.ts";
import { toJsonSchema } from "../plan/manifest-schema.ts";
import type { Column, Document } from "./document.ts";

/** What a model allows and costs, for a person who writes a shot. Its fields are those of the JSON. */
interface ModelSheet {
  readonly alias: string;
  readonly endpoint: string;
  readonly title: string;
  readonly family: string;
  /** `off`, `on`, or null if the model has no such field. */
  readonly audio_default: "on" | "off" | null;
  readonly fields: readonly FieldSheet[];
  readonly rules: readonly string[];
  readonly prices: readonly PriceSheet[];
}

interface FieldSheet {
  readonly field: string;
  readonly takes: string;
  readonly default: string | null;
  readonly description: string;
}

interface PriceSheet {
  /** When it applies, such as `audio on`; null if always. */
  readonly when: string | null;
  readonly usd_per_second: string;
  readonly source: string;
  readonly seen: string;
  readonly note: string | null;
}

export function makeModelSheet(model: Model, book: PriceBook): ModelSheet {
  const complete = model.input.safeParse({});
  const defaults: Readonly<Record<string, unknown>> = complete.success ? { ...complete.data } : {};
  const hasAudio = complete.success ? complete.data.generate_audio : undefined;
  return {
    alias: model.alias,
    endpoint: model.endpoint,
    title: model.title,
    family: model.family,
    audio_default: hasAudio === undefined ? null : hasAudio ? "on" : "off",
    fields: Object.entries(model.input.shape).map(([field, schema]) => {
      const json = toJsonSchema(schema);
      return {
        field,
        takes: describeLegalValues(json),
        default: Object.hasOwn(defaults, field) ? formatField(defaults[field]) : null,
        description: formatField(json["description"]),
      };
    }),
    rules: model.rules.map((rule) => rule.says),
    prices: findPrices(model, book),
  };
}

/** Finds the prices that a shot on this model can have: with audio off and on, if that makes a difference. */
function findPrices(model: Model, book: PriceBook): readonly PriceSheet[] {
  const hasAudio = Object.hasOwn(model.input.shape, "generate_audio");
  const choices = hasAudio ? [false, true] : [false];
  const found = choices.flatMap((audio): { audio: boolean; price: Price }[] => {
    const conditions = readPriceConditions({ generate_audio: audio });
    const price = findPrice(book, model.endpoint, conditions);
    return price === undefined ? [] : [{ audio, price }];
  });
  const [first] = found;
  const alike = found.every(({ price }) => price === first?.price);
  const shown = alike ? found.slice(0, 1) : found;
  return shown.map(({ audio, price }) => ({
    when: alike ? (hasAudio ? "audio on or off" : null) : `audio ${audio ? "on" : "off"}`,
    usd_per_second: exact(price.perSecond),
    source: price.source,
    seen: price.seen,
    note: price.note,
  }));
}

/** Describes the legal values of a field by its JSON Schema. */
function describeLegalValues(json: Readonly<Record<string, unknown>>): string {
  const { anyOf, enum: choices, type, minimum, maximum } = json;
  if (Array.isArray(choices)) return choices.join(", ");
  if (Array.isArray(anyOf)) {
    const [first] = anyOf;
    return isMapping(first) ? describeLegalValues(first) : "";
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

function formatField(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

/** Makes a table with a row for each model. */
export function makeModelsDocument(sheets: readonly ModelSheet[]): Document {
  const notes = makeFootnotes(sheets);
  return {
    title: null,
    what: "",
    json: () => encodeModels(sheets),
    blocks: [
      { is: "table", table: { name: "Models", columns: MODEL_COLUMNS, rows: sheets } },
      { is: "notes", notes, ours: true },
      { is: "paragraph", text: "topsheet models MODEL says more of one.", on: "terminal" },
    ],
  };
}

const MODEL_COLUMNS: readonly Column<ModelSheet>[] = [
  { name: "model", kind: "text", code: true, value: ({ alias }) => alias },
  { name: "endpoint", kind: "text", code: true, on: "page", value: ({ endpoint }) => endpoint },
  {
    name: "seconds",
    kind: "text",
    value: (sheet) => shortenChoices(findLegalValues(sheet, "duration")),
  },
  {
    name: "ratios",
    kind: "text",
    value: (sheet) => findLegalValues(sheet, "aspect_ratio"),
    fit: { spare: 2 },
  },
  { name: "audio", kind: "text", value: describeAudio, fit: { spare: 1 } },
  {
    name: "price",
    title: "$ a second",
    kind: "text",
    value: describePrices,
    fit: { flexible: true },
  },
];

/** Shows one model: its fields, its rules and how sure they are, its prices and their sources. */
export function makeModelDocument(sheet: ModelSheet): Document {
  return {
    title: sheet.alias,
    what: `${sheet.title}\n${sheet.endpoint}`,
    json: () => encodeModels([sheet]),
    blocks: [
      { is: "table", table: { name: "Fields", columns: FIELD_COLUMNS, rows: sheet.fields } },
      { is: "list", title: "Rules", items: sheet.rules.map((text) => ({ text })) },
      {
        is: "list",
        title: "Prices",
        items: sheet.prices.map(({ usd_per_second: price, when, source, seen, note }) => ({
          text: `$${price} a second${when === null ? "" : `, ${when}`}`,
          more: [`${source}, seen ${seen}`, ...(note === null ? [] : [note])],
        })),
      },
    ],
  };
}

const FIELD_COLUMNS: readonly Column<FieldSheet>[] = [
  { name: "field", kind: "text", value: ({ field }) => field },
  { name: "default", kind: "text", value: (field) => field.default },
  {
    name: "takes",
    kind: "text",
    value: ({ field, takes }) => (field.endsWith("duration") ? shortenChoices(takes) : takes),
    fit: { flexible: true },
  },
];

function encodeModels(models: readonly ModelSheet[]): object {
  return { schema: "topsheet/models@1", models };
}

function findLegalValues(sheet: ModelSheet, field: string): string {
  return sheet.fields.find((own) => own.field === field)?.takes ?? "–";
}

/** `3, 4, …, 15` → `3–15`. */
function shortenChoices(choices: string): string {
  const all = choices.split(", ");
  return all.length > 3 ? `${all[0] ?? ""}–${all.at(-1) ?? ""}` : choices;
}

function describeAudio({ audio_default: audio }: ModelSheet): string {
  return audio === null ? "no such field" : `${audio} by default`;
}

function describePrices(sheet: ModelSheet): string {
  return sheet.prices
    .map(({ usd_per_second: price, when, note }) => {
      const star = note === null ? "" : "*";
      return `${price}${star}${when === null || when.startsWith("audio on or") ? "" : ` ${when}`}`;
    })
    .join(", ");
}

function makeFootnotes(sheets: readonly ModelSheet[]): readonly string[] {
  const notes = new Map<string, string>();
  for (const { alias, prices: own } of sheets) {
    for (const { note, source, seen } of own) {
      if (note !== null) notes.set(alias, `* ${alias}: ${note} (${source}, seen ${seen}).`);
    }
  }
  return [...notes.values()];
}
