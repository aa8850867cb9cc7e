import { warning } from "../diagnostics/diagnostic.ts";
import { formatCount, toPrintable } from "../diagnostics/printable.ts";
import { MOST_ROWS, type ReadSheets, refuseFile } from "./grid.ts";

/** Reads a stranger's file, workbook or text, whatever its name. Computes no formula and follows no link. */
export async function readSheets(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  const read = await readGrids(name, bytes);
  const large = read.grids.find(({ rows }) => rows.length > MOST_ROWS);
  if (large === undefined) return read;
  const rows = formatCount(large.rows.length, "row");
  return refuseFile(
    `${toPrintable(name)} has ${rows}; at most ${MOST_ROWS} are read`,
    "split it over several files",
  );
}

async function readGrids(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  if (startsWithBytes(bytes, [0x50, 0x4b])) {
    const { readWorkbook } = await import("./read-workbook.ts");
    return await readWorkbook(name, bytes);
  }
  // The container format of .xls, and of workbooks with a password.
  if (startsWithBytes(bytes, [0xd0, 0xcf, 0x11, 0xe0])) {
    return refuseFile(
      `${toPrintable(name)} is an old .xls workbook, or one with a password`,
      "open it and save it as .xlsx without a password, or as CSV",
    );
  }
  const { readCsv } = await import("./read-csv.ts");
  const text = decodeUnicode(bytes);
  if (text !== null) return readCsv(name, text);
  const { grids, diagnostics } = readCsv(name, decodeWindows1252(bytes));
  const message = `${toPrintable(name)} is not UTF-8: it was read as Windows-1252`;
  const hint = "look at the accents; `CSV UTF-8` in Excel keeps every character";
  return { grids, diagnostics: [warning("file", message, null, hint), ...diagnostics] };
}

function startsWithBytes(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** Decodes UTF-8 and Excel's "Unicode text", without a byte order mark. Returns null for any other encoding. */
function decodeUnicode(bytes: Uint8Array): string | null {
  if (startsWithBytes(bytes, [0xff, 0xfe])) return new TextDecoder("utf-16le").decode(bytes);
  if (startsWithBytes(bytes, [0xfe, 0xff])) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

// From 0x80; the rest equals Unicode. Node's decoder of this name does not map these.
const WINDOWS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** Decodes the code page in which Excel saves "CSV" that is not "CSV UTF-8". */
function decodeWindows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.replace(/[\u0080-\u009f]/g, (unit) => WINDOWS[unit.charCodeAt(0) - 0x80] ?? unit);
}
