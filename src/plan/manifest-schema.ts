import * as z from "zod";
import { MODELS } from "../catalogue/models.ts";
import { budgetSchema, defaultsSchema, headSchema, shotSchema } from "../manifest/schema.ts";

type JsonSchema = Record<string, unknown>;

const TEMPLATE = { type: "string", pattern: "\\$\\{\\{" };
const EXTENSION = { "^x-": {} };

/**
 * The manifest as JSON Schema draft-07 (what editors' YAML servers read), from the same schemas that read it.
 * It knows which fields a shot's own `model` has; rules between fields are `topsheet check`'s.
 */
export function manifestJsonSchema(): JsonSchema {
  const shot = jsonSchema(shotSchema);
  const defaults = jsonSchema(defaultsSchema);
  const head = jsonSchema(headSchema);
  const fields = inputFields();
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "topsheet manifest",
    ...head,
    patternProperties: EXTENSION,
    properties: {
      ...properties(head),
      budget: nullable({ ...jsonSchema(budgetSchema), patternProperties: EXTENSION }),
      defaults: nullable({
        ...defaults,
        description: "What every shot has unless it says otherwise.",
        patternProperties: EXTENSION,
        properties: { ...properties(defaults), model: modelNames(), ...fields },
      }),
      shots: {
        type: "array",
        minItems: 1,
        items: {
          ...shot,
          patternProperties: EXTENSION,
          properties: { ...properties(shot), model: modelNames(), ...fields },
          allOf: MODELS.map((model) => ({
            if: {
              properties: { model: { enum: [model.alias, model.endpoint] } },
              required: ["model"],
            },
            then: { properties: fieldsOfOne(Object.keys(fields), model.input.shape) },
          })),
        },
      },
    },
  };
}

/** Every field of any model; where two models differ, either's values. */
function inputFields(): Record<string, JsonSchema> {
  const variants = new Map<string, Map<string, JsonSchema>>();
  for (const model of MODELS) {
    for (const [field, schema] of Object.entries(model.input.shape)) {
      const json = jsonSchema(schema);
      const known = variants.get(field) ?? new Map<string, JsonSchema>();
      variants.set(field, known.set(JSON.stringify(json), json));
    }
  }
  return Object.fromEntries(
    [...variants].map(([field, schemas]) => {
      const [first] = schemas.values();
      const description = first?.["description"];
      return [
        field,
        {
          ...(description === undefined ? {} : { description }),
          anyOf: [...schemas.values(), TEMPLATE, { type: "null" }],
        },
      ];
    }),
  );
}

function fieldsOfOne(
  all: readonly string[],
  shape: Readonly<Record<string, z.ZodType>>,
): Record<string, unknown> {
  return Object.fromEntries(
    all.map((field) => {
      const schema = shape[field];
      const own = schema === undefined ? [] : [jsonSchema(schema), TEMPLATE];
      return [field, { anyOf: [...own, { type: "null" }] }];
    }),
  );
}

function modelNames(): JsonSchema {
  const names = MODELS.flatMap((model) => [model.alias, model.endpoint]);
  return {
    description: "A model's alias, or its endpoint on fal.",
    anyOf: [{ enum: names }, TEMPLATE, { type: "null" }],
  };
}

function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

function properties(schema: JsonSchema): JsonSchema {
  const found = schema["properties"];
  return typeof found === "object" && found !== null ? { ...found } : {};
}

/** What a person may write (`io: "input"`): 8 and "8" alike, and nothing that has a default is required. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: "draft-07",
    io: "input",
    unrepresentable: "any",
  });
  return json;
}
