import { Ajv } from "ajv";
import { parse } from "yaml";
import * as z from "zod";
import { readProjectFile } from "../../rig/in-process.ts";

// The schema as an editor's YAML server reads it: draft-07, with keywords of draft-07 only.
const schema = z.record(z.string(), z.unknown());
const read = schema.parse(JSON.parse(await readProjectFile("manifests/schema.json")));

/** Not strict, which has a test of its own: an unknown keyword must not hide everything else. */
const validate = new Ajv({ allErrors: true, strict: false }).compile(read);

export const SCHEMA: Readonly<Record<string, unknown>> = read;

/** Lists what the editor underlines, as `path: keyword`. */
export function faultsOf(value: unknown): readonly string[] {
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath}: ${keyword}`);
}

/** Whether the editor underlines nothing. */
export function acceptedBy(text: string): boolean {
  return faultsOf(parse(text, { merge: true })).length === 0;
}

/** A manifest of one shot with these lines. */
export const shot = (...lines: readonly string[]): string =>
  [
    "topsheet: 1",
    "campaign: c",
    "shots:",
    "  - id: a",
    ...lines.map((line) => `    ${line}`),
    "",
  ].join("\n");
export const head = (...lines: readonly string[]): string =>
  [...lines, "shots: [{ id: a, model: kling-v3-4k, prompt: Rain. }]", ""].join("\n");
