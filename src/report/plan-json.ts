import { type Diagnostic, hasErrors } from "../diagnostics/diagnostic.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { PlanGate } from "../plan/check-gates.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { writePlanDocument, writeDiagnostic } from "../plan/plan-document.ts";
import { encodeOverage } from "./approvals.ts";
import { encodeGate } from "./gates.ts";

/** Writes `topsheet/plan@1`, with overages of its caps and the gates that it was checked against. */
export function planJson(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  created: number,
  gates: readonly PlanGate[] | null = null,
): string {
  const overages = admitted?.overages ?? [];
  return writePlanDocument(made, admitted, created, {
    ...(overages.length > 0 && { overages: overages.map(encodeOverage) }),
    ...(gates !== null && { gates: gates.map(encodeGate) }),
  });
}

/** Encodes `topsheet/check@1`: every diagnostic, for a script. */
export function encodeCheck(diagnostics: readonly Diagnostic[], lines: number): object {
  const verdict = hasErrors(diagnostics) ? "invalid" : diagnostics.length > 0 ? "warn" : "ok";
  return {
    schema: "topsheet/check@1",
    verdict,
    lines,
    diagnostics: diagnostics.map(writeDiagnostic),
  };
}
