import type { Cell, CellValue, MergeRange, Sheet } from "hucre/xlsx";
import { explainError } from "../diagnostics/errors.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import {
  type Grid,
  type GridCell,
  toColumnLetter,
  MOST_COLUMNS,
  MOST_ROWS,
  type ReadSheets,
  refuseFile,
} from "./grid.ts";

const MOST_SHEETS = 32;

/** Reads every sheet of an .xlsx file: values as saved, and formulas by their saved results. */
export async function readWorkbook(name: string, bytes: Uint8Array): Promise<ReadSheets> {
  const problem = findZipProblem(bytes);
  if (problem !== null) return refuseWorkbook(name, problem);
  const { readXlsx } = await import("hucre/xlsx");
  try {
    const { sheets } = await readXlsx(bytes, {
      // A workbook can list the same sheet ten thousand times.
      sheets: (_, index) => index < MOST_SHEETS,
      range: `A1:${toColumnLetter(MOST_COLUMNS - 1)}${MOST_ROWS + 1}`,
    });
    return { grids: sheets.map(toGrid), diagnostics: [] };
  } catch (cause) {
    // Whatever the library throws is the file's mistake.
    return refuseWorkbook(name, explainError(cause));
  }
}

function refuseWorkbook(name: string, why: string): ReadSheets {
  return refuseFile(
    `${toPrintable(name)} cannot be read as a workbook: ${toPrintable(why)}`,
    "open it in a spreadsheet and save it as .xlsx anew, or as CSV",
  );
}

function toGrid({ name, rows, cells, merges, hidden, veryHidden }: Sheet): Grid {
  const filled = fillMerged(rows, merges ?? []);
  return {
    name,
    hidden: hidden === true || veryHidden === true,
    rows: filled.map((row, index) => ({
      number: index + 1,
      cells: row.map((value, column) => toCell(value, cells?.get(`${index},${column}`))),
    })),
  };
}

function toCell(value: CellValue, cell: Cell | undefined): GridCell {
  if (cell?.type === "error") return { unusable: "failed" };
  if (cell?.formula !== undefined && (value ?? null) === null) return { unusable: "not computed" };
  return value === "" ? null : value;
}

// Thousands of overlapping merges would keep a machine busy.
const MOST_MERGED = 1_000_000;

/** Copies a value that is merged over several rows, such as a scene, to each; columns that are merged stay. */
function fillMerged(
  rows: readonly (readonly CellValue[])[],
  merges: readonly MergeRange[],
): readonly (readonly CellValue[])[] {
  const upright = merges.filter(({ startCol, endCol }) => startCol === endCol);
  if (upright.length === 0) return rows;
  const filled = rows.map((row) => [...row]);
  let room = MOST_MERGED;
  for (const { startRow, endRow, startCol } of upright) {
    const value = filled[startRow]?.[startCol] ?? null;
    const last = Math.min(endRow, filled.length - 1);
    room -= Math.max(0, last - startRow);
    if (room < 0) break;
    for (let row = startRow + 1; row <= last; row += 1) {
      const cells = filled[row];
      if (cells !== undefined) cells[startCol] = value;
    }
  }
  return filled;
}

// A few kilobytes of ZIP can unpack into gigabytes. The library unpacks each part only as far as the directory
// declares, so the declared lengths are summed first, and a part without one is refused.

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PARTS = 4_096;

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Returns why a ZIP file must not be unpacked; null if it may be. */
function findZipProblem(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEndRecord(view);
  if (end === null) return "it is cut short, or no workbook at all";
  const parts = view.getUint16(end + 10, true);
  if (parts > MOST_PARTS) return `it has ${parts} parts; a workbook has a few dozen`;
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let part = 0; part < parts; part += 1) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) {
      return "its directory is broken";
    }
    const flags = view.getUint16(at + 8, true);
    const packed = view.getUint32(at + 20, true);
    const unpacked = view.getUint32(at + 24, true);
    const named = view.getUint16(at + 28, true);
    // If the length follows the data, the library ignores that of the directory.
    const unsaid = packed === 0 && (flags & 8) !== 0;
    if (unsaid || (unpacked === 0 && packed > 2))
      return "it does not declare the length of its parts";
    total += unpacked;
    if (total > MOST_BYTES) {
      return `it unpacks to more than ${MOST_BYTES / 1024 / 1024} MiB`;
    }
    at += 46 + named + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return null;
}

/** Finds the end record, searching backwards, because a comment may follow it. */
function findEndRecord(view: DataView): number | null {
  const least = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= least; at -= 1) {
    if (view.getUint32(at, true) === END) return at;
  }
  return null;
}
