import * as z from "zod";
import type { Finding } from "./diagnostic.ts";
import { guess } from "./nearest.ts";
import { shown } from "./printable.ts";

type Issue = z.core.$ZodIssue;

/**
 * Reads a mapping by its schema. What cannot be read is a finding each, and left out; the rest is read by
 * the `lenient` schema (made only then), in which every field may be missing, so that one mistake does not hide the next.
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
  const findings = whole.error.issues.flatMap((issue) => findingsOf(issue, schema, value));
  const wrong = new Set(findings.map((finding) => finding.path[0]));
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)));
  const partial = lenient().safeParse(rest);
  return { read: partial.success ? partial.data : null, findings };
}

function findingsOf(issue: Issue, schema: z.core.$ZodType, value: unknown): readonly Finding[] {
  if (issue.code !== "unrecognized_keys") return [findingOf(issue, value)];
  const known = keysAt(schema, issue.path);
  const where = issue.path.length === 0 ? "here" : `in ${dotted(issue.path)}`;
  return issue.keys.map((key) => ({
    code: "unknown-key",
    severity: "error",
    message: `${shown(key)} means nothing ${where}`,
    path: [...issue.path, key],
    hint: guess(key, known),
  }));
}

function findingOf(issue: Issue, value: unknown): Finding {
  const found = at(value, issue.path);
  const name = dotted(issue.path);
  const missing = found === undefined || found === null;
  return {
    code: missing ? "required" : "value",
    severity: "error",
    message: missing
      ? `${name} is missing: it must be ${issue.message}`
      : `${name} must be ${issue.message}, not ${shown(found)}`,
    path: issue.path,
  };
}

/** `shots[3].multi_prompt[0].prompt`, as a person would say it. */
export function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, step) =>
      typeof found === "object" && found !== null
        ? Object.getOwnPropertyDescriptor(found, step)?.value
        : undefined,
    value,
  );
}

/** The keys that the schema declares at a path, through optional, nullable, default and pipe. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const inner = unwrapped(schema);
  const [step, ...rest] = path;
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  if (!(inner instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(inner.shape);
  const field: unknown = inner.shape[String(step)];
  return field instanceof z.ZodType ? keysAt(field, rest) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    return unwrapped(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
