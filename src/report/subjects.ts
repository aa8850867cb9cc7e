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

/** A plan as far as it came, and what it was held against. */
export interface Planned {
  readonly made: MadePlan;
  /** Null if the manifest has errors. */
  readonly admitted: AdmittedPlan | null;
  readonly beside: Beside;
  /** What is to be told of its terms and approvals. */
  readonly said: readonly string[];
  /** That lines need an approval which they do not have; null if none do. */
  readonly unapproved: string | null;
  /** The plan before, as a person names it; null for none. */
  readonly base: string | null;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** What a plan was held against beside its caps. */
export interface Beside {
  /** Null if none was asked for. */
  readonly gates: readonly PlanGate[] | null;
  /** What it costs that the one before does not; null if there is none before. */
  readonly difference: PlanDiff | null;
}

/** A cost report, and the ledger in which a page finds what it shows beside it. */
export interface Reported {
  readonly report: CostReport;
  readonly book: Pick<LedgerBook, "holds" | "openRuns" | "entries">;
  readonly options: { readonly ledger?: string; readonly out?: string };
}

/** Two plans, and what the second costs that the first does not. */
export interface Compared {
  readonly diff: PlanDiff;
  readonly campaign: string;
  /** As a person names the two. */
  readonly before: string;
  readonly after: string;
  /** Null if none was asked for. */
  readonly gates: readonly PlanGate[] | null;
  /** What the second warns of. */
  readonly warnings: readonly Diagnostic[];
  /** Milliseconds UTC. */
  readonly now: number;
}
