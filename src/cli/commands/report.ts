import { toPrintable } from "../../diagnostics/printable.ts";
import { ok } from "../../diagnostics/result.ts";
import { makeCostDocument } from "../../report/cost-document.ts";
import { createCostReport } from "../cost-account.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { loadPlan } from "../load.ts";
import { findCampaigns, refuseSeveral } from "../find-campaigns.ts";
import { withLedger } from "../ledgers.ts";
import {
  checkFormats,
  checkOutputs,
  printOutput,
  render,
  REPORT_ENDINGS,
  writeOutputs,
} from "../outputs.ts";
import type { Context } from "../wing.ts";
import type { ReportOptions } from "../options.ts";

/** What a campaign has cost, what it will, and whether that is over or under. */
export async function report(
  shell: Context,
  campaign: string | undefined,
  options: ReportOptions,
): Promise<number> {
  const { prices } = options;
  const outputs = checkOutputs(shell, options, REPORT_ENDINGS);
  if (!outputs.ok) return refuse(shell, outputs.problem);
  const shows = checkFormats(shell, options.format, options.output);
  if (!shows.ok) return refuse(shell, shows.problem);
  const loaded =
    options.plan.length === 0
      ? ok(null)
      : await loadPlan(shell, options.plan, {
          only: [],
          asSaved: true,
          ...(prices === undefined ? {} : { prices }),
        });
  if (!loaded.ok) return refuse(shell, loaded.problem);
  const plan = loaded.value?.plan ?? null;
  const of = plan?.campaign.name;
  if (campaign !== undefined && of !== undefined && campaign.toLowerCase() !== of.toLowerCase()) {
    return refuse(shell, `the plan is of ${toPrintable(of)}, not of ${toPrintable(campaign)}`);
  }
  return await withLedger(shell, options.ledger, "read", async (ledger) => {
    const meant = await findCampaigns(ledger, campaign ?? of);
    if (!meant.ok && plan === null) return refuse(shell, meant.problem);
    // Of a plan that nothing was bought of yet, all is still to come.
    const chosen = meant.ok ? meant.value : [plan?.campaign.name ?? ""];
    if (chosen.length === 0) shell.err("Nothing was bought under this ledger yet.\n");
    if ((options.format !== "table" || options.output.length > 0) && chosen.length > 1)
      return refuseSeveral(shell, chosen);
    let code: number = EXIT.done;
    for (const name of chosen) {
      const found = await createCostReport(ledger, name, {
        plan,
        hot: options.hot === true,
        now: shell.now(),
      });
      const document = makeCostDocument({ report: found, book: ledger, options });
      const { format, output } = options;
      const unshown = printOutput(shell, await render(shell, format, document, null));
      const unwritten = await writeOutputs(shell, { output }, async (file, path) =>
        render(shell, file, document, path),
      );
      code = unwritten === EXIT.done ? unshown : unwritten;
    }
    return code;
  });
}
