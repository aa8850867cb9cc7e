import { stringify } from "csv-stringify/sync";
import { instant } from "../diagnostics/printable.ts";
import { exact, microUsd } from "../money.ts";
import type { Document, Kind, Table, Target, Value } from "../report/document.ts";
import { escapeFormula } from "./grid.ts";

// Excel takes a CSV file without it for the machine's own code page; a pipe to a script is better off without.
const BYTE_ORDER_MARK = "\ufeff";

/** CSV holds one table: a file with this ending has the caps, any other the lines. */
const CAPS_ENDING = /\.caps\.csv$/i;

/** A document as CSV. Half a table looks whole in a spreadsheet: a document without sheets is empty. */
export function renderCsv({ sheets }: Document, { path }: Pick<Target, "path">): string {
  const tables = sheets?.() ?? [];
  const name = CAPS_ENDING.test(path ?? "") ? "Caps" : "Lines";
  const table = tables.find((one) => one.name === name) ?? tables[0];
  if (table === undefined) return "";
  return path === null ? writeCsv(table) : BYTE_ORDER_MARK + writeCsv(table);
}

/**
 * One row under one row of names, as RFC 4180 has it. Text that a spreadsheet would run as a formula begins with an
 * apostrophe; amounts are exact decimals.
 */
function writeCsv({ columns, rows }: Table): string {
  const lines: Value[][] = [columns.map(({ name }) => name)];
  for (const row of rows) lines.push(columns.map((one) => writeCell(one.kind, one.value(row))));
  return stringify(lines, {
    record_delimiter: "windows",
    // Unquoted, a lone line end or a semicolon in a prompt would start a row or a cell of its own somewhere.
    quoted_string: true,
  });
}

function writeCell(kind: Kind, cell: Value): Value {
  if (cell === null) return null;
  if (typeof cell === "string") return escapeFormula(cell);
  if (kind === "usd") return exact(microUsd(cell));
  return kind === "date" ? instant(cell) : cell;
}
