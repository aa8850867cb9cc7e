import type { GateOptions } from "../../compare/gate-options.ts";
import { type Diagnostic, error } from "../../diagnostics/diagnostic.ts";
import { LedgerFault } from "../../ledger/fault.ts";
import { type MicroUsd, parseUsd } from "../../money.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import { withCap } from "../../plan/campaign.ts";
import type { GateLimits } from "../../plan/gate.ts";
import { type MadePlan, makePlan } from "../../plan/make-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { diagnosticsText, tally } from "../../report/diagnostics-text.ts";
import type { Beside } from "../../report/plan-markdown.ts";
import { commentMisuse, notUsd } from "../arguments.ts";
import {
  approvalsInWords,
  type HeldPlan,
  heldPlan,
  termsInWords,
  type ToldApprovals,
} from "../buying/held-plan.ts";
import { expectHere } from "../campaigns-ledger.ts";
import { EXIT, refuse, type Refused } from "../exit-codes.ts";
import { ledgerComplaint } from "../open-ledger.ts";
import { ledgerPath } from "../ledger-path.ts";
import { loadManifests, loadPrices } from "../load.ts";
import {
  EXTENSIONS,
  type Format,
  type Planned,
  rendered,
  renderedWorkbook,
  unknownEnding,
  writeOutputs,
} from "../plan-formats.ts";
import type { Shell } from "../shell.ts";

export interface PlanOptions extends GateOptions {
  readonly format: Format | "github";
  readonly output: readonly string[];
  readonly only: readonly string[];
  readonly cap?: string;
  readonly ledger?: string;
  readonly prices?: string;
  readonly quiet?: true;
  readonly base?: string;
  readonly comment?: string;
}

export async function plan(
  shell: Shell,
  files: readonly string[],
  options: PlanOptions,
): Promise<number> {
  const usage = misuse(shell, files, options);
  if (usage !== null) return refuse(shell, usage);
  const limits = await limitsOf(options);
  if (typeof limits === "string") return refuse(shell, limits);
  if (options.format !== "github") return await planned(shell, files, options, limits);
  const { onRunner } = await import("../../compare/github.ts");
  return await planned(onRunner(shell), files, options, limits);
}

async function planned(
  shell: Shell,
  files: readonly string[],
  options: PlanOptions,
  limits: GateLimits | null,
): Promise<number> {
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const made = makePlan({ manifests, prices, only: options.only });
  const now = shell.now();
  const base = await baseOf(shell, options);
  if (base !== null && "exit" in base) return await stopped(shell, options, made, base);
  const held = made.plan === null ? null : await against(shell, made.plan, files, options, now);
  if (held !== null && "exit" in held) return await stopped(shell, options, made, held);
  const admitted = held?.plan ?? null;
  const beside = await besideOf(limits, base, admitted);
  const times = admitted === null ? [] : await timesOf(admitted, now);
  const said = held === null ? [] : [...termsInWords(held.agreed), ...held.approvals, ...times];
  const unapproved = held?.unapproved ?? null;
  const result = { made, admitted, beside, base: options.base ?? null, said, unapproved, now };
  const { diagnostics } = admitted ?? made;
  const told = options.quiet
    ? diagnostics.filter((diagnostic) => diagnostic.severity === "error")
    : diagnostics;
  const unshown = await show(shell, options, result, told, base);
  const unwritten = await writeOutputs(shell, options, result);
  // GitHub has them at their lines.
  if (options.format !== "github") shell.err(diagnosticsText(told, shell.errScreen.colour));
  else if (told.length > 0) shell.err(`${tally(told)}\n`);
  if (options.quiet !== true) {
    for (const line of unapproved === null ? said : [...said, unapproved]) shell.err(`${line}\n`);
  }
  const { gates } = beside;
  const failed = gates !== null && (await import("../load.ts")).tellGates(shell, gates);
  if (admitted === null) return EXIT.wrong;
  if (unwritten !== EXIT.done) return unwritten;
  if (unshown !== EXIT.done) return unshown;
  return failed || admitted.verdict === "over-budget" ? EXIT.overBudget : EXIT.done;
}

/** When it is bought by itself, where its manifests say. */
async function timesOf(plan: AdmittedPlan, now: number): Promise<readonly string[]> {
  const { schedule } = plan.campaign;
  if (schedule === null) return [];
  return [(await import("../../schedule/list-command.ts")).scheduleNote(plan, schedule, now)];
}

/** On standard output, and where else the format puts it; what that means for the exit code. */
async function show(
  shell: Shell,
  options: PlanOptions,
  result: Planned,
  told: readonly Diagnostic[],
  base: Plan | null,
): Promise<number> {
  if (options.format === "xlsx") return await showWorkbook(shell, result);
  if (options.format !== "github") {
    shell.out(await rendered(options.format, result, shell.outScreen));
    return EXIT.done;
  }
  const { tellGithub } = await import("../../compare/github.ts");
  const { name } = result.made.origin.campaign;
  const page = {
    diagnostics: told,
    gates: result.beside.gates ?? [],
    // A manifest that cannot be read is still the one that the comment before was about.
    campaign: name === "" ? (base?.campaign.name ?? "") : name,
    markdown: await rendered("md", result, shell.outScreen),
  };
  return await tellGithub(shell, page, options);
}

