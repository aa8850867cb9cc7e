import * as z from "zod";
import { unwrapSchema } from "../diagnostics/read-fields.ts";
import { suggest, findNearest } from "../diagnostics/suggest.ts";
import { klingO3 } from "./models/kling-o3.ts";
import { klingV3 } from "./models/kling-v3.ts";
import { klingV3Turbo } from "./models/kling-v3-turbo.ts";
import { FAL } from "../vendors/fal/facts.ts";
import type { Family, Model, ModelVendor } from "./model.ts";
import type { Price, PriceBook } from "./prices.ts";

/*
 * The models that there are. A model's file in models/ says all of it: vendor, endpoint, fields (fields.ts), rules
 * (rules/), prices (prices.ts), names in shot lists, and its page's example. check-input.ts checks a shot against them.
 */

/** A model is added in its family's file. A new family is a file in `models/` and a name here. */
export const FAMILIES: readonly Family[] = [klingV3, klingO3, klingV3Turbo];

const models: Model[] = [];
const byName = new Map<string, Model>();
const fields = new Set<string>();
const textFields = new Set<string>();
const list: { asOf: string; ownAsOf: null; prices: Price[] } = {
  asOf: "",
  ownAsOf: null,
  prices: [],
};

export const MODELS: readonly Model[] = models;

/** Every input field of any model, in the order of the pages. */
export const FIELDS: ReadonlySet<string> = fields;

/** Fields that take text, those inside lists too (`prompt`, `frontal_image_url`): 007 is 007 there, not 7. */
export const TEXT_FIELDS: ReadonlySet<string> = textFields;

/** The models' list prices. */
export const LIST_PRICES: PriceBook = list;

/** Makes these families the catalogue, in place of those that were. Tests bring a catalogue of their own. */
export function useFamilies(families: readonly Family[]): void {
  for (const old of [byName, fields, textFields]) old.clear();
  models.length = 0;
  list.prices = [];
  for (const { name: family, vendor, models: own } of families) {
    for (const each of own) {
      const model = { ...each, family, vendor };
      models.push(model);
      byName.set(model.alias, model).set(model.endpoint, model);
      for (const field of Object.keys(model.input.shape)) fields.add(field);
      for (const field of listTextFields(model.input.shape)) textFields.add(field);
      const page = `${vendor.page}${model.endpoint}`;
      for (const { source, ...price } of model.prices) {
        list.prices.push({ ...price, endpoint: model.endpoint, source: source ?? page });
      }
    }
  }
  list.asOf = list.prices.reduce((newest, { seen }) => (seen > newest ? seen : newest), "");
}

useFamilies(FAMILIES);

function listTextFields(shape: Readonly<Record<string, z.core.$ZodType>>): readonly string[] {
  return Object.entries(shape).flatMap(([field, schema]) => {
    const inner = unwrapSchema(schema);
    const item = inner instanceof z.ZodArray ? unwrapSchema(inner.element) : inner;
    if (item instanceof z.ZodObject) return listTextFields(item.shape);
    return item instanceof z.ZodString || item instanceof z.ZodEnum ? [field] : [];
  });
}

/** Finds a model by its alias or its full endpoint; its vendor's web address may stand before it. */
export function findModel(name: string): Model | undefined {
  const exact = byName.get(name);
  if (exact !== undefined || !name.startsWith("https://")) return exact;
  const addresses = MODELS.flatMap(({ vendor }) => vendor.addresses);
  const before = addresses.find((address) => name.startsWith(address)) ?? "";
  return byName.get(name.slice(before.length));
}

/** Finds the model that a shot list means: its alias or endpoint, or exactly the words of one of its names ("Kling 3.0 Pro"). */
export function findModelByWords(text: string): Model | undefined {
  const words = splitWords(text);
  const isNamed = (name: string): boolean => {
    const own = splitWords(name);
    return own.size === words.size && [...words].every((word) => own.has(word));
  };
  return words.size === 0
    ? undefined
    : MODELS.find(({ alias, names }) => [alias, ...names].some(isNamed));
}

/** `kling-v3-4k` and "Kling 3.0 4K" are both v3 and 4k. */
function splitWords(name: string): ReadonlySet<string> {
  const words = name
    .toLowerCase()
    .replace(/\bv?(\d+)(?:\.0)?(?![\dk.])/g, "v$1")
    .match(/[a-z]+\d+|\d+k|[a-z]+/g);
  return new Set((words ?? []).filter((word) => word !== "kling" && word !== "ai"));
}

/** Returns whose an endpoint is. What no model has any more was bought when there was no vendor but fal. */
export function findVendor(endpoint: string): ModelVendor {
  return findModel(endpoint)?.vendor ?? FAL;
}

/** Suggests a model for a name that no model has. */
export function suggestModel(name: string): string {
  const near = findNearest(name, byName.keys());
  return near === undefined
    ? `known models: ${MODELS.map((model) => model.alias).join(", ")}`
    : suggest(name, [near]);
}

export function listModelsWithField(field: string): readonly Model[] {
  return MODELS.filter((model) => Object.hasOwn(model.input.shape, field));
}
