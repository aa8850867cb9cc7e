import { foldLabel } from "../manifest/shot.ts";
import { error } from "../diagnostics/diagnostic.ts";
import { type Document, type Rendered, type Table, chooseTitle } from "../report/document.ts";
import { type FormulaPlaces, type Sheet, type Workbook, writeWorkbook } from "./write-workbook.ts";

/** Renders a document as the bytes of a workbook; empty if it has no sheets. */
export async function renderWorkbook(document: Document): Promise<Rendered> {
  if (document.sheets === undefined) return "";
  const written = await writeWorkbook(toWorkbook(document));
  if (written instanceof Uint8Array) return written;
  const { sheet, row, column } = written;
  const message = `row ${row} of ${sheet}, column ${column}: no cell of a workbook holds a text that long`;
  return error("file", message, null, "csv and json have no such limit");
}

/** Returns a document's tables as sheets, with formulas for what follows from other cells. */
export function toWorkbook({ title, what, made = 0, sheets }: Document): Workbook {
  const tables = sheets?.() ?? [];
  return {
    title: `${title ?? ""}: ${what}`,
    made,
    sheets: tables.map((table) => toSheet(table, rowFormulas(table, tables))),
  };
}

function toSheet({ name, columns, rows, sums }: Table, formulas: Formulas): Sheet {
  return {
    name,
    columns: columns.map((column) => {
      const formula = formulas.get(column.name);
      return {
        title: chooseTitle(column),
        kind: column.kind,
        ...(column.sum === undefined ? {} : { sum: column.sum }),
        ...(formula === undefined ? {} : { formula }),
      };
    }),
    rows: rows.map((row) => columns.map((column) => column.value(row))),
    ...(sums === undefined ? {} : { sumColumn: sums }),
  };
}

type Formula = (at: FormulaPlaces) => string;

/** The formulas of a row's cells, by the names of their columns. */
type Formulas = ReadonlyMap<string, Formula>;

function rowFormulas(table: Table, all: readonly Table[]): Formulas {
  if (table.name === "Top sheet") return topSheetFormulas(table, all);
  const titles = new Map(table.columns.map((column) => [column.name, chooseTitle(column)]));
  const formulas = new Map<string, Formula>();
  const compute = (
    name: string,
    from: readonly string[],
    by: (cells: readonly string[]) => string,
  ) => {
    const used = from.flatMap((one) => titles.get(one) ?? []);
    if (!titles.has(name) || used.length < 2) return;
    formulas.set(name, ({ cell }) => `ROUND(${by(used.map(cell))},6)`);
  };
  const sum = (cells: readonly string[]): string => cells.join("+");
  compute("efc", ["actual", "committed", "etc"], sum);
  if (titles.has("unit_price"))
    compute("cost", ["seconds", "unit_price"], (cells) => cells.join("*"));
  else compute("cost", ["actual", "committed"], sum);
  if (titles.has("limit"))
    compute("left", ["limit", "spent", "held", "planned"], (cells) => cells.join("-"));
  else compute("left", ["budget", "overages", titles.has("efc") ? "efc" : "cost"], leftFormula);
  return formulas;
}

/** Budget, plus overages if there is such a column, minus the final cost. */
function leftFormula(cells: readonly string[]): string {
  return `${cells.slice(0, -1).join("+")}-${cells.at(-1) ?? ""}`;
}

// Each row is matched with each line: more than this would keep a spreadsheet busy after each change.
const MOST_MATCHES = 2_000_000;

/** The formulas of the top sheet, whose rows are sums of lines. */
function topSheetFormulas({ columns, rows }: Table, all: readonly Table[]): Formulas {
  const lines = all.find(({ name }) => name === "Lines")?.rows.length ?? 0;
  const scene = columns.find(({ name }) => name === "scene");
  const scenes = rows.map((row) => scene?.value(row) ?? null);
  if (rows.length * lines > MOST_MATCHES || !areDistinct(scenes)) return new Map();
  // Matches by scene and model, not by place: sorting the lines changes no sum. Not SUMIFS, which reads a scene such
  // as ">5" or "A*" as a condition.
  const matches: Formula = ({ cell, column }) =>
    `(${column("Lines", "Scene")}=${cell("Scene")})*(${column("Lines", "Model")}=${cell("Model")})`;
  const sumOf = (title: string, at: FormulaPlaces): string =>
    `SUMPRODUCT(${matches(at)}*${at.column("Lines", title)})`;
  return new Map([
    ["lines", (at) => `SUMPRODUCT(${matches(at)})`],
    ["seconds", (at) => sumOf("Seconds", at)],
    ["cost", (at) => `ROUND(${sumOf("Cost", at)},6)`],
  ]);
}

/** To a spreadsheet "a" equals "A": scenes that it cannot tell apart have sums without formulas. */
function areDistinct(scenes: readonly (string | number | null)[]): boolean {
  const different = [...new Set(scenes)];
  return new Set(different.map((one) => foldLabel(String(one ?? "")))).size === different.length;
}
