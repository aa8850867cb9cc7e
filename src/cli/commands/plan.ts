import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { toPrintable } from "../../diagnostics/printable.ts";
import { ok, type Problem, refused, type Result } from "../../diagnostics/result.ts";
import type { MicroUsd } from "../../money.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import { applyCap } from "../../plan/campaign.ts";
import type { GateLimits } from "../../plan/check-gates.ts";
import { type MadePlan, makePlan } from "../../plan/make-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { formatDiagnostics, formatSeverityCounts } from "../../report/formats/diagnostics-text.ts";
import { makeRefusalDocument } from "../../report/document.ts";
import { makePlanDocument } from "../../report/plan-document.ts";
import type { Planned } from "../../report/subjects.ts";
import {
  describeApprovals,
  type DescribedApprovals,
  describeTerms,
  type EvaluatedPlan,
  evaluatePlan,
} from "../buying/evaluate-plan.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { requireHere, readLedger } from "../ledgers.ts";
import { listDiagnostics, loadManifests, loadPrices } from "../load.ts";
import type { PlanOptions } from "../options.ts";
import { checkComment, readUsd } from "../read-options.ts";
import {
  checkFormats,
  checkOutputs,
  PLAN_ENDINGS,
  printOutput,
  render,
  writeOutputs,
} from "../outputs.ts";
import type { Shell } from "../shell.ts";
import type { Context, Gates, GitHub } from "../wing.ts";

export async function plan(
  shell: Context,
  files: readonly string[],
  options: PlanOptions,
): Promise<number> {
  const cap = checkUsage(shell, files, options);
  if (!cap.ok) return refuse(shell, cap.problem);
  const format = options.format === "github" ? "md" : options.format;
  const shows = checkFormats(shell, format, options.output);
  if (!shows.ok) return refuse(shell, shows.problem);
  const parts = await loadParts(shell, options);
  if (!parts.ok) return refuse(shell, parts.problem);
  const { gates, github } = parts.value;
  const limits = gates?.limits(options) ?? ok(null);
  if (!limits.ok) return refuse(shell, limits.problem);
  const machine = github?.onRunner(shell) ?? shell;
  const asked = { ...parts.value, files, options, cap: cap.value, limits: limits.value };
  return await planAndShow(machine, asked);
}

/** A command that is understood, and what it needs of wings; null for what it does not need. */
interface Asked {
  readonly files: readonly string[];
  readonly options: PlanOptions;
  /** `--cap`. */
  readonly cap: MicroUsd | null;
  readonly limits: GateLimits | null;
  readonly gates: Gates | null;
  readonly github: GitHub | null;
}

async function loadParts(
  { parts }: Context,
  { maxUsd, maxIncrease, failOn, base, format }: PlanOptions,
): Promise<Result<Pick<Asked, "gates" | "github">>> {
  const needsGates = [maxUsd, maxIncrease, failOn, base].some((one) => one !== undefined);
  const gates = needsGates ? await parts.runMode("gates", GATES_ASKED) : ok(null);
  if (!gates.ok) return gates;
  const github = format === "github" ? await parts.runMode("github", "--format github") : ok(null);
  return github.ok ? ok({ gates: gates.value, github: github.value }) : github;
}

const GATES_ASKED = "comparing a plan (--base, --max-usd, --max-increase, --fail-on)";

async function planAndShow(shell: Context, asked: Asked): Promise<number> {
  const { files, options, limits, gates } = asked;
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const made = makePlan({ manifests, prices, only: options.only });
  const now = shell.now();
  const base =
    gates === null || options.base === undefined
      ? ok(null)
      : await gates.base(shell, options.base, options);
  if (!base.ok) return await tellStopped(shell, asked, made, base.problem);
  const found =
    made.plan === null ? ok(null) : await evaluateWithLedger(shell, made.plan, asked, now);
  if (!found.ok) return await tellStopped(shell, asked, made, found.problem);
  const held = found.value;
  const admitted = held?.plan ?? null;
  // Of a wrong manifest no gate is known to pass or to fail.
  const beside =
    admitted === null || gates === null
      ? { gates: limits === null ? null : [], difference: null }
      : gates.beside(limits, base.value, admitted);
  const times = admitted === null ? [] : await describeTimes(shell, admitted, now);
  const said = held === null ? [] : [...describeTerms(held.agreed), ...held.approvals, ...times];
  const unapproved = held?.unapproved ?? null;
  const result = { made, admitted, beside, base: options.base ?? null, said, unapproved, now };
  const { diagnostics } = admitted ?? made;
  const told = options.quiet
    ? diagnostics.filter((diagnostic) => diagnostic.severity === "error")
    : diagnostics;
  const unshown = await show(shell, asked, result, told, base.value);
  const unwritten = await writeFiles(shell, options, result);
  // GitHub has them at their lines.
  if (options.format !== "github") shell.err(formatDiagnostics(told, shell.errScreen.colour));
  else if (told.length > 0) shell.err(`${formatSeverityCounts(told)}\n`);
  if (options.quiet !== true) {
    for (const line of unapproved === null ? said : [...said, unapproved]) shell.err(`${line}\n`);
  }
  const failed = gates?.tell(shell, beside.gates ?? []) ?? false;
  if (admitted === null) return EXIT.wrong;
  if (unwritten !== EXIT.done) return unwritten;
  if (unshown !== EXIT.done) return unshown;
  return failed || admitted.verdict === "over-budget" ? EXIT.overBudget : EXIT.done;
}

