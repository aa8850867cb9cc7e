import { NO_CAPS } from "../../budget/caps.ts";
import { printable } from "../../diagnostics/printable.ts";
import { LedgerFault } from "../../ledger/fault.ts";
import type { Problem } from "../../diagnostics/result.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { Plan } from "../../plan/plan.ts";
import { runJson, type RunReport, runReport, runTable } from "../../report/run-report.ts";
import { shellQuoted } from "../../report/text-table.ts";
import { refuseEdited } from "../buying/approval-for.ts";
import { consentTo } from "../buying/consent.ts";
import { uncheckedText } from "../buying/event-text.ts";
import { type HeldPlan, heldPlan } from "../buying/held-plan.ts";
import { enterCampaign } from "../buying/other-ledger.ts";
import { exitOfRun, type LiveOutcome } from "../buying/run-exit.ts";
import { runLive } from "../buying/run-live.ts";
import type { Books } from "../buying/books.ts";
import { queueWorld, withLedgerMade, worldOf } from "../buying/world.ts";
import { expectHere, isPlansLedger } from "../campaigns-ledger.ts";
import { accounted } from "../cost-account.ts";
import { EXIT, refuse } from "../exit-codes.ts";
import { loadPlan } from "../load.ts";
import { missingFormat, renderReport } from "../outputs.ts";
import { ledgerComplaint } from "../open-ledger.ts";
import type { RunOptions } from "../options.ts";
import { runSettings } from "../run-options.ts";
import type { Context } from "../wing.ts";

export async function run(
  shell: Context,
  files: readonly string[],
  options: RunOptions,
): Promise<number> {
  const read = runSettings(options);
  if (!read.ok) return refuse(shell, read.problem);
  const settings = read.value;
  const lacking = await missingPart(shell, options);
  if (lacking !== null) return refuse(shell, lacking);
  const edited = options.rehearse === true ? null : await refuseEdited(shell, files);
  if (edited !== null) return edited.exit;
  const loaded = await loadPlan(shell, files, options);
  if ("exit" in loaded) return loaded.exit;
  const { saved } = loaded;
  const queues = options.queue === true;
  if (queues && saved === null) {
    return refuse(
      shell,
      "--queue takes a saved plan: make one with `topsheet plan FILE -o plan.json`",
    );
  }
  // Nothing is bought in a rehearsal: no one has to approve of it.
  const plan = options.rehearse === true ? withoutApproval(loaded.plan) : loaded.plan;
  const buying = await shell.buying();
  if (buying.problem !== null && options.rehearse !== true) return refuse(shell, buying.problem);
  let world = queues
    ? await queueWorld(shell, files, options.ledger)
    : await worldOf(
        shell,
        buying,
        files,
        options,
        settings,
        plan.lines.map(({ endpoint }) => endpoint),
      );
  if ("exit" in world) return world.exit;
  try {
    await expectHere(world.ledger, plan.campaign.name);
    const { retryFailed = false } = options;
    const asks = buying.interactive && options.yes !== true && !world.rehearsal;
    // What was bought with other input is bought again only when someone means it.
    const rebuy = asks || options.rebuy === true;
    const rebuys = (line: { readonly key: string }): boolean =>
      rebuy || (saved?.rebuys.has(line.key) ?? false);
    const before = await heldPlan(plan, world.ledger, {
      retryFailed,
      now: world.clock.now(),
      rebuys,
    });
    const asked = { held: before, saved, options, settings, asks, rebuys };
    const consent = await consentTo(shell, buying, world, asked);
    if ("exit" in consent) {
      if (await isPlansLedger(saved, world.ledger, plan.campaign.name)) {
        await rememberNeed(world, before);
      }
      return consent.exit;
    }
    const { orders, approval, other } = consent;
    // Found before anything is paid for.
    const barred = "out" in world ? await buying.writable(world.out) : null;
    if ("out" in world && barred !== null) {
      const problem = `videos cannot be written to ${printable(world.out)}: ${printable(barred)}`;
      return refuse(shell, problem, EXIT.failed);
    }
    if (orders.length > 0) {
      world = await withLedgerMade(world);
      const refused = await enterCampaign(shell, world, plan.campaign.name, other);
      if (refused !== null) return refused.exit;
    }
    // Where nothing is bought, nobody has said yes to a higher cap.
    if (orders.length > 0 || before.agreed.raised.length === 0) {
      const { agreed, basedOn } = before;
      if (!(await world.ledger.agree(plan.campaign.name, agreed.terms, basedOn))) {
        const problem = "another run has changed the campaign's caps meanwhile: run again";
        return refuse(shell, problem, EXIT.overBudget);
      }
    }
    const request = { plan: before.plan, saved, orders, approval, options, settings };
    const live =
      "queue" in world
        ? await world.queue.run(shell, buying, world, request)
        : await runLive(shell, buying, world, request);
    if (orders.length > 0) await enterCampaign(shell, world, plan.campaign.name, other);
    if (live === "detached") return EXIT.done;
    const after = await heldPlan(plan, world.ledger, {
      retryFailed: false,
      now: world.clock.now(),
      rebuys,
    });
    const holds = await world.ledger.holds(plan.campaign.name);
    const rehearsal = world.ledger.purpose === "rehearsal";
    if (options.quiet !== true) shell.err(uncheckedText(live.bills.unchecked));
    const report = runReport(after.plan, holds, { rehearsal, stopped: stoppedBy(live) });
    shell.out(await told(shell, world, after.plan, report, options));
    if (world.rehearsal && options.quiet !== true) shell.err(whereToSee(world));
    return exitOfRun(report, live);
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    shell.err(`error: ${ledgerComplaint(cause, world.ledgerPath)}\n`);
    return EXIT.failed;
  } finally {
    await world.close();
  }
}

