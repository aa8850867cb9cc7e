/** `topsheet/sheets`: a plan as CSV or a workbook, and a shot list from one. Apart, so that the library loads neither. */
export { capsCsv, planCsv } from "./plan-csv.ts";
export { planWorkbook } from "./plan-workbook.ts";
export { readSheets } from "./read-sheets.ts";
export { type ImportedShots, importShots } from "./shotlist/import-shots.ts";
export { type Workbook, writeWorkbook } from "./write-workbook.ts";
