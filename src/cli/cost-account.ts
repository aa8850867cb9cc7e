import type { LedgerBook } from "../ledger/ledger.ts";
import type { Plan } from "../plan/plan.ts";
import { type CostReport, costReport, hotCostReport } from "../report/cost-report.ts";
import type { Served } from "../report/html/served.ts";
import { asFoundAndWhy } from "../report/status.ts";

export interface Asked {
  /** What the money is held against; null for nothing. */
  readonly plan: Plan | null;
  /** Yesterday alone. */
  readonly hot: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** What a campaign has cost, from its ledger. */
export async function accounted(
  ledger: LedgerBook,
  campaign: string,
  { plan, hot, now }: Asked,
): Promise<CostReport> {
  // Holds before runs: a run that starts in between must not look dead.
  const positions = await ledger.positions(campaign);
  return (hot ? hotCostReport : costReport)({
    campaign,
    purpose: await ledger.purpose(),
    ledger: ledger.id,
    timezone: (await ledger.terms(campaign))?.timezone ?? plan?.campaign.timezone ?? "UTC",
    positions,
    runs: await ledger.openRuns(campaign),
    overages: await ledger.overages(campaign),
    plan,
    now,
  });
}

/** The same as a page, with its lines and videos; `named` is the ledger as a command to paste has to name it. */
export async function costPageOf(
  ledger: LedgerBook,
  found: CostReport,
  named: string | null,
  served: Served | null = null,
): Promise<string> {
  const { costPage } = await import("../report/html/cost-page.ts");
  const { campaign, day } = found;
  const kept = await ledger.holds(campaign);
  const runs = await ledger.openRuns(campaign);
  const living = new Set(runs.filter((run) => run.alive).map((run) => run.id));
  const holds = kept
    .map((hold) => asFoundAndWhy(hold, living))
    .filter(({ reservedAt: at }) => day === null || (at >= day.from && at < day.to));
  return costPage(found, { holds, named }, served);
}
