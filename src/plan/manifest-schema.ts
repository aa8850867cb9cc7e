import * as z from "zod";
import { MODELS } from "../catalogue/models.ts";
import { isMapping } from "../diagnostics/mapping.ts";
import {
  budgetSchema,
  defaultsSchema,
  headSchema,
  scheduleSchema,
  shotSchema,
} from "../manifest/schema.ts";

type JsonSchema = Record<string, unknown>;

const TEMPLATE = { type: "string", pattern: "\\$\\{\\{" };
const EXTENSION = { "^x-": {} };

/**
 * Makes the JSON Schema of manifests (draft-07, which editors' YAML servers read) from the schemas that read them.
 * It knows which fields a shot's `model` has; only `topsheet check` knows the rules between fields.
 */
export function makeManifestSchema(): JsonSchema {
  const shot = toJsonSchema(shotSchema);
  const defaults = toJsonSchema(defaultsSchema);
  const head = toJsonSchema(headSchema);
  const fields = describeFields();
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "topsheet manifest",
    ...head,
    patternProperties: EXTENSION,
    properties: {
      ...readProperties(head),
      budget: { ...toJsonSchema(budgetSchema), patternProperties: EXTENSION },
      schedule: { ...toJsonSchema(scheduleSchema), patternProperties: EXTENSION },
      defaults: allowNull({
        ...defaults,
        description: "What every shot has unless it says otherwise.",
        patternProperties: EXTENSION,
        properties: { ...readProperties(defaults), model: describeModels(), ...fields },
      }),
      shots: {
        type: "array",
        minItems: 1,
        items: {
          ...shot,
          patternProperties: EXTENSION,
          properties: { ...readProperties(shot), model: describeModels(), ...fields },
          allOf: MODELS.map((model) => ({
            if: {
              properties: { model: { enum: [model.alias, model.endpoint] } },
              required: ["model"],
            },
            then: { properties: restrictFields(Object.keys(fields), model.input.shape) },
          })),
        },
      },
    },
  };
}

/** Describes every field of any model. If two models differ, either's values are legal. */
function describeFields(): Record<string, JsonSchema> {
  const variants = new Map<string, Map<string, JsonSchema>>();
  for (const model of MODELS) {
    for (const [field, schema] of Object.entries(model.input.shape)) {
      const json = allowTemplates(toJsonSchema(schema));
      const known = variants.get(field) ?? new Map<string, JsonSchema>();
      variants.set(field, known.set(JSON.stringify(json), json));
    }
  }
  return Object.fromEntries(
    [...variants].map(([field, schemas]) => {
      const [first] = schemas.values();
      const description = first?.["description"];
      const words = description === undefined ? {} : { description };
      return [field, { ...words, anyOf: [...schemas.values()] }];
    }),
  );
}

function restrictFields(
  all: readonly string[],
  shape: Readonly<Record<string, z.ZodType>>,
): Record<string, unknown> {
  return Object.fromEntries(
    all.map((field) => {
      const schema = shape[field];
      return [
        field,
        schema === undefined ? { type: "null" } : allowTemplates(toJsonSchema(schema)),
      ];
    }),
  );
}

/** Allows `${{ … }}` and null where a field takes `schema`, and `x-` keys in its mappings; inside as well. */
function allowTemplates(schema: JsonSchema): JsonSchema {
  const { items, properties: fields, description, ...rest } = schema;
  const words = description === undefined ? {} : { description };
  const inner: JsonSchema = { ...rest };
  if (isMapping(items)) inner["items"] = allowTemplates(items);
  if (isMapping(fields)) {
    inner["patternProperties"] = EXTENSION;
    inner["properties"] = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        isMapping(field) ? allowTemplates(field) : field,
      ]),
    );
  }
  return { ...words, anyOf: [inner, TEMPLATE, { type: "null" }] };
}

function describeModels(): JsonSchema {
  const names = MODELS.flatMap((model) => [model.alias, model.endpoint]);
  return {
    description: "A model's alias, or its endpoint.",
    anyOf: [{ enum: names }, { type: "string", pattern: "^https://" }, TEMPLATE, { type: "null" }],
  };
}

function allowNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

function readProperties(schema: JsonSchema): JsonSchema {
  const { properties } = schema;
  return isMapping(properties) ? properties : {};
}

/** Describes what a person may write (`io: "input"`): 8 or "8"; nothing that has a default is required. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: "draft-07",
    io: "input",
    unrepresentable: "any",
  });
  return json;
}
