import { type Diagnostic, error } from "../../diagnostics/diagnostic.ts";
import { quote, shorten } from "../../diagnostics/printable.ts";
import { type GridCell, type GridRow, isEmpty } from "../grid.ts";
import { type Field, readCell } from "./fields.ts";
import type { SheetColumn, Header } from "./header.ts";

/** The values of a row's cells, by field. */
export interface ReadRow {
  /** As a spreadsheet numbers it. */
  readonly row: number;
  readonly fields: Readonly<Record<Field, unknown>>;
}

export interface ReadRows {
  readonly rows: readonly ReadRow[];
  /** What was guessed. */
  readonly notes: readonly Note[];
  readonly leftOut: readonly LeftOut[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Something about a cell that a person should know, but no mistake. */
export interface Note {
  readonly row: number;
  readonly column: string;
  readonly says: string;
}

export interface LeftOut {
  readonly row: number;
  readonly why: string;
}

/** Returns `row 7, column Secs`. */
export function formatCellPlace(row: number, column: string): string {
  return `row ${row}, column ${column}`;
}

/** Reads every row under the header that is a shot, and says why each other row is none. */
export function readRows(header: Header): ReadRows {
  const rows: ReadRow[] = [];
  const leftOut: LeftOut[] = [];
  const diagnostics: Diagnostic[] = [];
  const notes: Note[] = [];
  const used = header.columns.filter(({ use }) => use.is === "field");
  for (const row of header.below) {
    if (row.cells.every(isEmpty)) continue;
    const why = explainNoShot(row, used);
    if (why === null) rows.push(readRow(row, used, diagnostics, notes));
    else leftOut.push({ row: row.number, why });
  }
  return { rows, notes, leftOut, diagnostics };
}

function explainNoShot(row: GridRow, used: readonly SheetColumn[]): string | null {
  const prompted = used.some(
    ({ index, use }) => isPrompt(use) && !isEmpty(row.cells[index] ?? null),
  );
  const filled = row.cells.filter((cell) => !isEmpty(cell));
  if (used.length > 1 && used.every(({ index, title }) => isSameText(row.cells[index], title))) {
    return "the header again";
  }
  if (prompted) return null;
  const [first = null] = filled;
  if (typeof first === "string" && /^(?:(?:grand|sub)[ -]?)?total|^sum\b/i.test(first.trim())) {
    return "a total";
  }
  if (used.every(({ index }) => isEmpty(row.cells[index] ?? null))) {
    return "nothing in the columns that are read";
  }
  if (filled.length > 1) return null;
  const what = typeof first === "string" ? ` ${quote(shorten(first, 40))}` : "";
  return `only one cell,${what === "" ? "" : `${what},`} and no prompt`;
}

function isPrompt(use: SheetColumn["use"]): boolean {
  return use.is === "field" && (use.field === "prompt" || use.field === "multi_prompt");
}

function isSameText(cell: GridCell | undefined, title: string): boolean {
  return typeof cell === "string" && cell.trim().toLowerCase() === title.toLowerCase();
}

function readRow(
  { number, cells }: GridRow,
  used: readonly SheetColumn[],
  diagnostics: Diagnostic[],
  notes: Note[],
): ReadRow {
  const fields: Record<string, unknown> = {};
  for (const { index, title, use } of used) {
    if (use.is !== "field") continue;
    const reading = readCell(use.field, cells[index] ?? null);
    switch (reading.is) {
      case "nothing":
        break;
      case "wrong":
        diagnostics.push(
          error("sheet", `${formatCellPlace(number, title)}: ${reading.says}`, null, reading.hint),
        );
        break;
      case "value":
        if (reading.guessed !== undefined) {
          notes.push({ row: number, column: title, says: reading.guessed });
        }
        fields[use.field] = joinValues(fields[use.field], reading.value);
        break;
    }
  }
  return { row: number, fields };
}

/** Joins the values of several columns that are mapped to one field: texts by line ends, lists one after the other. */
function joinValues(before: unknown, more: unknown): unknown {
  if (before === undefined) return more;
  if (Array.isArray(before) && Array.isArray(more)) return [...before, ...more];
  return typeof before === "string" && typeof more === "string" ? `${before}\n${more}` : more;
}
