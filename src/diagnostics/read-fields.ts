import * as z from "zod";
import { errorAt, type Finding } from "./diagnostic.ts";
import { isMapping } from "./mapping.ts";
import { suggest } from "./suggest.ts";
import { toPrintable, shorten, describeValue } from "./printable.ts";

type Issue = z.core.$ZodIssue;

/**
 * Reads a mapping by its schema. Each value that cannot be read becomes a finding and is left out; the rest is read
 * by the `lenient` schema (made only then), in which every field may be missing, so that one mistake does not hide
 * the next.
 *
 * A schema's `error` text says what is legal ("whole seconds from 3 to 15"); the sentence is made here.
 */
export function readFields<Whole, Partial>(
  schema: z.ZodType<Whole>,
  lenient: () => z.ZodType<Partial>,
  value: Readonly<Record<string, unknown>>,
): { readonly read: Whole | Partial | null; readonly findings: readonly Finding[] } {
  const whole = schema.safeParse(value);
  if (whole.success) return { read: whole.data, findings: [] };
  const findings = whole.error.issues.flatMap((issue) => explainIssues(issue, schema, value));
  const partial = lenient().safeParse(dropMistakes(value, findings));
  if (partial.success) return { read: partial.data, findings };
  // If what is left of a field cannot be read either, the whole field is left out.
  const wrong = new Set(findings.map((finding) => finding.path[0]));
  const rest = lenient().safeParse(
    Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key))),
  );
  return { read: rest.success ? rest.data : null, findings };
}

/** Copies a mapping without the values that have findings. A list is left out whole, for its entries are counted. */
function dropMistakes(
  value: Readonly<Record<string, unknown>>,
  findings: readonly Finding[],
): Readonly<Record<string, unknown>> {
  const cuts = new Map<PropertyKey, Finding[]>();
  for (const finding of findings) {
    const [step] = finding.path;
    if (step === undefined) continue;
    const under = cuts.get(step) ?? [];
    cuts.set(step, under);
    under.push(finding);
  }
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const under = cuts.get(key) ?? [];
    const nested = under.every(({ path }) => typeof path[1] === "string");
    if (under.length === 0) kept[key] = inner;
    else if (nested && isMapping(inner)) {
      const deeper = under.map((finding) => ({ ...finding, path: finding.path.slice(1) }));
      kept[key] = dropMistakes(inner, deeper);
    }
  }
  return kept;
}

function explainIssues(issue: Issue, schema: z.core.$ZodType, value: unknown): readonly Finding[] {
  if (issue.code !== "unrecognized_keys") return [explainIssue(issue, schema, value)];
  const known = listKeysAt(schema, issue.path);
  const where = issue.path.length === 0 ? "here" : `in ${formatPath(issue.path)}`;
  return issue.keys.map((key) => {
    const message = `${describeValue(key)} means nothing ${where}`;
    return errorAt([...issue.path, key], "unknown-key", message, suggest(key, known));
  });
}

function explainIssue(issue: Issue, schema: z.core.$ZodType, value: unknown): Finding {
  const { message: legal, path } = issue;
  const found = readAt(value, path);
  const name = formatPath(path);
  if (found !== undefined && found !== null) {
    return errorAt(path, "value", `${name} must be ${legal}, not ${describeValue(found)}`);
  }
  const what = found === null ? "empty" : "missing";
  const message = `${name} is ${what}: it must be ${legal}`;
  const removable = found === null && findSchemaAt(schema, path) instanceof z.ZodOptional;
  return errorAt(path, "required", message, removable ? "write a value, or remove the line" : null);
}

/** Formats a path as people write it: `shots[3].multi_prompt[0].prompt`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const name = toPrintable(shorten(String(step), 40));
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

function readAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, step) =>
      typeof found === "object" && found !== null
        ? Object.getOwnPropertyDescriptor(found, step)?.value
        : undefined,
    value,
  );
}

/** Lists the keys that the schema declares at a path. */
function listKeysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const found = findSchemaAt(schema, path);
  const inner = found === null ? null : unwrapSchema(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Finds the schema at a path, through optional, nullable, default and pipe. Returns null if none is declared there. */
function findSchemaAt(
  schema: z.core.$ZodType,
  [step, ...rest]: readonly PropertyKey[],
): z.core.$ZodType | null {
  if (step === undefined) return schema;
  const inner = unwrapSchema(schema);
  if (inner instanceof z.ZodArray) return findSchemaAt(inner.element, rest);
  // An entry of a mapping of names may always be left out.
  if (inner instanceof z.ZodRecord) return findSchemaAt(z.optional(inner.valueType), rest);
  const field: unknown = inner instanceof z.ZodObject ? inner.shape[String(step)] : null;
  return field instanceof z.ZodType ? findSchemaAt(field, rest) : null;
}

/** Unwraps optional, nullable and default. Of a pipe it takes the schema that reads, not the one that is made of it. */
export function unwrapSchema(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    return unwrapSchema(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrapSchema(schema.in) : schema;
}
