import type { AgreedTerms } from "../../budget/terms.ts";
import { toPrintable, quoteForShell } from "../../diagnostics/printable.ts";
import { ok, refused, type Result } from "../../diagnostics/result.ts";
import { ANY_APPROVAL, type StandingApproval, findUnapproved } from "../../ledger/approval.ts";
import type { Order } from "../../ledger/entry.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { sum } from "../../money.ts";
import { makeApprovalPath, type ReadApproval, readApproval } from "../../plan/plan-file.ts";
import { sha256 } from "../../plan/fingerprint.ts";
import { adviseOnRefusals, describeApproval, describeRefusals } from "../../report/approvals.ts";
import type { SavedPlan } from "../load.ts";
import type { Shell } from "../shell.ts";

export interface ApprovalRequest {
  readonly campaign: string;
  readonly saved: SavedPlan | null;
  readonly orders: readonly Order[];
  readonly agreed: AgreedTerms;
  /** `--require-approval`. */
  readonly required: boolean;
  readonly quiet: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** Refuses a run, or returns the approval that its purchases need: a plan's SHA-256, any, or null for none. */
export async function requireApproval(
  shell: Shell,
  ledger: Ledger,
  asked: ApprovalRequest,
): Promise<Result<string | null>> {
  const { saved, orders, agreed, now } = asked;
  const approvals = await ledger.approvals(asked.campaign);
  const required = asked.required || agreed.terms.approval === "required";
  const own = approvals.filter(({ plan }) => plan === saved?.sha256);
  if (saved !== null && own.length === 0) {
    const problem = await explainLostApproval(shell, ledger, saved, approvals);
    if (problem !== null) return refused(problem, "not-approved");
  }
  if (own.length === 0 && !required) return ok(null);
  const counted = saved === null ? approvals : own;
  if (counted.length === 0) return refused(adviseApproval(saved), "not-approved");
  const refusals = findUnapproved(orders, counted, now);
  const cost = sum(orders.map((order) => order.cost));
  const { timezone } = agreed.terms;
  for (const line of describeRefusals(refusals, cost, counted, timezone)) shell.err(`  ${line}\n`);
  if (refusals.length > 0) {
    const what = saved === null ? "this run" : toPrintable(saved.path);
    const advice = adviseOnRefusals(refusals);
    return refused(`${what} is not approved as it is: ${advice}`, "not-approved");
  }
  if (!asked.quiet) for (const one of counted) shell.err(`${describeApproval(one, timezone)}\n`);
  return ok(saved === null ? ANY_APPROVAL : saved.sha256);
}

/** Refuses a plan that was changed since it was approved. The bytes are compared before they are parsed. */
export async function checkUnedited(shell: Shell, files: readonly string[]): Promise<Result<null>> {
  const [path = "-", ...others] = files;
  if (others.length > 0 || path === "-" || !path.endsWith(".json")) return ok(null);
  const bytes = await shell.read(path);
  const evidence = await readEvidenceBeside(shell, path);
  if (!(bytes instanceof Uint8Array) || evidence === null) return ok(null);
  if (evidence.plan.sha256 === sha256(bytes)) return ok(null);
  return refused(describeEdit(path, evidence.by), "not-approved");
}

async function readEvidenceBeside(shell: Shell, path: string): Promise<ReadApproval | null> {
  const bytes = await shell.read(makeApprovalPath(path));
  return bytes instanceof Uint8Array ? readApproval(new TextDecoder().decode(bytes)) : null;
}

function describeEdit(path: string, by: string): string {
  return `${toPrintable(path)} is not what ${toPrintable(by)} approved: it was changed since`;
}

/** Explains why a plan that looks approved is not; returns null if it does not look approved. */
async function explainLostApproval(
  shell: Shell,
  ledger: Ledger,
  saved: SavedPlan,
  approvals: readonly StandingApproval[],
): Promise<string | null> {
  const name = toPrintable(saved.path);
  const evidence = saved.path === "-" ? null : await readEvidenceBeside(shell, saved.path);
  if (evidence !== null) {
    if (evidence.ledger.id !== ledger.id) {
      return `${name} was approved in another ledger: name that one with --ledger`;
    }
    return `the ledger has no approval of ${name}, whatever the file beside it says`;
  }
  const before = approvals.find(({ created }) => created === saved.created);
  return before === undefined ? null : describeEdit(saved.path, before.by);
}

function adviseApproval(saved: SavedPlan | null): string {
  const there = saved !== null && saved.path !== "-";
  const plan = there ? quoteForShell(saved.path) : "plan.json";
  const make = !there ? "save a plan with `-o plan.json`, then " : "";
  return `this needs an approval: ${make}\`topsheet approve ${plan} --by NAME --limit USD\``;
}