async function showWorkbook(shell: Shell, result: Planned): Promise<number> {
  const workbook = await renderedWorkbook(result);
  if (workbook instanceof Uint8Array) {
    shell.outBytes?.(workbook);
    return EXIT.done;
  }
  if (workbook === null) return EXIT.done;
  shell.err(diagnosticsText([workbook], shell.errScreen.colour));
  return EXIT.failed;
}

/** Why there is no plan, though the manifest may be right. */
interface Stopped extends Refused {
  readonly diagnostics: readonly Diagnostic[];
}

/** What stopped the plan is said already; mistakes of the manifest are not, nor is GitHub told. */
async function stopped(
  shell: Shell,
  options: PlanOptions,
  made: MadePlan,
  { exit, diagnostics }: Stopped,
): Promise<number> {
  if (options.format !== "github") {
    if (made.plan === null) shell.err(diagnosticsText(made.diagnostics, shell.errScreen.colour));
    return exit;
  }
  const { pageTitle, refusalPage } = await import("../../report/page.ts");
  const { tellGithub } = await import("../../compare/github.ts");
  const campaign = made.origin.campaign.name;
  const all = [...diagnostics, ...made.diagnostics];
  const markdown = refusalPage(pageTitle(campaign, "top sheet"), "There is no plan.", all);
  await tellGithub(shell, { diagnostics: all, gates: [], campaign, markdown }, options);
  return exit;
}

async function limitsOf(options: PlanOptions): Promise<GateLimits | null | string> {
  const { maxUsd, maxIncrease, failOn } = options;
  if (maxUsd === undefined && maxIncrease === undefined && failOn === undefined) return null;
  return (await import("../../compare/gate-options.ts")).gateLimits(options);
}

async function baseOf(shell: Shell, options: PlanOptions): Promise<Plan | Stopped | null> {
  if (options.base === undefined) return null;
  return await (await import("../load.ts")).loadBase(shell, options.base, options);
}

async function besideOf(
  limits: GateLimits | null,
  base: Plan | null,
  admitted: Planned["admitted"],
): Promise<Beside> {
  // Of a wrong manifest no gate is known to pass or to fail.
  if (admitted === null) return { gates: limits === null ? null : [], difference: null };
  if (limits === null && base === null) return { gates: null, difference: null };
  return (await import("../load.ts")).besideOf(limits, base, admitted);
}

type Against = HeldPlan & ToldApprovals;

/** The plan against the ledger that its manifests mean, where there is one: `plan` makes none. */
async function against(
  shell: Shell,
  plan: Plan,
  files: readonly string[],
  options: PlanOptions,
  now: number,
): Promise<Against | Stopped> {
  const asked = (terms: Plan): Plan => withCap(terms, capOf(options));
  const found = await ledgerPath(shell, options.ledger, files);
  const wanted = { retryFailed: false, now, asked };
  if (!found.ok) {
    const exit = refuse(shell, found.problem);
    return { exit, diagnostics: [error("file", found.problem.message, null)] };
  }
  if (found.value === null) {
    return { ...(await heldPlan(plan, null, wanted)), approvals: [], unapproved: null };
  }
  const { path } = found.value;
  try {
    const book = await shell.ledgers.open(path, "read");
    try {
      await expectHere(book, plan.campaign.name);
      const held = await heldPlan(plan, book, wanted);
      return { ...held, ...(await approvalsInWords(held, book, now)) };
    } finally {
      book.close();
    }
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    const why = ledgerComplaint(cause, path, await shell.ledgers.nearest("."));
    const exit = refuse(shell, why, cause.trouble === "missing" ? EXIT.wrong : EXIT.failed);
    return { exit, diagnostics: [error("file", why, null)] };
  }
}

function capOf({ cap }: PlanOptions): MicroUsd | null {
  return cap === undefined ? null : (parseUsd(cap) ?? null);
}

/** What is wrong with the command itself, said before anything is read. */
function misuse(shell: Shell, files: readonly string[], options: PlanOptions): string | null {
  if (options.format === "xlsx" && shell.outBytes === null) {
    return "a workbook is no text for a terminal: write it with -o FILE.xlsx";
  }
  if (options.cap !== undefined && capOf(options) === null) {
    return notUsd("--cap", options.cap);
  }
  const ending = unknownEnding(options.output, EXTENSIONS);
  if (ending !== null) return ending;
  if (options.maxIncrease !== undefined && options.base === undefined) {
    return "--max-increase needs something to compare with: name a manifest or a saved plan with --base FILE";
  }
  if (options.base === "-" && files.includes("-")) {
    return "only one of them can be standard input";
  }
  return commentMisuse(options);
}
