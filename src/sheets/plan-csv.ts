import { stringify } from "csv-stringify/sync";
import { instant } from "../diagnostics/printable.ts";
import { exact, microUsd } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { Kind, Table, Value } from "../report/document.ts";
import { CAP_COLUMNS, capLines, lineColumns } from "../report/plan-columns.ts";
import { cellText } from "./grid.ts";

/** One row a line, for a spreadsheet or a script; `import` makes the same lines of it again. */
export function planCsv(plan: AdmittedPlan): string {
  return csvText({ columns: lineColumns(plan), rows: plan.lines });
}

/** One row a cap. */
export function capsCsv(plan: AdmittedPlan): string {
  return csvText({ columns: CAP_COLUMNS, rows: capLines(plan) });
}

/**
 * One row under one row of names, as RFC 4180 has it. Text that a spreadsheet would run as a formula begins with an
 * apostrophe; amounts are exact decimals.
 */
export function csvText({ columns, rows }: Pick<Table, "columns" | "rows">): string {
  const lines: Value[][] = [columns.map(({ name }) => name)];
  for (const row of rows) lines.push(columns.map((one) => csvCell(one.kind, one.value(row))));
  return stringify(lines, {
    record_delimiter: "windows",
    // Unquoted, a lone line end or a semicolon in a prompt would start a row or a cell of its own somewhere.
    quoted_string: true,
  });
}

function csvCell(kind: Kind, cell: Value): Value {
  if (cell === null) return null;
  if (typeof cell === "string") return cellText(cell);
  if (kind === "usd") return exact(microUsd(cell));
  return kind === "date" ? instant(cell) : cell;
}
