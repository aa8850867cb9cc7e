import { foldLabel } from "../manifest/shot.ts";
import type { Content, Table } from "../report/document.ts";

// The formulas of a workbook's cells, for what follows from other cells. Their results are written too, for programs
// that do not compute.

/** What a formula can refer to, by the names of columns. */
export interface FormulaPlaces {
  /** Refers to another cell of the same row. */
  readonly cell: (column: string) => string;
  /** Refers to all rows of a column of any sheet. */
  readonly column: (sheet: string, column: string) => string;
}

type Formula = (at: FormulaPlaces) => string;

/** The formulas of a row's cells, by the names of their columns. */
export type Formulas = ReadonlyMap<string, Formula>;

export function declareFormulas(table: Table, all: readonly Table[]): Formulas {
  if (table.name === "Top sheet") return declareTopSheetFormulas(table, all);
  const names = new Set(table.columns.map(({ name }) => name));
  const formulas = new Map<string, Formula>();
  const compute = (
    name: string,
    from: readonly string[],
    by: (cells: readonly string[]) => string,
  ) => {
    const used = from.filter((one) => names.has(one));
    if (!names.has(name) || used.length < 2) return;
    formulas.set(name, ({ cell }) => `ROUND(${by(used.map(cell))},6)`);
  };
  const sum = (cells: readonly string[]): string => cells.join("+");
  compute("efc", ["actual", "committed", "etc"], sum);
  if (names.has("unit_price"))
    compute("cost", ["seconds", "unit_price"], (cells) => cells.join("*"));
  else compute("cost", ["actual", "committed"], sum);
  if (names.has("limit"))
    compute("left", ["limit", "spent", "held", "planned"], (cells) => cells.join("-"));
  else compute("left", ["budget", "overages", names.has("efc") ? "efc" : "cost"], subtractLast);
  return formulas;
}

/** Budget, plus overages if there is such a column, minus the final cost. */
function subtractLast(cells: readonly string[]): string {
  return `${cells.slice(0, -1).join("+")}-${cells.at(-1) ?? ""}`;
}

// Each row is matched with each line: more than this would keep a spreadsheet busy after each change.
const MOST_MATCHES = 2_000_000;

/** Declares the formulas of the top sheet, whose rows are sums of lines. */
function declareTopSheetFormulas({ columns, rows }: Table, all: readonly Table[]): Formulas {
  const lines = all.find(({ name }) => name === "Lines")?.rows.length ?? 0;
  const scene = columns.find(({ name }) => name === "scene");
  const scenes = rows.map((row) => scene?.value(row) ?? null);
  if (rows.length * lines > MOST_MATCHES || !areDistinct(scenes)) return new Map();
  // Matches by scene and model, not by place: sorting the lines changes no sum. Not SUMIFS, which reads a scene such
  // as ">5" or "A*" as a condition.
  const matches: Formula = ({ cell, column }) =>
    ["scene", "model"].map((name) => `(${column("Lines", name)}=${cell(name)})`).join("*");
  const sumOf = (name: string, at: FormulaPlaces): string =>
    `SUMPRODUCT(${matches(at)}*${at.column("Lines", name)})`;
  return new Map([
    ["lines", (at) => `SUMPRODUCT(${matches(at)})`],
    ["seconds", (at) => sumOf("seconds", at)],
    ["cost", (at) => `ROUND(${sumOf("cost", at)},6)`],
  ]);
}

/** To a spreadsheet "a" equals "A": scenes that it cannot tell apart have sums without formulas. */
function areDistinct(scenes: readonly Content[]): boolean {
  const different = [...new Set(scenes)];
  return new Set(different.map((one) => foldLabel(String(one ?? "")))).size === different.length;
}
