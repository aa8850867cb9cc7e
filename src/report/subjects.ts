import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { LedgerBook } from "../ledger/ledger.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { PlanDiff } from "../plan/diff.ts";
import type { PlanGate } from "../plan/check-gates.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import type { CostReport } from "./cost-report.ts";

/** What a document is about, for a format that shows it in its own way: pages draw charts of these. */
export type Subject =
  | ({ readonly is: "plan" } & Planned)
  | ({ readonly is: "cost" } & Reported)
  | ({ readonly is: "diff" } & Compared);

/** A plan, as far as it could be made, and what it was checked against. */
export interface Planned {
  readonly made: MadePlan;
  /** Null if the manifest has errors. */
  readonly admitted: AdmittedPlan | null;
  readonly beside: Beside;
  /** Sentences about its terms and approvals. */
  readonly said: readonly string[];
  /** Says that lines lack an approval that they need; null if none do. */
  readonly unapproved: string | null;
  /** The plan that it is compared with, as a person names it; null for none. */
  readonly base: string | null;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** What a plan was checked against apart from its caps. */
export interface Beside {
  /** Null if none was asked for. */
  readonly gates: readonly PlanGate[] | null;
  /** The difference from the plan before; null if there is none. */
  readonly difference: PlanDiff | null;
}

/** A cost report, and the ledger in which a page finds the rest of what it shows. */
export interface Reported {
  readonly report: CostReport;
  readonly book: Pick<LedgerBook, "holds" | "openRuns" | "entries">;
  readonly options: { readonly ledger?: string; readonly out?: string };
}

/** The difference between two plans. */
export interface Compared {
  readonly diff: PlanDiff;
  readonly campaign: string;
  /** The names that a person uses for the two plans. */
  readonly before: string;
  readonly after: string;
  /** Null if none was asked for. */
  readonly gates: readonly PlanGate[] | null;
  /** The warnings of the second plan. */
  readonly warnings: readonly Diagnostic[];
  /** Milliseconds UTC. */
  readonly now: number;
}
