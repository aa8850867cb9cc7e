import { NO_CAPS } from "../../budget/caps.ts";
import { printable } from "../../diagnostics/printable.ts";
import type { LedgerBook } from "../../ledger/ledger.ts";
import type { Plan } from "../../plan/plan.ts";
import { type CostReport, costReport, hotCostReport } from "../../report/cost-report.ts";
import { costReportJson } from "../../report/cost-report-json.ts";
import { costReportTable } from "../../report/cost-report-table.ts";
import { asFoundAndWhy } from "../../report/status.ts";
import { EXIT } from "../exit-codes.ts";
import { campaignsMeant } from "../find-campaign.ts";
import { loadPlan } from "../load-plan.ts";
import { withLedger } from "../open-ledger.ts";
import { refuse } from "../refuse.ts";
import type { Shell } from "../shell.ts";

export interface ReportOptions {
  readonly format: "table" | "json" | "html";
  readonly plan: readonly string[];
  readonly hot?: true;
  readonly prices?: string;
  readonly ledger?: string;
}

/** What a campaign has cost, what it will, and whether that is over or under. */
export async function report(
  shell: Shell,
  campaign: string | undefined,
  options: ReportOptions,
): Promise<number> {
  const { prices } = options;
  const loaded =
    options.plan.length === 0
      ? null
      : await loadPlan(shell, options.plan, {
          only: [],
          asSaved: true,
          ...(prices === undefined ? {} : { prices }),
        });
  if (loaded !== null && "exit" in loaded) return loaded.exit;
  const plan = loaded?.plan ?? null;
  const of = plan?.campaign.name;
  if (campaign !== undefined && of !== undefined && campaign.toLowerCase() !== of.toLowerCase()) {
    return refuse(shell, `the plan is of ${printable(of)}, not of ${printable(campaign)}`);
  }
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const meant = await campaignsMeant(ledger, campaign ?? of);
    if ("problem" in meant && plan === null) return refuse(shell, meant.problem);
    // Of a plan that nothing was bought of yet, all is still to come.
    const chosen = "problem" in meant ? [plan?.campaign.name ?? ""] : meant;
    if (chosen.length === 0) shell.err("Nothing was bought under this ledger yet.\n");
    if (options.format !== "table" && chosen.length > 1) {
      const names = chosen.map(printable).join(", ");
      return refuse(shell, `the ledger has several campaigns, name one: ${names}`);
    }
    for (const name of chosen) {
      const found = await accounted(shell, ledger, name, plan, options);
      shell.out(await rendered(shell, ledger, found, options));
    }
    return EXIT.done;
  });
}

async function accounted(
  shell: Shell,
  ledger: LedgerBook,
  campaign: string,
  plan: Plan | null,
  { hot }: ReportOptions,
): Promise<CostReport> {
  // Holds before runs: a run that starts in between must not look dead.
  const positions = await ledger.positions(campaign);
  const terms = (await ledger.terms(campaign)) ?? plan?.campaign;
  return (hot === true ? hotCostReport : costReport)({
    campaign,
    purpose: await ledger.purpose(),
    ledger: ledger.id,
    timezone: terms?.timezone ?? "UTC",
    caps: terms?.caps ?? NO_CAPS,
    positions,
    runs: await ledger.openRuns(campaign),
    overages: await ledger.overages(campaign),
    plan,
    now: shell.now(),
  });
}

async function rendered(
  shell: Shell,
  book: LedgerBook,
  found: CostReport,
  { format, ledger }: ReportOptions,
): Promise<string> {
  switch (format) {
    case "json":
      return costReportJson(found);
    case "table":
      return costReportTable(found, shell.outScreen);
    case "html": {
      const { costPage } = await import("../../report/html/cost-page.ts");
      const { campaign, day } = found;
      const kept = await book.holds(campaign);
      const runs = await book.openRuns(campaign);
      const living = new Set(runs.filter((run) => run.alive).map((run) => run.id));
      const holds = kept
        .map((hold) => asFoundAndWhy(hold, living))
        .filter(({ reservedAt: at }) => day === null || (at >= day.from && at < day.to));
      return costPage(found, { holds, named: ledger ?? null });
    }
  }
}
