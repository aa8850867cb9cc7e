import { NO_CAPS } from "../budget/caps.ts";
import type { LedgerBook } from "../ledger/ledger.ts";
import type { Plan } from "../plan/plan.ts";
import { type CostReport, makeCostReport, makeHotCostReport } from "../report/cost-report.ts";
import { listBillWarnings } from "../report/run-report.ts";

export interface Asked {
  /** The budget to compare with; null if there is none. */
  readonly plan: Plan | null;
  /** Whether it covers only yesterday. */
  readonly hot: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** What the report reads of the ledger. */
type AccountBook = Pick<
  LedgerBook,
  | "id"
  | "purpose"
  | "positions"
  | "holds"
  | "terms"
  | "openRuns"
  | "overages"
  | "separation"
  | "corrections"
>;

/** Makes a campaign's cost report from its ledger. */
export async function createCostReport(
  ledger: AccountBook,
  campaign: string,
  { plan, hot, now }: Asked,
): Promise<CostReport> {
  // Holds before runs: a run that starts in between must not look dead.
  const positions = await ledger.positions(campaign);
  const terms = (await ledger.terms(campaign)) ?? plan?.campaign;
  return (hot ? makeHotCostReport : makeCostReport)({
    campaign,
    purpose: ledger.purpose,
    ledger: ledger.id,
    timezone: terms?.timezone ?? "UTC",
    caps: terms?.caps ?? NO_CAPS,
    positions,
    runs: await ledger.openRuns(campaign),
    overages: await ledger.overages(campaign),
    separation: await ledger.separation(campaign),
    misbilled: (await ledger.holds(campaign)).flatMap((hold) => {
      const warnings = listBillWarnings(hold);
      return warnings.length === 0 ? [] : [{ key: hold.key, at: hold.reservedAt, warnings }];
    }),
    said: await ledger.corrections(campaign),
    plan,
    now,
  });
}
