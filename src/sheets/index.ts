/** `topsheet/sheets`: a plan as CSV or a workbook, and a shot list from one. Apart, so that the library loads neither. */
export { capsCsv, planCsv, planWorkbook } from "./plan-sheets.ts";
export { readSheets } from "./read-sheets.ts";
export { type ImportedShots, importShots } from "./shotlist/import-shots.ts";
export { type Workbook, writeWorkbook } from "./write-workbook.ts";
