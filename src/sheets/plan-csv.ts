import { stringify } from "csv-stringify/sync";
import { instant } from "../diagnostics/printable.ts";
import { exact, microUsd } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { CAP_COLUMNS, capRows, lineColumns } from "./line-columns.ts";
import { cellText } from "./grid.ts";
import type { Cell, Kind } from "./write-workbook.ts";

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

interface CsvColumn {
  readonly name: string;
  readonly kind: Kind;
}

/**
 * One row under one row of names, as RFC 4180 has it. Text that a spreadsheet would run as a formula begins with an
 * apostrophe; amounts are exact decimals.
 */
export function csvText(columns: readonly CsvColumn[], rows: Iterable<readonly Cell[]>): string {
  const lines: Cell[][] = [columns.map(({ name }) => name)];
  for (const row of rows) {
    lines.push(columns.map(({ kind }, index) => csvCell(kind, row[index] ?? null)));
  }
  return stringify(lines, {
    record_delimiter: "windows",
    // Unquoted, a lone line end or a semicolon in a prompt would start a row or a cell of its own somewhere.
    quoted_string: true,
  });
}

function csvCell(kind: Kind, cell: Cell): Cell {
  if (cell === null) return null;
  if (typeof cell === "string") return cellText(cell);
  if (kind === "usd") return exact(microUsd(cell));
  return kind === "date" ? instant(cell) : cell;
}
