import type { Overage } from "../../budget/terms.ts";
import { NOTHING } from "../../money.ts";
import { type Telling, type Value } from "./database.ts";
import {
  ANY_APPROVAL,
  type Approved,
  approvedAs,
  type Candidate,
  planAccount,
  planOfAccount,
  type StandingApproval,
} from "../approval.ts";
import type { Order } from "../entry.ts";
import { folded } from "../held-caps.ts";
import { all } from "./reads.ts";
import * as rows from "./rows.ts";

// A line stands for one purchase; and what was bought already, under whatever approval or none, stands for itself.
const TAKEN = `(EXISTS (SELECT 1 FROM holds h WHERE h.campaign = l.campaign
      AND h.approval = l.plan AND h.approved = l.key AND h.blocks = 1)
    OR EXISTS (SELECT 1 FROM holds h WHERE h.campaign = l.campaign AND h.edition = ''
      AND h.fingerprint = l.fingerprint AND h.ordinal = l.ordinal AND h.blocks = 1)) AS taken`;

/** A campaign's approvals, newest first. */
export function* standing(campaign: string): Telling<readonly StandingApproval[]> {
  const sql = "SELECT * FROM approvals WHERE campaign = ? ORDER BY at DESC, rowid DESC";
  const lines = `SELECT l.*, ${TAKEN}
    FROM approved_lines l WHERE l.campaign = ? AND l.plan = ? ORDER BY l.rowid`;
  const found: StandingApproval[] = [];
  for (const approval of yield* all(rows.approvalRow, sql, folded(campaign))) {
    const { plan } = approval;
    found.push({
      ...withoutCampaign(approval),
      used: yield* used(campaign, plan),
      lines: yield* all(rows.approvedLineRow, lines, folded(campaign), plan),
    });
  }
  return found;
}

/** Whether, and as what, an order may be bought under the approval that its run needs. */
export function* approvedFor(approval: string, order: Order, now: number): Telling<Approved> {
  const { campaign, fingerprint, ordinal, gist = "" } = order;
  const approvals = new Map<string, Omit<StandingApproval, "lines">>();
  const sql = "SELECT * FROM approvals WHERE campaign = ?";
  for (const row of yield* all(rows.approvalRow, sql, folded(campaign))) {
    if (approval !== ANY_APPROVAL && row.plan !== approval) continue;
    approvals.set(row.plan, { ...withoutCampaign(row), used: yield* used(campaign, row.plan) });
  }
  const among = function* (which: string, ...values: readonly Value[]): Telling<Approved> {
    const alike = `SELECT l.*, ${TAKEN} FROM approved_lines l WHERE l.campaign = ? AND ${which}`;
    const lines = yield* all(rows.candidateRow, alike, folded(campaign), ...values);
    const candidates = lines.flatMap(({ plan, taken, line }): Candidate[] => {
      const of = approvals.get(plan);
      return of === undefined ? [] : [{ approval: of, line, taken }];
    });
    return approvedAs(order, candidates, now);
  };
  // Nothing comes before the very purchase, and a shot may have thousands of takes.
  const own = yield* among("l.fingerprint = ? AND l.ordinal = ?", fingerprint, ordinal);
  if (own.is === "approved") return own;
  return yield* among("(l.fingerprint = ? OR l.gist = ?)", fingerprint, gist);
}

/** The plan that an account is of, where it is approved. */
export function* approvedPlanOf(campaign: string, account: string): Telling<string | null> {
  const plan = planOfAccount(account);
  if (plan === null) return null;
  const sql = "SELECT plan AS id FROM approvals WHERE campaign = ? AND plan = ?";
  return (yield* all(rows.idRow, sql, folded(campaign), plan))[0]?.id ?? null;
}

export function* overages(campaign: string): Telling<readonly Overage[]> {
  const sql = "SELECT * FROM overages WHERE campaign = ? ORDER BY rowid";
  return (yield* all(rows.overageRow, sql, folded(campaign))).map(withoutCampaign);
}

function* used(campaign: string, plan: string): Telling<StandingApproval["used"]> {
  const sql = `SELECT ${rows.sumOf("spent + held")} AS used FROM holds
    WHERE (campaign = ? AND approval = ?)
      OR (campaign = ? AND account = ? AND approval IS DISTINCT FROM ?)`;
  const values = [folded(campaign), plan, folded(campaign), planAccount(plan), plan];
  return (yield* all(rows.usedRow, sql, ...values))[0]?.used ?? NOTHING;
}

function withoutCampaign<Row extends { readonly campaign: string }>(
  row: Row,
): Omit<Row, "campaign"> {
  const { campaign: _, ...rest } = row;
  return rest;
}
