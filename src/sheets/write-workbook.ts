import type { Cell as WrittenCell, CellStyle, CellValue, WriteSheet } from "hucre/xlsx";
import { exact, microUsd, type MicroUsd, sum } from "../money.ts";
import {
  chooseTitle,
  type Column,
  type Content,
  type Kind,
  type Table,
} from "../report/document.ts";
import { declareFormulas, type FormulaPlaces, type Formulas } from "./formulas.ts";
import { escapeFormula, toColumnLetter } from "./grid.ts";

export interface Workbook {
  readonly title: string;
  /** Milliseconds UTC: the same workbook made at the same moment is the same bytes. */
  readonly made: number;
  readonly sheets: readonly Table[];
}

/** A table with its values and its formulas. */
interface Sheet extends Omit<Table, "rows"> {
  readonly rows: readonly (readonly Content[])[];
  readonly formulas: Formulas;
}

/** The longest text of a cell: Excel reports a file with a longer one as broken. */
const LONGEST = 32_767;

/** The place of a text that is too long for a cell. */
export interface TooLong {
  readonly sheet: string;
  readonly column: string;
  /** As a spreadsheet numbers it. */
  readonly row: number;
}

/** Writes a workbook as .xlsx without links, macros or ids: the same workbook gives the same bytes. */
export async function writeWorkbook(workbook: Workbook): Promise<Uint8Array | TooLong> {
  const sheets = workbook.sheets.map((table): Sheet => ({
    ...table,
    rows: table.rows.map((row) => table.columns.map((column) => column.value(row))),
    formulas: declareFormulas(table, workbook.sheets),
  }));
  for (const sheet of sheets) {
    const long = findTooLong(sheet);
    if (long !== null) return long;
  }
  const { writeXlsx } = await import("hucre/xlsx");
  const made = new Date(workbook.made);
  const formats = chooseNumberFormats(sheets);
  return await writeXlsx({
    sheets: sheets.map((sheet) => toWriteSheet(sheet, sheets, formats)),
    defaultFont: FONT,
    properties: {
      title: escapeXml(workbook.title),
      creator: "topsheet",
      created: made,
      modified: made,
    },
  });
}

function findTooLong({ name, columns, rows }: Sheet): TooLong | null {
  for (const [index, row] of rows.entries()) {
    const at = row.findIndex((cell) => typeof cell === "string" && cell.length >= LONGEST);
    const column = columns[at];
    if (column !== undefined) return { sheet: name, column: chooseTitle(column), row: index + 2 };
  }
  return null;
}

const FONT = { name: "Calibri", size: 11 };

type Formats = Readonly<Record<Kind, string>>;

/**
 * Amounts have as many decimals as the finest of the whole workbook: none is rounded, not even one that a changed
 * cell computes anew, and the points stand under each other. (`0.00####` would say the same, but shows nothing at all
 * in viewers that are built on SheetJS.)
 */
function chooseNumberFormats(sheets: readonly Sheet[]): Formats {
  const finest = Math.max(...sheets.map(countDecimals), 2);
  // The dollar of the United States, whatever the locale's own currency is.
  const usd = `[$$-409]#,##0.${"0".repeat(finest)}`;
  return {
    // In a cell of this format, 16:9 stays a ratio and =1+1 a text.
    text: "@",
    usd: `${usd};-${usd}`,
    seconds: "#,##0",
    count: "#,##0",
    number: "General",
    date: "yyyy-mm-dd hh:mm",
  };
}

function countDecimals({ columns, rows }: Sheet): number {
  let most = 0;
  for (const [index, { kind }] of columns.entries()) {
    if (kind !== "usd") continue;
    for (const row of rows) {
      const cell = row[index];
      if (typeof cell !== "number") continue;
      most = Math.max(most, exact(microUsd(cell)).split(".")[1]?.length ?? 0);
    }
  }
  return most;
}

const HEAD: CellStyle = {
  font: { ...FONT, bold: true },
  fill: { type: "pattern", pattern: "solid", fgColor: { rgb: "FFEDEDED" } },
  border: { bottom: { style: "thin" } },
};

function toWriteSheet(sheet: Sheet, all: readonly Sheet[], formats: Formats): WriteSheet {
  const { name, columns, rows, formulas } = sheet;
  const cells = new Map<string, Partial<WrittenCell>>();
  for (const [index, column] of columns.entries()) {
    const { kind } = column;
    const alignment = { horizontal: kind === "text" ? "left" : "right" } as const;
    const style = { ...HEAD, alignment };
    cells.set(`0,${index}`, { type: "string", value: escapeXml(chooseTitle(column)), style });
  }
  for (const [index, { name: column, kind }] of columns.entries()) {
    const formula = formulas.get(column);
    if (formula === undefined) continue;
    const style = { numFmt: formats[kind] };
    for (const [row, line] of rows.entries()) {
      const value = toCellValue(kind, line[index] ?? null);
      const text = formula(makeFormulaPlaces(sheet, all, row + 2));
      cells.set(`${row + 1},${index}`, makeFormulaCell(value, text, style));
    }
  }
  if (sheet.sums !== undefined) {
    for (const [at, cell] of makeTotalCells(sheet, formats)) cells.set(at, cell);
  }
  const last = rows.length + 1;
  return {
    name,
    // Most cells take the style of their column: styles of their own would take twice as long.
    rows: [
      [],
      ...rows.map((row) => columns.map(({ kind }, index) => toCellValue(kind, row[index] ?? null))),
    ],
    cells,
    columns: columns.map((column, index) => ({
      width: measureColumn(column, rows, index),
      numFmt: formats[column.kind],
    })),
    freezePane: { rows: 1 },
    autoFilter: { range: `A1:${toColumnLetter(columns.length - 1)}${last}` },
  };
}