/** When it is bought by itself, if its manifests say. */
async function describeTimes(
  { parts }: Context,
  plan: AdmittedPlan,
  now: number,
): Promise<readonly string[]> {
  const { schedule } = plan.campaign;
  const note = schedule === null ? null : await parts.runMode("schedule", "schedule");
  return schedule !== null && note?.ok === true ? [note.value(plan, schedule, now)] : [];
}

/** Shows the plan on standard output, and where else its format puts it. Returns the exit code. */
async function show(
  shell: Context,
  { options, github }: Asked,
  result: Planned,
  told: readonly Diagnostic[],
  base: Plan | null,
): Promise<number> {
  const document = makePlanDocument(result);
  if (github === null)
    return printOutput(shell, await render(shell, options.format, document, null));
  const { name } = result.made.origin.campaign;
  const page = {
    diagnostics: told,
    gates: result.beside.gates ?? [],
    // A manifest that cannot be read is still the one that the comment before was about.
    campaign: name === "" ? (base?.campaign.name ?? "") : name,
    document,
  };
  return await github.tell(shell, page, options);
}

async function writeFiles(shell: Context, options: PlanOptions, result: Planned): Promise<number> {
  if (result.admitted === null) {
    for (const path of options.output) {
      shell.err(`${toPrintable(path)} not written: the manifest has errors\n`);
    }
    return EXIT.done;
  }
  // A saved plan is what is bought; what it was asked to pass once is no part of it.
  const saved = { ...result, beside: { ...result.beside, gates: null } };
  return await writeOutputs(shell, options, async (format, path) =>
    render(shell, format, makePlanDocument(format === "json" ? saved : result), path),
  );
}

/** Says why there is no plan, though the manifest may be right. */
async function tellStopped(
  shell: Context,
  { options, github }: Asked,
  made: MadePlan,
  problem: Problem,
): Promise<number> {
  const exit = refuse(shell, problem);
  if (github === null) {
    if (made.plan === null) shell.err(formatDiagnostics(made.diagnostics, shell.errScreen.colour));
    return exit;
  }
  const campaign = made.origin.campaign.name;
  const all = [...listDiagnostics(problem), ...made.diagnostics];
  const document = makeRefusalDocument(campaign, "top sheet", "There is no plan.", all);
  await github.tell(shell, { diagnostics: all, gates: [], campaign, document }, options);
  return exit;
}

type Against = EvaluatedPlan & DescribedApprovals;

/** The plan against the ledger that its manifests mean, where there is one: `plan` makes none. */
async function evaluateWithLedger(
  shell: Shell,
  plan: Plan,
  { files, options, cap }: Asked,
  now: number,
): Promise<Result<Against>> {
  const asked = (terms: Plan): Plan => applyCap(terms, cap);
  const wanted = { retryFailed: false, now, asked };
  return await readLedger(shell, options.ledger, files, async (book) => {
    if (book === null) {
      return { ...(await evaluatePlan(plan, null, wanted)), approvals: [], unapproved: null };
    }
    await requireHere(book, plan.campaign.name);
    const held = await evaluatePlan(plan, book, wanted);
    return { ...held, ...(await describeApprovals(held, book, now)) };
  });
}

/** Checks the command itself before anything is read. Returns the amount of `--cap`. */
function checkUsage(
  shell: Shell,
  files: readonly string[],
  options: PlanOptions,
): Result<MicroUsd | null> {
  const cap = options.cap === undefined ? ok(null) : readUsd("--cap", options.cap);
  if (!cap.ok) return cap;
  const outputs = checkOutputs(shell, options, PLAN_ENDINGS);
  if (!outputs.ok) return outputs;
  if (options.maxIncrease !== undefined && options.base === undefined) {
    return refused(
      "--max-increase needs something to compare with: name a manifest or a saved plan with --base FILE",
    );
  }
  if (options.base === "-" && files.includes("-")) {
    return refused("only one of them can be standard input");
  }
  const comment = checkComment(options);
  return comment.ok ? cap : comment;
}
