import * as z from "zod";
import type { Used } from "../budget/caps.ts";
import type { Terms } from "../budget/terms.ts";
import { NOTHING } from "../money/usd.ts";
import type { Entry, Order } from "./entry.ts";
import { fold } from "./fold.ts";
import { type CountedBy, folded } from "./held-caps.ts";
import type { Hold } from "./hold.ts";
import {
  type Kept,
  LedgerFault,
  type Position,
  type Purpose,
  type Surroundings,
} from "./ledger.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import * as rows from "./sqlite-rows.ts";

// The newest durations are the ones to expect.
const REMEMBERED_DURATIONS = 20;

/** What reading throws at what is no fact, no row or no amount. */
const MISREAD = [z.ZodError, SyntaxError, RangeError];

/** Everything that is asked of a ledger's file; inside a transaction and outside of one. */
export class SqliteReads {
  readonly #file: SqliteFile;
  readonly #around: Surroundings;

  constructor(file: SqliteFile, around: Surroundings) {
    this.#file = file;
    this.#around = around;
  }

  campaigns(): readonly string[] {
    const sql = "SELECT name AS id FROM campaigns ORDER BY campaign";
    return this.all(rows.idRow, sql).map(({ id }) => id);
  }

  positions(campaign: string): readonly Position[] {
    const sql = "SELECT * FROM holds WHERE campaign = ? ORDER BY rowid";
    return this.all(rows.positionRow, sql, folded(campaign));
  }

  /** All that is kept beside the entries. */
  kept(): Pick<Kept, "holds" | "campaigns" | "runs"> {
    return {
      holds: this.all(rows.keptRow, "SELECT * FROM holds ORDER BY rowid"),
      campaigns: this.all(rows.campaignRow, "SELECT campaign, terms FROM campaigns"),
      runs: this.all(rows.runRow, "SELECT * FROM runs ORDER BY rowid").map((row) => ({
        ...row,
        id: row.run,
      })),
    };
  }

  entries(campaign: string | null): readonly Entry[] {
    if (campaign === null) return this.all(rows.entryRow, "SELECT * FROM entries ORDER BY seq");
    const sql = "SELECT * FROM entries WHERE campaign = ? ORDER BY seq";
    return this.all(rows.entryRow, sql, folded(campaign));
  }

  durations(endpoint: string, seconds: number): readonly number[] {
    const sql = `SELECT ended_at - submitted_at AS took FROM holds
      WHERE endpoint = ? AND seconds = ? AND state = 'settled' AND ended_at >= submitted_at
      ORDER BY ended_at DESC LIMIT ${REMEMBERED_DURATIONS}`;
    return this.all(rows.tookRow, sql, endpoint, seconds).map(({ took }) => took);
  }

  /** Holds of a run that were not sent, or of which that is not known. */
  unsentOf(run: string): readonly string[] {
    const sql = "SELECT hold AS id FROM holds WHERE run = ? AND state IN ('reserved', 'sending')";
    return this.all(rows.idRow, sql, run).map(({ id }) => id);
  }

  /** A campaign's terms as they are written; null where it has agreed to none. */
  writtenTerms(campaign: string): string | null {
    const sql = "SELECT terms AS value FROM campaigns WHERE campaign = ? AND terms IS NOT NULL";
    return this.all(rows.valueRow, sql, folded(campaign))[0]?.value ?? null;
  }

  /** Whether another hold has this request. */
  isTaken(request: string, hold: string): boolean {
    const sql = "SELECT hold AS id FROM holds WHERE request = ? AND hold <> ?";
    return this.all(rows.idRow, sql, request, hold).length > 0;
  }

  purpose(): Purpose | null {
    const [row] = this.all(rows.valueRow, "SELECT value FROM about WHERE name = 'purpose'");
    if (row === undefined) return null;
    return row.value === "real" ? "real" : "rehearsal";
  }

  terms(campaign: string): Terms | null {
    const sql = "SELECT terms FROM campaigns WHERE campaign = ?";
    return this.all(rows.termsRow, sql, folded(campaign))[0]?.terms ?? null;
  }

  used(campaign: string, counts: CountedBy, from: number | null): Used {
    const counted = rows.countedWhere(counts);
    const since = from === null ? "" : " AND reserved_at >= ?";
    const [money] = this.all(
      rows.moneyRow,
      `SELECT coalesce(sum(spent), 0) AS spent, coalesce(sum(held), 0) AS held FROM holds WHERE campaign = ?${counted.sql}${since}`,
      folded(campaign),
      ...counted.values,
      ...(from === null ? [] : [from]),
    );
    return money ?? { spent: NOTHING, held: NOTHING };
  }

  holdsOfPurchase({ campaign, edition, fingerprint, ordinal }: Order): readonly Hold[] {
    const sql =
      "SELECT hold AS id FROM holds WHERE campaign = ? AND edition = ? AND fingerprint = ? AND ordinal = ?";
    return this.all(rows.idRow, sql, folded(campaign), edition, fingerprint, ordinal).flatMap(
      ({ id }) => this.hold(id) ?? [],
    );
  }

  hold(id: string): Hold | null {
    const sql = "SELECT * FROM entries WHERE hold = ? ORDER BY seq";
    return fold(this.all(rows.entryRow, sql, id)).get(id) ?? null;
  }

  run(run: string): rows.RunRow | undefined {
    return this.all(rows.runRow, "SELECT * FROM runs WHERE run = ?", run)[0];
  }

  openRuns(campaign: string): readonly rows.RunRow[] {
    const sql = "SELECT * FROM runs WHERE campaign = ? AND ended IS NULL ORDER BY started_at";
    return this.all(rows.runRow, sql, folded(campaign));
  }

  isAlive({ owner, lease_until }: rows.RunRow): boolean {
    return this.#around.lives(owner) ?? lease_until > this.#around.now();
  }

  all<Row>(schema: z.ZodType<Row>, sql: string, ...values: readonly (string | number)[]): Row[] {
    try {
      return this.#file.rows(sql, ...values).map((row) => schema.parse(row));
    } catch (cause) {
      // Something else has written into it, or its disk has lost a part.
      if (MISREAD.some((kind) => cause instanceof kind) && cause instanceof Error) {
        throw new LedgerFault("damaged", `it holds what no ledger holds: ${cause.message}`);
      }
      throw cause;
    }
  }
}
