import type { Overage } from "../../budget/terms.ts";
import { NOTHING } from "../../money.ts";
import { type SqlRoutine, type Value } from "./database.ts";
import {
  ANY_APPROVAL,
  type ApprovalMatch,
  matchApproval,
  type Candidate,
  planAccount,
  parsePlanAccount,
  type StandingApproval,
} from "../approval.ts";
import type { Order } from "../entry.ts";
import { foldCase } from "../held-caps.ts";
import { select } from "./reads.ts";
import * as rows from "./rows.ts";

// A line covers one purchase. A purchase that was made under any approval or none takes its own line.
const TAKEN = `(EXISTS (SELECT 1 FROM holds h WHERE h.campaign = l.campaign
      AND h.approval = l.plan AND h.approved = l.key AND h.blocks = 1)
    OR EXISTS (SELECT 1 FROM holds h WHERE h.campaign = l.campaign AND h.edition = ''
      AND h.fingerprint = l.fingerprint AND h.ordinal = l.ordinal AND h.blocks = 1)) AS taken`;

type Standing = Omit<StandingApproval, "lines">;

/** Lists a campaign's approvals, newest first. */
export function* selectApprovals(campaign: string): SqlRoutine<readonly StandingApproval[]> {
  const sql = `SELECT l.*, ${TAKEN}
    FROM approved_lines l WHERE l.campaign = ? AND l.plan = ? ORDER BY l.rowid`;
  const found: StandingApproval[] = [];
  for (const approval of yield* selectStanding(campaign, ANY_APPROVAL)) {
    const lines = yield* select(rows.approvedLineRow, sql, foldCase(campaign), approval.plan);
    found.push({ ...approval, lines });
  }
  return found;
}

/** Lists a campaign's approvals, or that of one plan, without their lines, newest first. */
function* selectStanding(campaign: string, wanted: string): SqlRoutine<readonly Standing[]> {
  const sql = "SELECT * FROM approvals WHERE campaign = ? ORDER BY at DESC, rowid DESC";
  const found: Standing[] = [];
  for (const approval of yield* select(rows.approvalRow, sql, foldCase(campaign))) {
    if (wanted !== ANY_APPROVAL && approval.plan !== wanted) continue;
    found.push({ ...approval, used: yield* sumApproved(campaign, approval.plan) });
  }
  return found;
}

/** Finds the approved line as which an order may be bought under the approval that it needs, or the reason for none. */
export function* approveOrder(
  approval: string,
  order: Order,
  now: number,
): SqlRoutine<ApprovalMatch> {
  const { campaign, fingerprint, ordinal, gist = "" } = order;
  const standing = yield* selectStanding(campaign, approval);
  const approvals = new Map(standing.map((one) => [one.plan, one]));
  const matchAmong = function* (
    which: string,
    ...values: readonly Value[]
  ): SqlRoutine<ApprovalMatch> {
    const alike = `SELECT l.*, ${TAKEN} FROM approved_lines l WHERE l.campaign = ? AND ${which}`;
    const lines = yield* select(rows.candidateRow, alike, foldCase(campaign), ...values);
    const candidates = lines.flatMap(({ plan, taken, line }): Candidate[] => {
      const of = approvals.get(plan);
      return of === undefined ? [] : [{ approval: of, line, taken }];
    });
    return matchApproval(order, candidates, now);
  };
  // The exact purchase ranks first, and a shot may have thousands of takes.
  const own = yield* matchAmong("l.fingerprint = ? AND l.ordinal = ?", fingerprint, ordinal);
  if (own.is === "approved") return own;
  return yield* matchAmong("(l.fingerprint = ? OR l.gist = ?)", fingerprint, gist);
}

/** Returns the plan that an account belongs to, if it is approved. */
export function* findApprovedPlan(campaign: string, account: string): SqlRoutine<string | null> {
  const plan = parsePlanAccount(account);
  if (plan === null) return null;
  const sql = "SELECT plan AS value FROM approvals WHERE campaign = ? AND plan = ?";
  return (yield* select(rows.textValue, sql, foldCase(campaign), plan))[0] ?? null;
}

export function* selectOverages(campaign: string): SqlRoutine<readonly Overage[]> {
  const sql = "SELECT * FROM overages WHERE campaign = ? ORDER BY rowid";
  return yield* select(rows.overageRow, sql, foldCase(campaign));
}

function* sumApproved(campaign: string, plan: string): SqlRoutine<StandingApproval["used"]> {
  const sql = `SELECT ${rows.sumColumn("spent + held")} AS value FROM holds
    WHERE (campaign = ? AND approval = ?)
      OR (campaign = ? AND account = ? AND approval IS DISTINCT FROM ?)`;
  const values = [foldCase(campaign), plan, foldCase(campaign), planAccount(plan), plan];
  return (yield* select(rows.moneyValue, sql, ...values))[0] ?? NOTHING;
}
