import { EXIT } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import {
  listDiagnostics,
  type LoadedPlan,
  loadPlan,
  type NotLoaded,
  toCompare,
} from "../cli/load.ts";
import { checkFormats, printOutput, render } from "../cli/outputs.ts";
import { checkComment } from "../cli/read-options.ts";
import type { Shell } from "../cli/shell.ts";
import type { Context } from "../cli/wing.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import type { Result } from "../diagnostics/result.ts";
import { diffPlans, type PlanDiff } from "../plan/diff.ts";
import { type PlanGate, type GateLimits, checkGates } from "../plan/check-gates.ts";
import { formatDiagnostics } from "../report/formats/diagnostics-text.ts";
import { makeDiffDocument, makePullRequestDocument } from "../report/diff.ts";
import { makeRefusalDocument } from "../report/document.ts";
import type { Compared } from "../report/subjects.ts";
import { parseGateLimits, tellGates } from "./gates.ts";
import { guardRunner, tellGitHub } from "./github.ts";
import type { DiffOptions } from "./options.ts";

// `diff` compares two manifests or saved plans: loads both, judges the gates, and shows the difference as a document.

/** Shows what a change costs, and why. */
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
  const comment = checkComment(options);
  if (!comment.ok) return refuse(shell, comment.problem);
  const shows = checkFormats(shell, format, []);
  if (!shows.ok) return refuse(shell, shows.problem);
  const asked = parseGateLimits(options);
  if (!asked.ok) return refuse(shell, asked.problem);
  const limits = asked.value;
  const machine = options.format === "github" ? guardRunner(shell) : shell;
  const old = await loadPlan(machine, [before], toCompare(options));
  const now = await loadPlan(machine, [after], toCompare(options));
  if (!old.ok || !now.ok) return await tellRefusal(machine, options, old, now);
  const { plan } = now.value;
  const [was, is] = [old.value.plan.campaign.name, plan.campaign.name];
  if (was.toLowerCase() !== is.toLowerCase()) {
    machine.err(
      `warning: two campaigns are compared, ${toPrintable(was)} and ${toPrintable(is)}\n`,
    );
  }
  const found = diffPlans(old.value.plan, plan);
  const gates = limits === null ? null : judgeGates(limits, found, plan.diagnostics);
  const { campaign, diagnostics: warnings } = plan;
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

/** Shows a difference on standard output, and wherever else its format puts it. Returns the exit code. */
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
  // A warning that fails the command is printed.
  if (options.failOn !== undefined) {
    shell.err(formatDiagnostics(diagnostics, shell.errScreen.colour));
  }
  return code;
}

/** Says why there is nothing to compare, to GitHub too. */
async function tellRefusal(
  shell: Shell,
  options: DiffOptions,
  old: Result<LoadedPlan, NotLoaded>,
  now: Result<LoadedPlan, NotLoaded>,
): Promise<number> {
  const problems = [old, now].flatMap((loaded) => (loaded.ok ? [] : [loaded.problem]));
  const [exit = EXIT.wrong] = problems.map((problem) => refuse(shell, problem));
  if (options.format !== "github") return exit;
  const campaign = findCampaign(now) || findCampaign(old);
  const diagnostics = problems.flatMap(listDiagnostics);
  const why = "There is nothing to compare.";
  const document = makeRefusalDocument(campaign, "what changes", why, diagnostics);
  await tellGitHub(shell, { diagnostics, gates: [], campaign, document }, options);
  return exit;
}

function findCampaign(loaded: Result<LoadedPlan, NotLoaded>): string {
  return loaded.ok ? loaded.value.plan.campaign.name : loaded.problem.campaign;
}
