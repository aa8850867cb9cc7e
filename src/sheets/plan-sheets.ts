import type { AdmittedPlan } from "../plan/admit.ts";
import { makeAdmittedDocument } from "../report/plan-document.ts";
import { renderCsv } from "./csv.ts";
import { toWorkbook } from "./workbook.ts";
import type { Workbook } from "./write-workbook.ts";

// CSV and workbooks of a plan in one call, for programs that use the library.

/** Returns CSV with a row for each line. `import` reads it back as the same lines. */
export function planCsv(plan: AdmittedPlan): string {
  return renderCsv(makeAdmittedDocument(plan, 0), { path: null });
}

/** Returns CSV with a row for each cap. */
export function capsCsv(plan: AdmittedPlan): string {
  const { sheets = () => [], ...document } = makeAdmittedDocument(plan, 0);
  const caps = sheets().filter(({ name }) => name === "Caps");
  return renderCsv({ ...document, sheets: () => caps }, { path: null });
}

/** Returns a workbook of the top sheet, lines, caps and sources. `made` in milliseconds UTC. */
export function planWorkbook(plan: AdmittedPlan, made: number): Workbook {
  return toWorkbook(makeAdmittedDocument(plan, made));
}
