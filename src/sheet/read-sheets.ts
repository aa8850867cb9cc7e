import { error, hasErrors } from "../diagnostics/diagnostic.ts";
import { counted, printable } from "../diagnostics/printable.ts";
import { decodedSheet } from "./decode-sheet.ts";
import { MOST_ROWS, type ReadSheets } from "./grid.ts";

/** A file of a stranger as grids: a workbook or text, whatever it is called. Nothing in it is computed or followed. */
export async function readSheets(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  const read = await gridsOf(name, bytes);
  if (hasErrors(read.diagnostics)) return { ...read, grids: [] };
  const large = read.grids.find(({ rows }) => rows.length > MOST_ROWS);
  if (large === undefined) return read;
  const message = `${printable(name)} has ${counted(large.rows.length, "row")}; at most ${MOST_ROWS} are read`;
  return { grids: [], diagnostics: [error("file", message, null, "split it over several files")] };
}

async function gridsOf(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  if (begins(bytes, [0x50, 0x4b])) {
    const { readWorkbook } = await import("./read-workbook.ts");
    return await readWorkbook(name, bytes);
  }
  // The container of .xls, and of a workbook with a password.
  if (begins(bytes, [0xd0, 0xcf, 0x11, 0xe0])) {
    const message = `${printable(name)} is an old .xls workbook, or one with a password`;
    const hint = "open it and save it as .xlsx without a password, or as CSV";
    return { grids: [], diagnostics: [error("file", message, null, hint)] };
  }
  const { text, diagnostics } = decodedSheet(name, bytes);
  const { readCsv } = await import("./read-csv.ts");
  const read = readCsv(name, text);
  return { grids: read.grids, diagnostics: [...diagnostics, ...read.diagnostics] };
}

function begins(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
