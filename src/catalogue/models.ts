import * as z from "zod";
import { unwrapped } from "../diagnostics/from-zod.ts";
import { guess, nearest } from "../diagnostics/nearest.ts";
import { klingO3 } from "./models/kling-o3.ts";
import { klingV3 } from "./models/kling-v3.ts";
import { klingV3Turbo } from "./models/kling-v3-turbo.ts";
import { FAL } from "../vendors/fal/facts.ts";
import type { Family, Model, ModelVendor } from "./model.ts";

/** Adding a model is a file for its family, or a line in one, and a line here for a new family. */
const FAMILIES: readonly Family[] = [klingV3, klingO3, klingV3Turbo];

export const MODELS: readonly Model[] = FAMILIES.flatMap(({ name, vendor, models }) =>
  models.map((model) => ({ ...model, family: name, vendor })),
);

const BY_NAME: ReadonlyMap<string, Model> = new Map(
  MODELS.flatMap((model) => [
    [model.alias, model],
    [model.endpoint, model],
  ]),
);

/** Every input field of any model, in the order of the pages. */
export const FIELDS: ReadonlySet<string> = new Set(
  MODELS.flatMap((model) => Object.keys(model.input.shape)),
);

/** Fields that take text, those inside lists too (`prompt`, `frontal_image_url`): 007 is 007 there, not 7. */
export const TEXT_FIELDS: ReadonlySet<string> = new Set(
  MODELS.flatMap((model) => textFieldsOf(model.input.shape)),
);

function textFieldsOf(shape: Readonly<Record<string, z.core.$ZodType>>): readonly string[] {
  return Object.entries(shape).flatMap(([field, schema]) => {
    const inner = unwrapped(schema);
    const item = inner instanceof z.ZodArray ? unwrapped(inner.element) : inner;
    if (item instanceof z.ZodObject) return textFieldsOf(item.shape);
    return item instanceof z.ZodString || item instanceof z.ZodEnum ? [field] : [];
  });
}

/** Finds a model by its alias or its full endpoint; its vendor's web address may stand before it. */
export function modelNamed(name: string): Model | undefined {
  const exact = BY_NAME.get(name);
  if (exact !== undefined || !name.startsWith("https://")) return exact;
  const before = ADDRESSES.find((address) => name.startsWith(address)) ?? "";
  return BY_NAME.get(name.slice(before.length));
}

const ADDRESSES = [...new Set(MODELS.flatMap(({ vendor }) => vendor.addresses))];

/** Returns whose an endpoint is. What no model has any more was bought when there was no vendor but fal. */
export function vendorOf(endpoint: string): ModelVendor {
  return modelNamed(endpoint)?.vendor ?? FAL;
}

/** What to say to someone who named a model that is not there. */
export function modelHint(name: string): string {
  const near = nearest(name, BY_NAME.keys());
  return near === undefined
    ? `known models: ${MODELS.map((model) => model.alias).join(", ")}`
    : guess(name, [near]);
}

export function modelsWithField(field: string): readonly Model[] {
  return MODELS.filter((model) => Object.hasOwn(model.input.shape, field));
}
