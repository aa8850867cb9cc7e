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
export interface Unusable {
  readonly unusable: "failed" | "not computed";
}

export function isUnusable(cell: GridCell): cell is Unusable {
  return typeof cell === "object" && cell !== null && "unusable" in cell;
}

export function isEmpty(cell: GridCell): boolean {
  return cell === null || (typeof cell === "string" && cell.trim() === "");
}

/** 0 is A, 26 is AA: how a spreadsheet names its columns. */
export function letter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${letter(Math.floor(index / 26) - 1)}${last}`;
}

/** What a file holds; nothing where a diagnostic is an error. */
export interface ReadSheets {
  readonly grids: readonly Grid[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What people make by hand is far below; more rows are a mistake, or are meant to do harm. */
export const MOST_ROWS = 250_100;
export const MOST_COLUMNS = 256;
