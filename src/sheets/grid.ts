import { type Diagnostic, error } from "../diagnostics/diagnostic.ts";

/** A sheet as it was read: cells by row, not interpreted yet. */
export interface Grid {
  /** The sheet's name; null for a file that holds only one, such as CSV. */
  readonly name: string | null;
  /** Whether spreadsheets hide it. */
  readonly hidden: boolean;
  readonly rows: readonly GridRow[];
}

export interface GridRow {
  /** As a spreadsheet numbers it, from 1. */
  readonly number: number;
  readonly cells: readonly GridCell[];
}

/** A date or a time of day is in UTC, as it is shown. An empty cell is null. */
export type GridCell = string | number | boolean | Date | Unusable | null;

/** A formula that failed, or whose result is not in the file: formulas are not computed here. */
interface Unusable {
  readonly unusable: "failed" | "not computed";
}

export function isUnusable(cell: GridCell): cell is Unusable {
  return typeof cell === "object" && cell !== null && "unusable" in cell;
}

export function isEmpty(cell: GridCell): boolean {
  return cell === null || (typeof cell === "string" && cell.trim() === "");
}

/** Returns a spreadsheet's name of a column: 0 is A, 26 is AA. */
export function toColumnLetter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${toColumnLetter(Math.floor(index / 26) - 1)}${last}`;
}

/** The sheets of a file; none if a diagnostic is an error. */
export interface ReadSheets {
  readonly grids: readonly Grid[];
  readonly diagnostics: readonly Diagnostic[];
}

export function refuseFile(message: string, hint?: string): ReadSheets {
  return { grids: [], diagnostics: [error("file", message, null, hint)] };
}

/** Sheets made by hand are far smaller; more rows are a mistake or an attack. */
export const MOST_ROWS = 250_100;
export const MOST_COLUMNS = 256;

// What a spreadsheet runs when it opens a CSV file: a formula, or blanks that it trims before one.
// The full-width signs are formulas in Excel for Japanese.
const FORMULA = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]";
/** Stands for an empty text; an empty cell stands for none. */
const EMPTY = '""';
const NEEDS_ESCAPE = new RegExp(`^'*(?:${FORMULA}|""$)`);
const ESCAPED = new RegExp(`^'+(?:${FORMULA}|""$)`);

/**
 * Returns a text as a cell that stays text in every program, even if a workbook is saved as CSV and opened again: one
 * that would run as a formula gets an apostrophe in front. `unescapeFormula` is the inverse, for every text.
 */
export function escapeFormula(text: string): string {
  if (text === "") return EMPTY;
  return NEEDS_ESCAPE.test(text) ? `'${text}` : text;
}

/** Returns the text that a cell was made from; null for an empty cell. */
export function unescapeFormula(cell: string): string | null {
  if (cell === "") return null;
  if (cell === EMPTY) return "";
  return ESCAPED.test(cell) ? cell.slice(1) : cell;
}
