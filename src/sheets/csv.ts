import { stringify } from "csv-stringify/sync";
import { formatInstant } from "../diagnostics/printable.ts";
import { exact, microUsd } from "../money.ts";
import type { Document, Kind, Table, Target, Content } from "../report/document.ts";
import { escapeFormula } from "./grid.ts";

// Without it, Excel reads a CSV file in the machine's code page. Scripts that read a pipe are better off without it.
const BYTE_ORDER_MARK = "\ufeff";

/** A CSV file holds one table: with this ending the caps, with any other the lines. */
const CAPS_ENDING = /\.caps\.csv$/i;

/** Renders a document as CSV; empty if it has no sheets, for half a table looks whole in a spreadsheet. */
export function renderCsv({ sheets }: Document, { path }: Pick<Target, "path">): string {
  const tables = sheets?.() ?? [];
  const name = CAPS_ENDING.test(path ?? "") ? "Caps" : "Lines";
  const table = tables.find((one) => one.name === name) ?? tables[0];
  if (table === undefined) return "";
  return path === null ? writeCsv(table) : BYTE_ORDER_MARK + writeCsv(table);
}

/**
 * Writes rows under a row of names, as RFC 4180 defines it. Text that a spreadsheet would run as a formula gets an
 * apostrophe in front; amounts are exact decimals.
 */
function writeCsv({ columns, rows }: Table): string {
  const lines: Content[][] = [columns.map(({ name }) => name)];
  for (const row of rows) lines.push(columns.map((one) => writeCell(one.kind, one.value(row))));
  return stringify(lines, {
    record_delimiter: "windows",
    // Without quotes, some programs start a row or a cell at a line end or a semicolon of a prompt.
    quoted_string: true,
  });
}

function writeCell(kind: Kind, cell: Content): Content {
  if (cell === null) return null;
  if (typeof cell === "string") return escapeFormula(cell);
  if (kind === "usd") return exact(microUsd(cell));
  return kind === "date" ? formatInstant(cell) : cell;
}
