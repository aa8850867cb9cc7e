import type { AgreedTerms } from "../budget/terms.ts";
import { printable } from "../diagnostics/printable.ts";
import { ANY_APPROVAL, type StandingApproval, unapprovedOf } from "../ledger/approval.ts";
import type { Order } from "../ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { approvalPath, readApproval } from "../plan/approval-file.ts";
import { approvalInWords, refusalsInWords } from "../report/approvals.ts";
import { shellQuoted } from "../report/shell-quoted.ts";
import { EXIT } from "./exit-codes.ts";
import type { SavedPlan } from "./load-plan.ts";
import { refuse, type Refused } from "./refuse.ts";
import type { Shell } from "./shell.ts";

export interface Purchasing {
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

/** The approval that a run's purchases need: a plan's SHA-256, any, or null for none. Refuses what has none. */
export async function approvalFor(
  shell: Shell,
  ledger: Ledger,
  asked: Purchasing,
): Promise<{ readonly approval: string | null } | Refused> {
  const { saved, orders, agreed, now } = asked;
  const no = (problem: string): Refused => ({ exit: refuse(shell, problem, EXIT.notApproved) });
  const approvals = await ledger.approvals(asked.campaign);
  const required = asked.required || agreed.terms.approval === "required";
  const own = approvals.filter(({ plan }) => plan === saved?.sha256);
  if (saved !== null && own.length === 0) {
    const problem = await notAsApproved(shell, ledger, saved, approvals);
    if (problem !== null) return no(problem);
  }
  if (own.length === 0 && !required) return { approval: null };
  const counted = saved === null ? approvals : own;
  if (counted.length === 0) return no(howToApprove(saved));
  const refusals = unapprovedOf(orders, counted, now);
  for (const line of refusalsInWords(refusals)) shell.err(`  ${line}\n`);
  if (refusals.length > 0) {
    const what = saved === null ? "this run" : printable(saved.path);
    return no(`${what} is not approved as it is: buy less with --only, or have it approved`);
  }
  if (!asked.quiet) for (const one of counted) shell.err(`${approvalInWords(one)}\n`);
  return { approval: saved === null ? ANY_APPROVAL : saved.sha256 };
}

/** Whether a plan without an approval looks like one that had one; null where it does not. */
async function notAsApproved(
  shell: Shell,
  ledger: Ledger,
  saved: SavedPlan,
  approvals: readonly StandingApproval[],
): Promise<string | null> {
  const name = printable(saved.path);
  const edited = (by: string): string =>
    `${name} is not what ${printable(by)} approved: it was changed since`;
  const bytes = saved.path === "-" ? null : await shell.read(approvalPath(saved.path));
  const evidence =
    bytes instanceof Uint8Array ? readApproval(new TextDecoder().decode(bytes)) : null;
  if (evidence !== null) {
    if (evidence.plan.sha256 !== saved.sha256) return edited(evidence.by);
    if (evidence.ledger.id !== ledger.id) {
      return `${name} was approved in another ledger: name that one with --ledger`;
    }
    return `the ledger knows of no approval of ${name}, whatever the file beside it says`;
  }
  const before = approvals.find(({ created }) => created === saved.created);
  return before === undefined ? null : edited(before.by);
}

function howToApprove(saved: SavedPlan | null): string {
  const plan = saved === null ? "plan.json" : shellQuoted(saved.path);
  const make = saved === null ? "save a plan with `-o plan.json`, then " : "";
  return `this needs an approval: ${make}\`topsheet approve ${plan} --by NAME --limit USD\``;
}
