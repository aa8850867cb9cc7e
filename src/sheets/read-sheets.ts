import { type Diagnostic, error, hasErrors, warning } from "../diagnostics/diagnostic.ts";
import { formatCount, toPrintable } from "../diagnostics/printable.ts";
import { MOST_ROWS, type ReadSheets } from "./grid.ts";

/** Reads a stranger's file, workbook or text, whatever its name. Computes no formula and follows no link. */
export async function readSheets(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  const read = await readGrids(name, bytes);
  if (hasErrors(read.diagnostics)) return { ...read, grids: [] };
  const large = read.grids.find(({ rows }) => rows.length > MOST_ROWS);
  if (large === undefined) return read;
  const message = `${toPrintable(name)} has ${formatCount(large.rows.length, "row")}; at most ${MOST_ROWS} are read`;
  return { grids: [], diagnostics: [error("file", message, null, "split it over several files")] };
}

async function readGrids(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  if (startsWithBytes(bytes, [0x50, 0x4b])) {
    const { readWorkbook } = await import("./read-workbook.ts");
    return await readWorkbook(name, bytes);
  }
  // The container format of .xls, and of workbooks with a password.
  if (startsWithBytes(bytes, [0xd0, 0xcf, 0x11, 0xe0])) {
    const message = `${toPrintable(name)} is an old .xls workbook, or one with a password`;
    const hint = "open it and save it as .xlsx without a password, or as CSV";
    return { grids: [], diagnostics: [error("file", message, null, hint)] };
  }
  const { text, diagnostics } = decodeCsv(name, bytes);
  const { readCsv } = await import("./read-csv.ts");
  const read = readCsv(name, text);
  return { grids: read.grids, diagnostics: [...diagnostics, ...read.diagnostics] };
}

function startsWithBytes(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** Decodes the encodings in which spreadsheets save CSV, and removes a byte order mark. */
function decodeCsv(
  name: string,
  bytes: Uint8Array,
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const [first, second] = bytes;
  // Excel's "Unicode text".
  if (first === 0xff && second === 0xfe)
    return withoutComplaint(new TextDecoder("utf-16le").decode(bytes));
  if (first === 0xfe && second === 0xff)
    return withoutComplaint(new TextDecoder("utf-16be").decode(bytes));
  try {
    return withoutComplaint(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Excel's "CSV", without "UTF-8", is in the machine's code page.
    const text = decodeWindows1252(bytes);
    const message = `${toPrintable(name)} is not UTF-8: it was read as Windows-1252`;
    const hint = "look at the accents; `CSV UTF-8` in Excel keeps every character";
    return { text, diagnostics: [warning("file", message, null, hint)] };
  }
}

function withoutComplaint(text: string): {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
} {
  return { text, diagnostics: [] };
}

// From 0x80; the rest equals Unicode. Node's decoder of this name does not map these.
const WINDOWS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

function decodeWindows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.replace(/[\u0080-\u009f]/g, (unit) => WINDOWS[unit.charCodeAt(0) - 0x80] ?? unit);
}
