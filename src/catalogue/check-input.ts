import type { Finding } from "../diagnostics/diagnostic.ts";
import { readFields } from "../diagnostics/from-zod.ts";
import { guess } from "../diagnostics/nearest.ts";
import { shown } from "../diagnostics/printable.ts";
import type { Model, ModelInput } from "./model.ts";
import { FIELDS, modelsWithField } from "./models.ts";
import { secondsOfShots } from "./rules/multi-shot.ts";

export interface ReadyInput {
  /** With every default of the page filled in: what the price and the fingerprint follow from. */
  readonly complete: ModelInput;
  /** What fal is sent: what was written, and whatever moves the bill. */
  readonly send: Readonly<Record<string, unknown>>;
  readonly seconds: number;
}

export interface CheckedInput {
  readonly findings: readonly Finding[];
  /** Null when a finding is an error. */
  readonly ready: ReadyInput | null;
}

/** Holds what was written for a shot against its model's page and the rules beyond it: every complaint at once. */
export function checkInput(model: Model, written: Readonly<Record<string, unknown>>): CheckedInput {
  const findings: Finding[] = [];
  const own: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(written)) {
    if (Object.hasOwn(model.input.shape, field)) {
      if (value !== null) own[field] = withoutNulls(value);
    } else if (value !== null || !FIELDS.has(field)) {
      findings.push(noSuchField(model, field));
    }
  }
  const { read, findings: misread } = readFields(model.input, () => model.input, own);
  findings.push(...misread);
  const input = read ?? {};
  const ruled = { input, written: new Set(Object.keys(own)), model };
  for (const rule of model.rules) findings.push(...rule.check(ruled));
  const wrong = findings.some((finding) => finding.severity === "error");
  return { findings, ready: wrong ? null : readyInput(input, own) };
}

function readyInput(input: ModelInput, own: Readonly<Record<string, unknown>>): ReadyInput {
  const shots = input.multi_prompt;
  const seconds = shots === undefined ? Number(input.duration) : secondsOfShots(shots);
  const complete: ModelInput =
    shots === undefined ? input : { ...input, duration: String(seconds) };
  const send: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(complete)) {
    // Always sent, written or not: a default changed at fal must not move the bill, nor re-cut the shots.
    const always =
      field === "duration" ||
      field === "generate_audio" ||
      (field === "shot_type" && shots !== undefined);
    if (value !== undefined && (always || Object.hasOwn(own, field))) send[field] = value;
  }
  return { complete, send, seconds };
}

function noSuchField(model: Model, field: string): Finding {
  const having = modelsWithField(field).map((other) => other.alias);
  const base = { severity: "error", path: [field] } as const;
  if (having.length > 0) {
    return {
      ...base,
      code: "no-such-field",
      message: `${model.alias} has no ${field}`,
      hint: `${field} is a field of ${having.join(", ")}`,
    };
  }
  return {
    ...base,
    code: "unknown-key",
    message: `${shown(field)} means nothing in a shot`,
    hint: guess(field, Object.keys(model.input.shape)),
  };
}

/** Null in an optional field means absent, as in the pages' full examples; `x-` keys are the writer's own. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && !key.startsWith("x-")) kept[key] = withoutNulls(inner);
  }
  return kept;
}
