import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** A sheet as it was read: what stands where, nothing understood yet. */
export interface Grid {
  /** The sheet's name; null for a file that holds only one, such as CSV. */
  readonly name: string | null;
  /** A sheet that a spreadsheet does not show. */
  readonly hidden: boolean;
  readonly rows: readonly GridRow[];
}

export interface GridRow {
  /** As a spreadsheet numbers it, from 1. */
  readonly number: number;
  readonly cells: readonly GridCell[];
}

/** A date or a time of day is in UTC, as it is shown; null for an empty cell. */
export type GridCell = string | number | boolean | Date | Unusable | null;

/** A formula that failed, or whose result is not in the file: none is computed here. */
interface Unusable {
  readonly unusable: "failed" | "not computed";
}

export function isUnusable(cell: GridCell): cell is Unusable {
  return typeof cell === "object" && cell !== null && "unusable" in cell;
}

export function isEmpty(cell: GridCell): boolean {
  return cell === null || (typeof cell === "string" && cell.trim() === "");
}

/** 0 is A, 26 is AA: how a spreadsheet names its columns. */
export function columnLetter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${columnLetter(Math.floor(index / 26) - 1)}${last}`;
}

/** What a file holds; nothing where a diagnostic is an error. */
export interface ReadSheets {
  readonly grids: readonly Grid[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What people make by hand is far below; more rows are a mistake, or are meant to do harm. */
export const MOST_ROWS = 250_100;
export const MOST_COLUMNS = 256;

// What a spreadsheet runs when it opens a CSV file that holds it: a formula, or what it trims until one is left.
// The full-width signs are formulas in Excel for Japanese.
const FORMULA = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]";
/** What a cell says for a text that is empty, where an empty cell says that there is none. */
const EMPTY = '""';
const NEEDS_ESCAPE = new RegExp(`^'*(?:${FORMULA}|""$)`);
const ESCAPED = new RegExp(`^'+(?:${FORMULA}|""$)`);

/**
 * A text as a cell that stays text in every program, also when a workbook is saved as CSV and opened again: one
 * that would run as a formula begins with an apostrophe. `asWritten` is the way back, for every text.
 */
export function escapeFormula(text: string): string {
  if (text === "") return EMPTY;
  return NEEDS_ESCAPE.test(text) ? `'${text}` : text;
}

/** The text that a cell was made from; null for an empty cell. */
export function unescapeFormula(cell: string): string | null {
  if (cell === "") return null;
  if (cell === EMPTY) return "";
  return ESCAPED.test(cell) ? cell.slice(1) : cell;
}