/** Says before anything is bought that this build cannot show it as asked. */
async function missingPart(
  context: Context,
  { format, page }: RunOptions,
): Promise<Problem | null> {
  const lacking = await missingFormat(context, "cost", format, []);
  if (lacking !== null || page !== true) return lacking;
  const mode = await context.parts.runMode("page", "--page");
  return mode.ok ? null : mode.problem;
}

async function told(
  shell: Context,
  { ledger, clock, shownLedger }: Books,
  plan: AdmittedPlan,
  report: RunReport,
  { format }: RunOptions,
): Promise<string> {
  switch (format) {
    case "json":
      return runJson(report);
    case "table":
      return runTable(report, shell.outScreen, shownLedger);
    case "html": {
      const asked = { plan, hot: false, now: clock.now() };
      const found = await accounted(ledger, plan.campaign.name, asked);
      const options = shownLedger === null ? {} : { ledger: shownLedger };
      const reported = { report: found, book: ledger, options };
      const page = await renderReport(shell, format, reported, null);
      return typeof page === "string" ? page : "";
    }
  }
}

function whereToSee({ shownLedger }: Books): string {
  const at = shownLedger === null ? "" : ` --ledger ${shellQuoted(shownLedger)}`;
  return `To see this rehearsal again:\n  topsheet status${at}\n  topsheet report${at}\n`;
}

/** That an approval is needed holds at once, though nothing was bought: another file may not say so. */
async function rememberNeed({ ledger, rehearsal }: Books, held: HeldPlan): Promise<void> {
  const { agreed, basedOn, plan } = held;
  if (rehearsal || agreed.terms.approval !== "required" || basedOn?.approval === "required") return;
  const { timezone } = agreed.terms;
  const before = basedOn ?? { timezone, caps: NO_CAPS };
  await ledger.agree(plan.campaign.name, { ...before, approval: "required" }, basedOn);
}

function withoutApproval(plan: Plan): Plan {
  return { ...plan, campaign: { ...plan.campaign, approval: null } };
}

function stoppedBy({ halt, why }: LiveOutcome): RunReport["stopped"] {
  return halt === null ? null : { because: halt.because, why: why ?? "" };
}
