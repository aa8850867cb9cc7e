import type { AdmittedPlan } from "../plan/admit.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { fewChanges } from "./diff.ts";
import type { Screen } from "./document.ts";
import { markdown } from "./formats/markdown.ts";
import { text } from "./formats/text.ts";
import { gateBlocks } from "./gates.ts";
import { admittedDocument, refusedPlan } from "./plan-document.ts";
import type { Beside } from "./subjects.ts";

// A plan in one call, for programs that use the library.

export function planTable(plan: AdmittedPlan, screen: Screen): string {
  return text(admittedDocument(plan, 0), screen);
}

export function planMarkdown(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  { gates, difference }: Beside = { gates: null, difference: null },
): string {
  if (admitted === null) return markdown(refusedPlan(made));
  const beside = {
    gates: gateBlocks(gates ?? []),
    difference: difference === null ? [] : fewChanges(difference),
  };
  return markdown(admittedDocument(admitted, 0, beside));
}
