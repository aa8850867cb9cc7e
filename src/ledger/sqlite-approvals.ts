import type { Overage } from "../budget/overage.ts";
import { NOTHING } from "../money/usd.ts";
import {
  ANY_APPROVAL,
  type Approval,
  type Approved,
  approvedAs,
  type ApprovedLine,
  type Candidate,
  planAccount,
  planOfAccount,
  type StandingApproval,
} from "./approval.ts";
import type { Order } from "./entry.ts";
import { folded } from "./held-caps.ts";
import type { Kept, KeptApproval } from "./ledger.ts";
import type { SqliteReads } from "./sqlite-reads.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import * as rows from "./sqlite-rows.ts";

// A line stands for one purchase; and what was bought already, under whatever approval or none, stands for itself.
const TAKEN = `(EXISTS (SELECT 1 FROM holds h WHERE h.campaign = l.campaign
      AND h.approval = l.plan AND h.approved = l.key AND h.blocks = 1)
    OR EXISTS (SELECT 1 FROM holds h WHERE h.campaign = l.campaign AND h.edition = ''
      AND h.fingerprint = l.fingerprint AND h.ordinal = l.ordinal AND h.blocks = 1)) AS taken`;

/** Approved plans and overages in a ledger's file; inside a transaction and outside of one. */
export class SqliteApprovals {
  readonly #file: SqliteFile;
  readonly #reads: SqliteReads;

  constructor(file: SqliteFile, reads: SqliteReads) {
    this.#file = file;
    this.#reads = reads;
  }

  put(campaign: string, approval: Approval, lines: readonly ApprovedLine[], at: number): void {
    const { plan, created, by, limit, until } = approval;
    const name = folded(campaign);
    this.#file.run(
      `INSERT INTO approvals VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (campaign, plan) DO UPDATE SET
        created = excluded.created, said_by = excluded.said_by, most = excluded.most,
        until = excluded.until, at = excluded.at`,
      name,
      plan,
      created,
      by,
      limit,
      until,
      at,
    );
    this.#file.run("DELETE FROM approved_lines WHERE campaign = ? AND plan = ?", name, plan);
    for (const { key, fingerprint, ordinal, gist, cost } of lines) {
      this.#file.run(
        "INSERT INTO approved_lines VALUES (?, ?, ?, ?, ?, ?, ?)",
        name,
        plan,
        key,
        fingerprint,
        ordinal,
        gist,
        cost,
      );
    }
  }

  /** Newest first. */
  standing(campaign: string): readonly StandingApproval[] {
    const sql = "SELECT * FROM approvals WHERE campaign = ? ORDER BY at DESC, rowid DESC";
    const lines = `SELECT l.*, ${TAKEN}
      FROM approved_lines l WHERE l.campaign = ? AND l.plan = ? ORDER BY l.rowid`;
    return this.#reads.all(rows.approvalRow, sql, folded(campaign)).map((approval) => ({
      ...withoutCampaign(approval),
      used: this.#used(campaign, approval.plan),
      lines: this.#reads.all(rows.approvedLineRow, lines, folded(campaign), approval.plan),
    }));
  }

  /** Whether, and as what, an order may be bought under the approval that its run needs. */
  of(approval: string, order: Order, now: number): Approved {
    const { campaign, fingerprint, ordinal, gist = "" } = order;
    const approvals = new Map(
      this.#approvals(campaign)
        .filter(({ plan }) => approval === ANY_APPROVAL || plan === approval)
        .map((one) => [one.plan, { ...one, used: this.#used(campaign, one.plan) }]),
    );
    const among = (which: string, ...values: readonly (string | number)[]): Approved => {
      const sql = `SELECT l.*, ${TAKEN}
        FROM approved_lines l WHERE l.campaign = ? AND ${which}`;
      const lines = this.#reads.all(rows.candidateRow, sql, folded(campaign), ...values);
      const candidates = lines.flatMap(({ plan, taken, line }): Candidate[] => {
        const of = approvals.get(plan);
        return of === undefined ? [] : [{ approval: of, line, taken }];
      });
      return approvedAs(order, candidates, now);
    };
    // Nothing comes before the very purchase, and a shot may have thousands of takes.
    const own = among("l.fingerprint = ? AND l.ordinal = ?", fingerprint, ordinal);
    if (own.is === "approved") return own;
    return among("(l.fingerprint = ? OR l.gist = ?)", fingerprint, gist);
  }

  /** The plan that an account is of, where it is approved. */
  planOf(campaign: string, account: string): string | null {
    const plan = planOfAccount(account);
    if (plan === null) return null;
    const sql = "SELECT plan AS id FROM approvals WHERE campaign = ? AND plan = ?";
    return this.#reads.all(rows.idRow, sql, folded(campaign), plan)[0]?.id ?? null;
  }

  addOverage(campaign: string, { cap, of, amount, by, why, at }: Overage): void {
    this.#file.run(
      "INSERT INTO overages VALUES (?, ?, ?, ?, ?, ?, ?)",
      folded(campaign),
      cap,
      of,
      amount,
      by,
      why,
      at,
    );
  }

  overages(campaign: string): readonly Overage[] {
    const sql = "SELECT * FROM overages WHERE campaign = ? ORDER BY rowid";
    return this.#reads.all(rows.overageRow, sql, folded(campaign)).map(withoutCampaign);
  }

  kept(): Pick<Kept, "approvals" | "overages"> {
    const sql = "SELECT * FROM approved_lines WHERE campaign = ? AND plan = ? ORDER BY rowid";
    const approvals = this.#reads.all(rows.approvalRow, `${WITH_STRAYS} ORDER BY rowid`);
    return {
      approvals: approvals.map((approval): KeptApproval => ({
        ...approval,
        lines: this.#reads
          .all(
            rows.candidateRow,
            sql.replace("*", "*, 0 AS taken"),
            approval.campaign,
            approval.plan,
          )
          .map(({ line }) => line),
      })),
      overages: this.#reads.all(rows.overageRow, "SELECT * FROM overages ORDER BY rowid"),
    };
  }

  #approvals(campaign: string): readonly Omit<StandingApproval, "lines" | "used">[] {
    const sql = "SELECT * FROM approvals WHERE campaign = ?";
    return this.#reads.all(rows.approvalRow, sql, folded(campaign)).map(withoutCampaign);
  }

  #used(campaign: string, plan: string): StandingApproval["used"] {
    const sql = `SELECT coalesce(sum(spent + held), 0) AS used FROM holds
      WHERE (campaign = ? AND approval = ?) OR (campaign = ? AND account = ? AND approval IS NOT ?)`;
    const values = [folded(campaign), plan, folded(campaign), planAccount(plan), plan];
    return this.#reads.all(rows.usedRow, sql, ...values)[0]?.used ?? NOTHING;
  }
}

// Lines of a plan that nobody approved stand for nothing, and are no less put in by another hand: told as if approved.
const WITH_STRAYS = `SELECT rowid, * FROM approvals UNION ALL
  SELECT DISTINCT NULL, campaign, plan, '', '', 0, NULL, 0 FROM approved_lines l
  WHERE NOT EXISTS (SELECT 1 FROM approvals a WHERE a.campaign = l.campaign AND a.plan = l.plan)`;

function withoutCampaign<Row extends { readonly campaign: string }>(
  row: Row,
): Omit<Row, "campaign"> {
  const { campaign: _, ...rest } = row;
  return rest;
}
