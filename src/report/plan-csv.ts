import { stringify } from "csv-stringify/sync";
import { exact } from "../money/usd.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import { basis } from "../plan/basis.ts";

const COLUMNS = [
  "key",
  "shot",
  "scene",
  "tags",
  "priority",
  "take",
  "variant",
  "model",
  "endpoint",
  "seconds",
  "unit_price",
  "cost",
  "basis",
  "state",
  "prompt",
  "fingerprint",
];

/** One row a line. Text that a spreadsheet would run as a formula begins with an apostrophe. */
export function planCsv(plan: AdmittedPlan): string {
  return stringify([COLUMNS, ...plan.lines.map(row)], {
    record_delimiter: "windows",
    escape_formulas: true,
    // Unquoted, a lone line end or a semicolon in a prompt would start a row or a cell of its own somewhere.
    quoted_string: true,
  });
}

function row(line: AdmittedLine): readonly (string | number)[] {
  const unitPrice = exact(line.price.perSecond);
  const variant = Object.entries(line.variant).map(([name, value]) => `${name}=${value}`);
  return [
    line.key,
    line.shot,
    line.scene ?? "",
    line.tags.join(" "),
    line.priority,
    line.take,
    variant.join(" "),
    line.model,
    line.endpoint,
    line.seconds,
    unitPrice,
    exact(line.cost),
    basis(line),
    line.state,
    promptOf(line.input),
    line.fingerprint,
  ];
}

/** The prompt, or those of a multi-shot line one after the other. */
function promptOf(input: Readonly<Record<string, unknown>>): string {
  const { prompt, multi_prompt: shots } = input;
  if (typeof prompt === "string") return prompt;
  if (!Array.isArray(shots)) return "";
  return shots.map((shot: unknown) => (isPrompted(shot) ? shot.prompt : "")).join(" / ");
}

function isPrompted(shot: unknown): shot is { readonly prompt: string } {
  return (
    typeof shot === "object" && shot !== null && "prompt" in shot && typeof shot.prompt === "string"
  );
}
