import type { AdmittedPlan } from "../plan/admit.ts";
import { CAP_COLUMNS, capRows } from "./cap-columns.ts";
import { csvText } from "./csv.ts";
import { lineColumns } from "./line-columns.ts";

/** One row a line, for a spreadsheet or a script; `import` makes the same lines of it again. */
export function planCsv({ lines, campaign }: AdmittedPlan): string {
  const columns = lineColumns(campaign.name);
  return csvText(
    columns,
    lines.map((line) => columns.map(({ cell }) => cell(line))),
  );
}

/** One row a cap. */
export function capsCsv(plan: AdmittedPlan): string {
  return csvText(
    CAP_COLUMNS,
    capRows(plan).map((row) => CAP_COLUMNS.map(({ cell }) => cell(row))),
  );
}
