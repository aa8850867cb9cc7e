import { exact, type MicroUsd, microUsd, sum } from "../money/usd.ts";

// What a report hands over to be written as a workbook: sheets of typed columns, each with rows and sums.

export interface Workbook {
  readonly title: string;
  /** Milliseconds UTC: the same workbook made at the same moment is the same bytes. */
  readonly made: number;
  readonly sheets: readonly Sheet[];
}

export interface Sheet {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What the row of sums is called, in the first column; a sheet without one has no sums. */
  readonly total?: string;
}

/** Amounts in micro-dollars, dates in milliseconds UTC; null for an empty cell. */
export type Cell = string | number | null;

export type Kind = "text" | "usd" | "seconds" | "count" | "number" | "date";

export interface Column {
  readonly title: string;
  readonly kind: Kind;
  /** The last row has its sum. */
  readonly sum?: true;
  /** What a spreadsheet computes a row's cell with; the cell itself is the result that others show. */
  readonly formula?: (at: FormulaPlaces) => string;
}

/** What a formula can name. */
export interface FormulaPlaces {
  /** Another cell of the same row, by its column's title. */
  readonly cell: (title: string) => string;
  /** All rows of a column, of any sheet. */
  readonly column: (sheet: string, title: string) => string;
}

/** A cell's number as a spreadsheet holds it: dollars for micro-dollars, days for a date. */
export function numberOf(kind: Kind, value: number): number {
  switch (kind) {
    case "usd":
      return Number(exact(microUsd(value)));
    case "date":
      // Days since the last day of 1899, which is how a spreadsheet counts.
      return value / 86_400_000 + 25_569;
    case "seconds":
    case "count":
    case "number":
    case "text":
      return value;
  }
}

/** What the row of sums says of a column. */
export function total({ rows, columns }: Sheet, index: number): number {
  const values = rows.map((row) => row[index]).filter((cell) => typeof cell === "number");
  if (columns[index]?.kind === "usd") return sum(values.map((value): MicroUsd => microUsd(value)));
  return values.reduce((all, value) => all + value, 0);
}
