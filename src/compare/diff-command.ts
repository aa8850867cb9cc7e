import { commentMisuse } from "../cli/arguments.ts";
import { EXIT, refuse } from "../cli/exit-codes.ts";
import { type LoadedPlan, loadPlan, type NotLoaded, toCompare } from "../cli/load.ts";
import { missingFormat, printOutput, render } from "../cli/outputs.ts";
import type { Shell } from "../cli/shell.ts";
import type { Context } from "../cli/wing.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import { diffPlans, type PlanDiff } from "../plan/diff.ts";
import { type PlanGate, type GateLimits, checkGates } from "../plan/gate.ts";
import { diagnosticsText } from "../report/formats/diagnostics-text.ts";
import { makeDiffDocument, makePullRequestDocument } from "../report/diff.ts";
import { makeRefusalDocument } from "../report/document.ts";
import type { Compared } from "../report/subjects.ts";
import { parseGateLimits, tellGates } from "./gates.ts";
import { guardRunner, tellGitHub } from "./github.ts";
import type { DiffOptions } from "./options.ts";

// `diff` compares two manifests or saved plans: loads both, judges the gates, and shows the difference as a document.

/** Says what a change costs, and why. */
export async function diff(
  shell: Context,
  before: string,
  after: string,
  options: DiffOptions,
): Promise<number> {
  if (before === "-" && after === "-") {
    return refuse(shell, "only one of them can be standard input");
  }
  const format = options.format === "github" ? "md" : options.format;
  const usage = commentMisuse(options) ?? missingFormat(shell, format, []);
  if (usage !== null) return refuse(shell, usage);
  const asked = parseGateLimits(options);
  if (!asked.ok) return refuse(shell, asked.problem);
  const limits = asked.value;
  const machine = options.format === "github" ? guardRunner(shell) : shell;
  const old = await loadPlan(machine, [before], toCompare(options));
  const now = await loadPlan(machine, [after], toCompare(options));
  if ("exit" in old || "exit" in now) return await tellRefusal(machine, options, old, now);
  const [was, is] = [old.plan.campaign.name, now.plan.campaign.name];
  if (was.toLowerCase() !== is.toLowerCase()) {
    machine.err(
      `warning: two campaigns are compared, ${toPrintable(was)} and ${toPrintable(is)}\n`,
    );
  }
  const found = diffPlans(old.plan, now.plan);
  const gates = limits === null ? null : judgeGates(limits, found, now.plan.diagnostics);
  const { campaign, diagnostics: warnings } = now.plan;
  const compared = { diff: found, campaign: campaign.name, before, after, gates, warnings };
  const unshown = await show(machine, options, { ...compared, now: shell.now() });
  const failed = tellGates(machine, gates ?? []);
  if (unshown !== EXIT.done) return unshown;
  if (failed) return EXIT.overBudget;
  return options.exitCode === true && found.shots.length > 0 ? EXIT.differs : EXIT.done;
}

function judgeGates(
  limits: GateLimits,
  { before, after }: PlanDiff,
  warnings: readonly Diagnostic[],
): readonly PlanGate[] {
  const weighed = { cost: after.cost, before: before.cost, warnings: warnings.length };
  return checkGates(limits, weighed);
}

/** Shows a difference on standard output, and where else the format puts it. Returns the exit code. */
async function show(shell: Context, options: DiffOptions, compared: Compared): Promise<number> {
  const { campaign, gates, warnings: diagnostics } = compared;
  if (options.format === "github") {
    const page = {
      diagnostics,
      gates: gates ?? [],
      campaign,
      document: makePullRequestDocument(compared),
    };
    return await tellGitHub(shell, page, options);
  }
  const code = printOutput(
    shell,
    await render(shell, options.format, makeDiffDocument(compared), null),
  );
  // A warning that fails the command is one that is told.
  if (options.failOn !== undefined) {
    shell.err(diagnosticsText(diagnostics, shell.errScreen.colour));
  }
  return code;
}

/** Tells GitHub why there is nothing to compare; standard error has it already. */
async function tellRefusal(
  shell: Shell,
  options: DiffOptions,
  old: LoadedPlan | NotLoaded,
  now: LoadedPlan | NotLoaded,
): Promise<number> {
  const wrong = [old, now].flatMap((loaded) => ("exit" in loaded ? [loaded] : []));
  const exit = wrong[0]?.exit ?? EXIT.wrong;
  if (options.format !== "github") return exit;
  const campaign = findCampaign(now) || findCampaign(old);
  const diagnostics = wrong.flatMap((loaded) => loaded.diagnostics);
  const why = "There is nothing to compare.";
  const document = makeRefusalDocument(campaign, "what changes", why, diagnostics);
  await tellGitHub(shell, { diagnostics, gates: [], campaign, document }, options);
  return exit;
}

function findCampaign(loaded: LoadedPlan | NotLoaded): string {
  return "exit" in loaded ? loaded.campaign : loaded.plan.campaign.name;
}
