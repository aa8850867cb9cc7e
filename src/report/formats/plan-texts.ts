import type { AdmittedPlan } from "../../plan/admit.ts";
import type { MadePlan } from "../../plan/make-plan.ts";
import type { Screen } from "../document.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderText } from "./text.ts";
import { makeAdmittedDocument, makeRefusedPlan } from "../plan-document.ts";
import type { Beside } from "../subjects.ts";

// A plan in one call, for programs that use the library.

export function planTable(plan: AdmittedPlan, screen: Screen): string {
  return renderText(makeAdmittedDocument(plan, 0), screen);
}

export function planMarkdown(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  beside?: Beside,
): string {
  const document =
    admitted === null ? makeRefusedPlan(made) : makeAdmittedDocument(admitted, 0, beside);
  return renderMarkdown(document);
}
