import { type Document, type Table, titleOf } from "../report/document.ts";
import type { Column, Sheet, Workbook } from "./write-workbook.ts";

type Formula = NonNullable<Column["formula"]>;

/** How a spreadsheet computes cells anew when others change: by a sheet's name and a column's. */
export type Formulas = Readonly<Record<string, Readonly<Record<string, Formula>>>>;

/** A document's tables as a workbook. `made` in milliseconds UTC. */
export function workbookOf(
  { title, what, sheets }: Document,
  made: number,
  formulas: Formulas,
): Workbook {
  return {
    title: `${title ?? ""}: ${what}`,
    made,
    sheets: (sheets?.() ?? []).map((table) => sheetOf(table, formulas[table.name] ?? {})),
  };
}

function sheetOf({ name, columns, rows, sums }: Table, formulas: Formulas[string]): Sheet {
  return {
    name,
    columns: columns.map((column) => {
      const formula = formulas?.[column.name];
      return {
        title: titleOf(column),
        kind: column.kind,
        ...(column.sum === undefined ? {} : { sum: column.sum }),
        ...(formula === undefined ? {} : { formula }),
      };
    }),
    rows: rows.map((row) => columns.map((column) => column.value(row))),
    ...(sums === undefined ? {} : { total: sums }),
  };
}
