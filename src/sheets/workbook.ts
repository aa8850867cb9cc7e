import { error } from "../diagnostics/diagnostic.ts";
import type { Document, Rendered } from "../report/document.ts";
import { type Workbook, writeWorkbook } from "./write-workbook.ts";

/** Renders a document as the bytes of a workbook; empty if it has no sheets. */
export async function renderWorkbook(document: Document): Promise<Rendered> {
  if (document.sheets === undefined) return "";
  const written = await writeWorkbook(toWorkbook(document));
  if (written instanceof Uint8Array) return written;
  const { sheet, row, column } = written;
  const message = `row ${row} of ${sheet}, column ${column}: no cell of a workbook holds a text that long`;
  return error("file", message, null, "csv and json have no such limit");
}

export function toWorkbook({ title, what, made = 0, sheets }: Document): Workbook {
  return { title: `${title ?? ""}: ${what}`, made, sheets: sheets?.() ?? [] };
}
