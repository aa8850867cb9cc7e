import { costCsv, costWorkbook } from "./cost-workbook.ts";
import { error } from "../diagnostics/diagnostic.ts";
import type { Format, Rendered } from "../cli/wing.ts";
import { capsCsv, planCsv } from "./plan-csv.ts";
import { planWorkbook } from "./plan-workbook.ts";
import { type Workbook, writeWorkbook } from "./write-workbook.ts";

// Excel takes a CSV file without it for the machine's own code page; a pipe to a script is better off without.
const BYTE_ORDER_MARK = "\ufeff";

/** CSV holds one table: a file with this ending has the caps, any other the lines. */
const CAPS_ENDING = /\.caps\.csv$/i;

// Half a table looks whole in a spreadsheet: a wrong manifest has none.
export const CSV: Format = {
  plan: async ({ admitted }, { path }) => {
    if (admitted === null) return "";
    const text = CAPS_ENDING.test(path ?? "") ? capsCsv(admitted) : planCsv(admitted);
    return marked(text, path);
  },
  cost: async ({ report }, { path }) => marked(costCsv(report), path),
};

export const XLSX: Format = {
  plan: async ({ admitted, now }) =>
    admitted === null ? "" : await workbook(planWorkbook(admitted, now)),
  cost: async ({ report }) => await workbook(costWorkbook(report)),
};

function marked(text: string, path: string | null): string {
  return path === null ? text : BYTE_ORDER_MARK + text;
}

async function workbook(contents: Workbook): Promise<Rendered> {
  const written = await writeWorkbook(contents);
  if (written instanceof Uint8Array) return written;
  const { sheet, row, column } = written;
  const message = `row ${row} of ${sheet}, column ${column}: no cell of a workbook holds a text that long`;
  return error("file", message, null, "csv and json have no such limit");
}
