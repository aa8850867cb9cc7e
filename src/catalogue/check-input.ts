import { errorAt, type Finding } from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/read-fields.ts";
import { suggest } from "../diagnostics/suggest.ts";
import { describeValue } from "../diagnostics/printable.ts";
import type { ModelInput } from "./fields.ts";
import type { Model } from "./model.ts";
import { FIELDS, listModelsWithField } from "./models.ts";
import { sumShotSeconds } from "./rules/prompts.ts";

export interface ReadyInput {
  /** With every default of the page filled in: price and fingerprint follow from it. */
  readonly complete: ModelInput;
  /** What the vendor is sent: what was written, and whatever moves the bill. */
  readonly send: Readonly<Record<string, unknown>>;
  readonly seconds: number;
}

export interface CheckedInput {
  readonly findings: readonly Finding[];
  /** Null if a finding is an error. */
  readonly ready: ReadyInput | null;
}

/**
 * Checks a shot's fields against its model's schema and rules, and reports every mistake at once. `otherKeys` are keys
 * that a shot has beside the fields: what is misspelt may be one of them.
 */
export function checkInput(
  model: Model,
  written: Readonly<Record<string, unknown>>,
  otherKeys: readonly string[] = [],
): CheckedInput {
  const findings: Finding[] = [];
  const own: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(written)) {
    if (!FIELDS.has(field)) {
      findings.push(refuseUnknownField(field, [...otherKeys, ...Object.keys(model.input.shape)]));
    } else if (value === null) continue;
    else if (!Object.hasOwn(model.input.shape, field))
      findings.push(refuseAbsentField(model, field));
    else {
      const fault = findUnreadable(field, value);
      if (fault !== null) findings.push(fault);
      else if (field === "multi_prompt" || !isEmpty(value)) own[field] = dropNulls(value);
    }
  }
  const { read, findings: misread } = readFields(model.input, () => model.input, own);
  for (const finding of misread) findings.push(finding);
  const input = read ?? {};
  const ruled = {
    input,
    written: new Set(Object.keys(written).filter((field) => (written[field] ?? null) !== null)),
    raw: own,
    model,
  };
  for (const rule of model.rules) {
    // Not spread: a hostile prompt can hold a million references.
    for (const finding of rule.check(ruled)) findings.push(finding);
  }
  const wrong = findings.some((finding) => finding.severity === "error");
  return { findings, ready: wrong ? null : prepareInput(input, own) };
}

function prepareInput(input: ModelInput, own: Readonly<Record<string, unknown>>): ReadyInput {
  const shots = input.multi_prompt;
  const seconds = shots === undefined ? Number(input.duration) : sumShotSeconds(shots);
  const complete: ModelInput =
    shots === undefined ? input : { ...input, duration: String(seconds) };
  const send: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(complete)) {
    // Always sent, written or not: a default changed at the vendor must not change the bill, nor the cuts.
    const always =
      field === "duration" ||
      field === "generate_audio" ||
      (field === "shot_type" && shots !== undefined);
    if (value !== undefined && (always || Object.hasOwn(own, field))) send[field] = value;
  }
  return { complete, send, seconds };
}

function refuseAbsentField(model: Model, field: string): Finding {
  const having = listModelsWithField(field).map((other) => other.alias);
  const hint = `${field} is a field of ${having.join(", ")}`;
  return errorAt([field], "no-such-field", `${model.alias} has no ${field}`, hint);
}

/** Reports a key that no model has as a field. */
export function refuseUnknownField(field: string, known: readonly string[]): Finding {
  const message = `${describeValue(field)} means nothing in a shot`;
  return errorAt([field], "unknown-key", message, suggest(field, known));
}

// No rule allows a tenth of either; more would be read again for every shot that inherits it.
const LONGEST_LIST = 100;
const LONGEST_PROMPT = 100_000;

/** Finds a value that is too large to check, or text that is not well formed. */
function findUnreadable(field: string, value: unknown): Finding | null {
  const refuseValue = (message: string): Finding =>
    errorAt([field], "limit", `${field} ${message}`);
  if (typeof value === "string") {
    if (!value.isWellFormed()) return refuseValue("contains half a character (a lone surrogate)");
    const prompt = field === "prompt" || field === "negative_prompt";
    return prompt && value.length > LONGEST_PROMPT
      ? refuseValue(`is ${value.length} characters long; no model takes more than a few thousand`)
      : null;
  }
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value) && value.length > LONGEST_LIST) {
    return refuseValue(`has ${value.length} entries; no model takes more than a few`);
  }
  for (const [key, inner] of Object.entries(value)) {
    const fault = findUnreadable(Array.isArray(value) ? field : key, inner);
    if (fault !== null) return { ...fault, path: [field] };
  }
  return null;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Drops nulls and empty lists, which mean absent as in the pages' full examples, and `x-` keys, which are for people. */
function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null || isEmpty(inner) || key.startsWith("x-")) continue;
    kept[key] = dropNulls(inner);
  }
  return kept;
}
