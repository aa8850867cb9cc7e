import { quoteForShell } from "../../diagnostics/printable.ts";
import { ok, type Result } from "../../diagnostics/result.ts";
import type { Plan } from "../../plan/plan.ts";
import { makeCostDocument } from "../../report/cost-document.ts";
import type { Document } from "../../report/document.ts";
import { makeRunDocument, type RunReport } from "../../report/run-report.ts";
import { checkUnedited } from "../buying/require-approval.ts";
import { type Bought, buy } from "../buying/buy.ts";
import { describeUncheckedPrices } from "../buying/event-output.ts";
import { chooseExitCode } from "../buying/choose-exit-code.ts";
import { runHere } from "../buying/run-here.ts";
import type { LedgerSession } from "../buying/ledger-session.ts";
import { openBuyingSession, openQueueSession } from "../buying/open-session.ts";
import { createCostReport } from "../cost-account.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { workInLedger } from "../ledgers.ts";
import { loadPlan } from "../load.ts";
import { checkFormats, printOutput, render } from "../outputs.ts";
import type { RunOptions } from "../options.ts";
import { readRunSettings } from "../read-options.ts";
import type { Context } from "../wing.ts";

export async function run(
  shell: Context,
  files: readonly string[],
  options: RunOptions,
): Promise<number> {
  const read = readRunSettings(options);
  if (!read.ok) return refuse(shell, read.problem);
  const settings = read.value;
  const shows = await checkParts(shell, options);
  if (!shows.ok) return refuse(shell, shows.problem);
  const unedited = options.rehearse === true ? ok(null) : await checkUnedited(shell, files);
  if (!unedited.ok) return refuse(shell, unedited.problem);
  const loaded = await loadPlan(shell, files, options);
  if (!loaded.ok) return refuse(shell, loaded.problem);
  const { saved } = loaded.value;
  const queues = options.queue === true;
  if (queues && saved === null) {
    return refuse(
      shell,
      "--queue takes a saved plan: make one with `topsheet plan FILE -o plan.json`",
    );
  }
  // Nothing is bought in a rehearsal: no one has to approve of it.
  const plan = options.rehearse === true ? dropApproval(loaded.value.plan) : loaded.value.plan;
  const buying = await shell.buying();
  if (buying.problem !== null && options.rehearse !== true) return refuse(shell, buying.problem);
  const request = { plan, saved, options, settings, scheduled: null };
  if (queues) {
    const opened = await openQueueSession(shell, files, options.ledger);
    if (!opened.ok) return refuse(shell, opened.problem);
    return await workInLedger(shell, opened.value, async () => {
      const bought = await buy(shell, buying, opened.value, {
        ...request,
        execute: async (session, lines) => await session.queue.run(shell, buying, session, lines),
      });
      return await printOutcome(shell, bought, options);
    });
  }
  const opened = await openBuyingSession(shell, buying, files, options, settings, plan);
  if (!opened.ok) return refuse(shell, opened.problem);
  return await workInLedger(shell, opened.value, async () => {
    const bought = await buy(shell, buying, opened.value, {
      ...request,
      execute: async (session, lines) => await runHere(shell, buying, session, lines),
    });
    return await printOutcome(shell, bought, options);
  });
}

async function printOutcome(
  shell: Context,
  outcome: Result<Bought<LedgerSession>>,
  options: RunOptions,
): Promise<number> {
  if (!outcome.ok) return refuse(shell, outcome.problem);
  const bought = outcome.value;
  if (bought.is !== "bought") return EXIT.done;
  const { report, live, session } = bought;
  if (options.quiet !== true) shell.err(describeUncheckedPrices(live.bills.unchecked));
  const document = await chooseDocument(session, report, options);
  printOutput(shell, await render(shell, options.format, document, null));
  if (session.rehearsal && options.quiet !== true) shell.err(adviseWhereToSee(session));
  return chooseExitCode(report, live);
}

/** Refuses, before anything is bought, what this build cannot show. */
async function checkParts(
  context: Context,
  { format, page }: RunOptions,
): Promise<Result<unknown>> {
  const shows = checkFormats(context, format, []);
  return !shows.ok || page !== true ? shows : await context.parts.runMode("page", "--page");
}

/** A page shows what the campaign has cost; every other format, what the run has made of its plan. */
async function chooseDocument(
  { ledger, clock, shownLedger }: LedgerSession,
  report: RunReport,
  { format }: RunOptions,
): Promise<Document> {
  if (format !== "html") return makeRunDocument(report, shownLedger);
  const { plan } = report;
  const found = await createCostReport(ledger, plan.campaign.name, {
    plan,
    hot: false,
    now: clock.now(),
  });
  const options = shownLedger === null ? {} : { ledger: shownLedger };
  return makeCostDocument({ report: found, book: ledger, options });
}

function adviseWhereToSee({ shownLedger }: LedgerSession): string {
  const at = shownLedger === null ? "" : ` --ledger ${quoteForShell(shownLedger)}`;
  return `To see this rehearsal again:\n  topsheet status${at}\n  topsheet report${at}\n`;
}

function dropApproval(plan: Plan): Plan {
  return { ...plan, campaign: { ...plan.campaign, approval: null } };
}
