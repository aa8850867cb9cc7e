import type { AdmittedPlan } from "../plan/admit.ts";
import { admittedDocument } from "../report/plan-document.ts";
import { renderCsv } from "./csv.ts";
import { toWorkbook } from "./workbook.ts";
import type { Workbook } from "./write-workbook.ts";

// A plan in one call, for programs that use the library.

/** One row a line, for a spreadsheet or a script; `import` makes the same lines of it again. */
export function planCsv(plan: AdmittedPlan): string {
  return renderCsv(admittedDocument(plan, 0), { path: null });
}

/** One row a cap. */
export function capsCsv(plan: AdmittedPlan): string {
  const { sheets = () => [], ...document } = admittedDocument(plan, 0);
  const caps = sheets().filter(({ name }) => name === "Caps");
  return renderCsv({ ...document, sheets: () => caps }, { path: null });
}

/** The top sheet, its lines, its caps, and what it was made of. `made` in milliseconds UTC. */
export function planWorkbook(plan: AdmittedPlan, made: number): Workbook {
  return toWorkbook(admittedDocument(plan, made));
}