function toCellValue(kind: Kind, cell: Content): CellValue {
  if (typeof cell === "string") return escapeXml(escapeFormula(cell));
  return cell === null ? null : toSpreadsheetNumber(kind, cell);
}

/** Returns the cells of the row of sums, by their places. */
function makeTotalCells(
  sheet: Sheet,
  formats: Formats,
): readonly (readonly [string, Partial<WrittenCell>])[] {
  const { columns, rows, sums: name = "" } = sheet;
  const row = rows.length + 1;
  return columns.map(({ kind, sum }, index) => {
    const style: CellStyle = {
      font: { ...FONT, bold: true },
      border: { top: { style: "thin" } },
      numFmt: formats[kind],
    };
    const at = `${row},${index}`;
    if (index === 0) return [at, { type: "string", value: escapeXml(name), style }];
    if (sum === undefined) return [at, { type: "empty", value: null, style }];
    const value = toSpreadsheetNumber(kind, total(sheet, index));
    const added = `SUM(${toColumnLetter(index)}2:${toColumnLetter(index)}${Math.max(2, row)})`;
    // Sums of doubles are inexact in the last digits; every amount is a whole number of millionths.
    const formula = kind === "usd" ? `ROUND(${added},6)` : added;
    return [at, makeFormulaCell(value, formula, style)];
  });
}

/** Makes a cell with a formula, and its result for programs that do not compute. */
function makeFormulaCell(
  value: CellValue,
  formula: string,
  style: CellStyle,
): Partial<WrittenCell> {
  return { type: "formula", value, formula, formulaResult: value, style };
}

function makeFormulaPlaces(own: Sheet, all: readonly Sheet[], row: number): FormulaPlaces {
  return {
    cell: (column) => `${toColumnLetter(findColumn(own, column))}${row}`,
    column: (name, column) => {
      const sheet = all.find((other) => other.name === name);
      if (sheet === undefined) throw new Error(`no sheet ${name}`);
      const at = toColumnLetter(findColumn(sheet, column));
      const quoted = name.replaceAll("'", "''");
      return `'${quoted}'!$${at}$2:$${at}$${Math.max(2, sheet.rows.length + 1)}`;
    },
  };
}

function findColumn({ name, columns }: Sheet, wanted: string): number {
  const index = columns.findIndex((column) => column.name === wanted);
  if (index === -1) throw new Error(`sheet ${name} has no column ${wanted}`);
  return index;
}

const NARROWEST = 8;
const WIDEST = 60;
// So many rows are enough to find the width of a column.
const MEASURED = 500;

/** Returns the width in characters, with room for the filter's arrow. */
function measureColumn(column: Column, rows: Sheet["rows"], index: number): number {
  const { kind } = column;
  const shown = rows.slice(0, MEASURED).map((row) => {
    const cell = row[index] ?? null;
    if (typeof cell === "string") return cell.length;
    if (cell === null) return 0;
    return kind === "date" ? 16 : String(toSpreadsheetNumber(kind, cell)).length + 3;
  });
  const widest = shown.reduce(
    (most, length) => Math.max(most, length),
    chooseTitle(column).length + 2,
  );
  return Math.min(WIDEST, Math.max(NARROWEST, widest + 2));
}

/**
 * Escapes what XML cannot hold as spreadsheets do: `_xFFFF_`. The library does so for control characters, but not
 * for these two, nor for text that looks like such an escape.
 */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replace(
      /[\ufffe\uffff]/g,
      (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase()}_`,
    );
}

/** Converts micro-dollars to dollars and a date to days, as spreadsheets store them. */
function toSpreadsheetNumber(kind: Kind, value: number): number {
  switch (kind) {
    case "usd":
      return Number(exact(microUsd(value)));
    case "date":
      // Spreadsheets count days since the last day of 1899.
      return value / 86_400_000 + 25_569;
    case "seconds":
    case "count":
    case "number":
    case "text":
      return value;
  }
}

/** Sums a column. */
function total({ rows, columns }: Sheet, index: number): number {
  const values = rows.map((row) => row[index]).filter((cell) => typeof cell === "number");
  if (columns[index]?.kind === "usd") return sum(values.map((value): MicroUsd => microUsd(value)));
  return values.reduce((all, value) => all + value, 0);
}
