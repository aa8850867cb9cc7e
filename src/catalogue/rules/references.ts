import type { Finding } from "../../diagnostics/diagnostic.ts";
import type { Model, Rule } from "../model.ts";
import { promptsOf } from "./prompts.ts";

const KINDS = [
  { kind: "Element", field: "elements" },
  { kind: "Image", field: "image_urls" },
] as const;

/**
 * `@Element2` and `@Image1` must be there: fal would read a missing one as plain words and charge for the
 * video. One that is there and never named is a warning.
 */
export const references: Rule = {
  says: "every @Element1 and @Image1 in a prompt must be there",
  *check({ input, written, model }) {
    const prompts = promptsOf(input);
    const named = new Set<string>();
    for (const { path, text } of prompts) {
      if (!text.includes("@")) continue;
      const told = new Set<string>();
      for (const { kind, field } of KINDS) {
        for (const [reference, number = ""] of text.matchAll(new RegExp(`@${kind}(\\d+)`, "gi"))) {
          if (told.has(reference)) continue;
          told.add(reference);
          const exact = `@${kind}${Number(number)}`;
          if (reference !== exact) {
            yield misspelt(reference, exact, path);
            named.add(exact);
            continue;
          }
          named.add(exact);
          const supplied = input[field]?.length ?? 0;
          // A list that could not be read has its own complaint; how long it is, is not known.
          const readable = input[field] !== undefined || !written.has(field);
          if (readable && (Number(number) < 1 || Number(number) > supplied)) {
            yield missing(exact, field, supplied, model, path);
          }
        }
      }
    }
    if (prompts.length === 0) return;
    for (const { kind, field } of KINDS) {
      for (const index of (input[field] ?? []).keys()) {
        const reference = `@${kind}${index + 1}`;
        if (!named.has(reference)) {
          yield {
            code: "reference",
            severity: "warning",
            message: `no prompt names ${reference}`,
            path: [field, index],
            hint: `write ${reference} where it appears`,
          };
        }
      }
    }
  },
};

function misspelt(reference: string, exact: string, path: readonly PropertyKey[]): Finding {
  return {
    code: "reference",
    severity: "error",
    message: `${reference} names nothing: write ${exact}`,
    path,
  };
}

function missing(
  reference: string,
  field: string,
  supplied: number,
  model: Model,
  path: readonly PropertyKey[],
): Finding {
  const takes = Object.hasOwn(model.input.shape, field);
  return {
    code: "reference",
    severity: "error",
    message: `${reference} is not there: ${
      takes ? held(field, supplied) : `${model.alias} takes no ${field}`
    }`,
    path,
    ...(takes ? {} : { hint: "a reference-to-video model takes them" }),
  };
}

function held(field: string, supplied: number): string {
  return supplied === 0 ? `this shot has no ${field}` : `${field} has ${supplied}, counted from 1`;
}
