import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { PlanDiff } from "../plan/diff.ts";
import type { Gate } from "../plan/gate.ts";
import { diffMarkdown, FEW } from "../report/diff.ts";
import { gatesMarkdown } from "../report/gates.ts";
import { complaintList, pageOf, pageTitle } from "../report/page.ts";

/** A difference for a pull request, with what it was asked to pass and what the second plan warns of. */
export function diffPage(
  campaign: string,
  diff: PlanDiff,
  gates: readonly Gate[],
  warnings: readonly Diagnostic[],
): string {
  return pageOf([
    pageTitle(campaign, "what changes"),
    gatesMarkdown(gates),
    diffMarkdown(diff, FEW).trimEnd(),
    complaintList(warnings),
  ]);
}
