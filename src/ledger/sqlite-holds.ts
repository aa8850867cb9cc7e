import type { Terms } from "../budget/terms.ts";
import { add } from "../money/usd.ts";
import { ANY_APPROVAL } from "./approval.ts";
import type { Order, Step } from "./entry.ts";
import { heldCaps, isPassed, type PassedCap } from "./held-caps.ts";
import { after, blocks, type Hold, reservedHold } from "./hold.ts";
import { type Advance, MOST_TRIES, type Reservation, type Surroundings } from "./ledger.ts";
import type { SqliteApprovals } from "./sqlite-approvals.ts";
import type { SqliteEntries } from "./sqlite-entries.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import type { SqliteReads } from "./sqlite-reads.ts";
import * as rows from "./sqlite-rows.ts";

/** The life of holds in a ledger's file, inside a transaction: reserved under every cap, then a step at a time. */
export class SqliteHolds {
  readonly #file: SqliteFile;
  readonly #around: Surroundings;
  readonly #reads: SqliteReads;
  readonly #approvals: SqliteApprovals;
  readonly #entries: SqliteEntries;

  constructor(
    file: SqliteFile,
    around: Surroundings,
    reads: SqliteReads,
    approvals: SqliteApprovals,
    entries: SqliteEntries,
  ) {
    this.#file = file;
    this.#around = around;
    this.#reads = reads;
    this.#approvals = approvals;
    this.#entries = entries;
  }

  reserve(run: string, order: Order): Reservation {
    const row = this.#reads.run(run);
    if (row === undefined || row.ended !== null) return { is: "run-over" };
    const before = this.#reads.holdsOfPurchase(order);
    const standing = before.find(blocks);
    if (standing !== undefined) return { is: "taken", hold: standing };
    if (before.filter((hold) => hold.run === run).length >= MOST_TRIES) {
      return { is: "tried-enough" };
    }
    const now = this.#around.now();
    const terms = this.#reads.terms(order.campaign);
    if (terms === null) throw new Error(`${order.campaign} has agreed to no terms`);
    const own = this.#approvals.planOf(order.campaign, row.account);
    const needs = row.approval ?? own ?? (terms.approval === "required" ? ANY_APPROVAL : null);
    const approved = needs === null ? null : this.#approvals.of(needs, order, now);
    if (approved !== null && approved.is === "unapproved") return approved;
    const [passed, ...more] = this.#passed(row, terms, order, now);
    if (passed !== undefined) return { is: "over", passed: [passed, ...more] };
    const as = approved?.as;
    const hold = reservedHold(this.#around.newId(), run, order, now, as);
    const columns = rows.holdColumns(hold, row.account);
    this.#file.run(`INSERT INTO holds VALUES (${columns.map(() => "?").join(", ")})`, ...columns);
    this.#entries.write(
      { kind: "reserved", account: row.account, order, ...(as && { approved: as }) },
      { campaign: order.campaign, run, hold: hold.id, at: now },
    );
    return { is: "held", hold };
  }

  advance(id: string, step: Step): Advance {
    const before = this.#reads.hold(id);
    if (before === null) throw new Error(`there is no hold ${id}`);
    const now = this.#around.now();
    const hold = after(before, step, now);
    // A request pays for one hold: an answer that names another's is no answer.
    const taken = step.kind === "submitted" && this.#reads.isTaken(step.request.id, id);
    if (hold === null || taken) return { is: "late", hold: before };
    this.#file.run(
      `UPDATE holds SET state = ?, charge = ?, spent = ?, held = ?, excess = ?, request = ?,
        submitted_at = ?, ended_at = ?, blocks = ? WHERE hold = ?`,
      hold.state,
      hold.charge,
      hold.spent,
      hold.held,
      hold.excess,
      hold.request?.id ?? null,
      hold.submittedAt,
      hold.endedAt,
      blocks(hold) ? 1 : 0,
      id,
    );
    this.#entries.write(step, { campaign: hold.campaign, run: hold.run, hold: id, at: now });
    return { is: "done", hold };
  }

  /** What a run that is over has not sent is released; what it was sending is not known. */
  bury({ run }: rows.RunRow): readonly Hold[] {
    return this.#reads.unsentOf(run).map((id) => this.#buryOne(id));
  }

  #buryOne(id: string): Hold {
    const state = this.#reads.hold(id)?.state;
    const step: Step =
      state === "reserved"
        ? { kind: "released", why: "its run ended before it was sent", person: null }
        : { kind: "unknown", why: "its run ended while it was being sent" };
    return this.advance(id, step).hold;
  }

  #passed(row: rows.RunRow, terms: Terms, order: Order, now: number): readonly PassedCap[] {
    const overages = this.#approvals.overages(order.campaign);
    return heldCaps(terms, overages, row, order, now).flatMap((cap): PassedCap[] => {
      const { spent, held } = this.#reads.used(order.campaign, cap.counts, cap.from);
      const used = add(spent, held);
      return isPassed(cap, used, order.cost) ? [{ ...cap, used }] : [];
    });
  }
}
