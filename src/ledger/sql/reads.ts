import * as z from "zod";
import type { Used } from "../../budget/caps.ts";
import type { Terms } from "../../budget/terms.ts";
import type { Entry, Order } from "../entry.ts";
import { folded, type HeldCap } from "../held-caps.ts";
import { fold, type Hold } from "../hold.ts";
import {
  type BilledJob,
  type EntryMark,
  type Kept,
  type LedgerBook,
  type Position,
  type Separation,
} from "../ledger.ts";
import type { KeptTable, Row } from "../project.ts";
import { LedgerFault } from "../fault.ts";
import { rowsOf, type Telling, type Value } from "./database.ts";
import * as rows from "./rows.ts";

// The newest jobs are the ones to expect the like of.
const REMEMBERED_JOBS = 20;

/** What reading throws at what is no fact, no row or no amount. */
const MISREAD = [z.ZodError, SyntaxError, RangeError];

export function* campaigns(): Telling<readonly string[]> {
  const sql = "SELECT name AS id FROM campaigns ORDER BY campaign";
  return (yield* all(rows.idRow, sql)).map(({ id }) => id);
}

/** How a campaign is spelt, and where it has gone or come from; undefined where the ledger does not know it. */
export function* campaign(name: string): Telling<rows.CampaignRow | undefined> {
  const sql = "SELECT * FROM campaigns WHERE campaign = ?";
  return (yield* all(rows.campaignRow, sql, folded(name)))[0];
}

/** Holds of a campaign in short, of the rows after one, up to another. */
export function* positions(campaign: string, after: number, upTo: number): Telling<Position[]> {
  // So that no index of the campaign's is used: each piece would sort all of it anew.
  const sql = `SELECT * FROM holds WHERE rowid > ? AND rowid <= ? AND campaign || '' = ?
    ORDER BY rowid`;
  return yield* all(rows.positionRow, sql, after, upTo, folded(campaign));
}

/** Those holds of a campaign that the entries after one tell of, as they are now; and how far these entries go. */
export function* changedSince(
  campaign: string,
  after: number,
  most: number,
): Telling<{
  readonly seq: number;
  readonly entries: number;
  readonly positions: readonly Position[];
}> {
  const sql = `SELECT count(*) AS entries, coalesce(max(seq), ?) AS seq FROM
    (SELECT seq FROM entries WHERE campaign = ? AND seq > ? ORDER BY seq LIMIT ?) fresh`;
  const [fresh] = yield* all(rows.freshRow, sql, after, folded(campaign), after, most);
  const { seq, entries } = fresh ?? { seq: after, entries: 0 };
  if (entries === 0) return { seq, entries, positions: [] };
  const changed = `SELECT * FROM holds WHERE hold IN
    (SELECT hold FROM entries WHERE campaign = ? AND seq > ? AND seq <= ? AND hold IS NOT NULL)
    ORDER BY rowid`;
  const values = [folded(campaign), after, seq];
  return { seq, entries, positions: yield* all(rows.positionRow, changed, ...values) };
}

/** The last entry, and the last row of a hold. */
export function* last(): Telling<rows.LastRow> {
  const sql = `SELECT (SELECT coalesce(max(seq), 0) FROM entries) AS seq,
    (SELECT coalesce(max(rowid), 0) FROM holds) AS hold_row`;
  const [found] = yield* all(rows.lastRow, sql);
  return found ?? { seq: 0, row: 0 };
}

export function* lastEntry(): Telling<EntryMark> {
  const { seq } = yield* last();
  return { seq, at: (yield* timeOfEntry(seq)) ?? 0 };
}

/** When an entry was written, in milliseconds UTC; null if there is none of that number. */
export function* timeOfEntry(seq: number): Telling<number | null> {
  const [row] = yield* all(rows.entryTimeRow, "SELECT at FROM entries WHERE seq = ?", seq);
  return row?.at ?? null;
}

export function* holdCount(campaign: string): Telling<number> {
  const sql = "SELECT count(*) AS lines FROM holds WHERE campaign = ?";
  return (yield* all(rows.countRow, sql, folded(campaign)))[0]?.lines ?? 0;
}

/** All that is kept beside the entries, row by row as it was put in. */
export function* kept(): Telling<Omit<Kept, "purpose">> {
  const rowsIn = (table: KeptTable): Telling<readonly Row[]> =>
    all(rows.anyRow, `SELECT * FROM ${table} ORDER BY rowid`);
  return {
    campaigns: yield* rowsIn("campaigns"),
    approvals: yield* rowsIn("approvals"),
    approved_lines: yield* rowsIn("approved_lines"),
    overages: yield* rowsIn("overages"),
    runs: yield* rowsIn("runs"),
    schedules: yield* rowsIn("schedules"),
    occurrences: yield* rowsIn("occurrences"),
    holds: yield* rowsIn("holds"),
  };
}

/** Those of a campaign, or all; after an entry that is known, up to another, and no more than so many. */
export function* entries(
  campaign: string | null,
  after = 0,
  upTo = Number.MAX_SAFE_INTEGER,
  most = Number.MAX_SAFE_INTEGER,
): Telling<readonly Entry[]> {
  const between = "seq > ? AND seq <= ? ORDER BY seq LIMIT ?";
  if (campaign === null) {
    const sql = `SELECT * FROM entries WHERE ${between}`;
    return yield* all(rows.entryRow, sql, after, upTo, most);
  }
  const sql = `SELECT * FROM entries WHERE campaign = ? AND ${between}`;
  return yield* all(rows.entryRow, sql, folded(campaign), after, upTo, most);
}

export function* durations(endpoint: string, seconds: number): Telling<readonly number[]> {
  const sql = `SELECT ended_at - submitted_at AS took FROM holds
    WHERE endpoint = ? AND seconds = ? AND state = 'settled' AND ended_at >= submitted_at
    ORDER BY ended_at DESC LIMIT ${REMEMBERED_JOBS}`;
  return (yield* all(rows.tookRow, sql, endpoint, seconds)).map(({ took }) => took);
}

export function* billedJobs(endpoint: string, seconds: number): Telling<readonly BilledJob[]> {
  const sql = `SELECT e.* FROM entries e JOIN (
      SELECT hold FROM holds WHERE endpoint = ? AND seconds = ? AND state = 'settled'
      ORDER BY ended_at DESC, hold LIMIT ${REMEMBERED_JOBS}
    ) newest ON e.hold = newest.hold ORDER BY e.seq`;
  return [...fold(yield* all(rows.entryRow, sql, endpoint, seconds)).values()];
}

/** Holds of a run that were not sent, or of which that is not known. */
export function* unsentOf(run: string): Telling<readonly string[]> {
  const sql = "SELECT hold AS id FROM holds WHERE run = ? AND state IN ('reserved', 'sending')";
  return (yield* all(rows.idRow, sql, run)).map(({ id }) => id);
}

/** A campaign's terms as they are written; null where it has agreed to none. */
export function* writtenTerms(campaign: string): Telling<string | null> {
  const sql = "SELECT terms AS value FROM campaigns WHERE campaign = ? AND terms IS NOT NULL";
  return (yield* all(rows.valueRow, sql, folded(campaign)))[0]?.value ?? null;
}

export function* separation(campaign: string): Telling<Separation | null> {
  const sql = `SELECT * FROM entries WHERE campaign = ? AND hold IS NULL
    AND fact LIKE '{"kind":"separate",%' ORDER BY seq DESC LIMIT 1`;
  const [entry] = yield* all(rows.entryRow, sql, folded(campaign));
  if (entry?.fact.kind !== "separate") return null;
  const { by, why } = entry.fact;
  return { at: entry.at, by, why };
}

/** Of the entries between two numbers, those that have a person's word of a hold. */
export function* said(campaign: string, from: number, upTo: number): Telling<readonly Entry[]> {
  const sql = `SELECT * FROM entries WHERE campaign = ? AND seq > ? AND seq <= ?
    AND hold IS NOT NULL AND fact LIKE '%"person":{"by":%' ORDER BY seq`;
  return yield* all(rows.entryRow, sql, folded(campaign), from, upTo);
}

/** Whether another hold has this request. */
export function* isTaken(request: string, hold: string): Telling<boolean> {
  const sql = "SELECT hold AS id FROM holds WHERE request = ? AND hold <> ?";
  return (yield* all(rows.idRow, sql, request, hold)).length > 0;
}

/** Whether another hold has the place of one that does not stand: its purchase, or its line of an approved plan. */
export function* isReplaced(hold: Hold): Telling<boolean> {
  const { campaign, edition, fingerprint, ordinal, approved } = hold;
  const sql = `SELECT hold AS id FROM holds WHERE campaign = ? AND blocks = 1 AND duplicate = 0
    AND ((edition = ? AND fingerprint = ? AND ordinal = ?) OR (approval = ? AND approved = ?))`;
  const place = [folded(campaign), edition, fingerprint, ordinal];
  const line = [approved?.plan ?? null, approved?.line ?? null];
  return (yield* all(rows.idRow, sql, ...place, ...line)).length > 0;
}

export type Identity = Pick<LedgerBook, "id" | "purpose">;

/** Returns null if the ledger has no id. */
export function* identity(): Telling<Identity | null> {
  const [id] = yield* all(rows.valueRow, "SELECT value FROM about WHERE name = 'id'");
  const [purpose] = yield* all(rows.valueRow, "SELECT value FROM about WHERE name = 'purpose'");
  if (id === undefined) return null;
  // Whatever else stands there is taken for money.
  return { id: id.value, purpose: purpose?.value === "rehearsal" ? "rehearsal" : "real" };
}

export function* terms(name: string): Telling<Terms | null> {
  return (yield* campaign(name))?.terms ?? null;
}

/** What is spent and held under each of these caps, in one question: a server may be far away. */
export function* usedUnder(
  campaign: string,
  caps: readonly Pick<HeldCap, "counts" | "from">[],
): Telling<readonly Used[]> {
  if (caps.length === 0) return [];
  const values: Value[] = [];
  const sums = caps.map(({ counts, from }, turn) => {
    const counted = rows.countedWhere(counts);
    const since = from === null ? "" : " AND reserved_at >= ?";
    values.push(folded(campaign), ...counted.values, ...(from === null ? [] : [from]));
    return `SELECT ${turn} AS turn, ${rows.sumOf("spent")} AS spent, ${rows.sumOf("held")} AS held
      FROM ${counted.from} WHERE campaign = ?${counted.sql}${since}`;
  });
  return yield* all(rows.moneyRow, `${sums.join(" UNION ALL ")} ORDER BY turn`, ...values);
}

export function* holdsOfPurchase(order: Order): Telling<readonly Hold[]> {
  const { campaign, edition, fingerprint, ordinal } = order;
  const sql = `SELECT e.* FROM holds h JOIN entries e ON e.hold = h.hold
    WHERE h.campaign = ? AND h.edition = ? AND h.fingerprint = ? AND h.ordinal = ? ORDER BY e.seq`;
  const values = [folded(campaign), edition, fingerprint, ordinal];
  return [...fold(yield* all(rows.entryRow, sql, ...values)).values()];
}

export function* hold(id: string): Telling<Hold | null> {
  const sql = "SELECT * FROM entries WHERE hold = ? ORDER BY seq";
  return fold(yield* all(rows.entryRow, sql, id)).get(id) ?? null;
}

export function* run(run: string): Telling<rows.RunRow | undefined> {
  return (yield* all(rows.runRow, "SELECT * FROM runs WHERE run = ?", run))[0];
}

export function* openRuns(campaign: string): Telling<readonly rows.RunRow[]> {
  const sql = "SELECT * FROM runs WHERE campaign = ? AND ended IS NULL ORDER BY started_at, rowid";
  return yield* all(rows.runRow, sql, folded(campaign));
}

/** Runs without a process that have not ended, of every campaign. */
export function* openBatches(): Telling<readonly rows.RunRow[]> {
  const sql = "SELECT * FROM runs WHERE batch = 1 AND ended IS NULL ORDER BY started_at, rowid";
  return yield* all(rows.runRow, sql);
}

/** How many lines of a campaign, or of one of its models, are on their way. */
export function* underWay(campaign: string, endpoint: string | null): Telling<number> {
  const sql = "SELECT count(*) AS lines FROM holds WHERE campaign = ? AND under_way = 1";
  const [count] =
    endpoint === null
      ? yield* all(rows.countRow, sql, folded(campaign))
      : yield* all(rows.countRow, `${sql} AND endpoint = ?`, folded(campaign), endpoint);
  return count?.lines ?? 0;
}

export function* all<Row>(
  schema: z.ZodType<Row>,
  sql: string,
  ...values: readonly Value[]
): Telling<Row[]> {
  const found = yield* rowsOf(sql, ...values);
  try {
    return found.map((row) => schema.parse(row));
  } catch (cause) {
    // Something else has written into it, or its disk has lost a part.
    if (MISREAD.some((kind) => cause instanceof kind) && cause instanceof Error) {
      throw new LedgerFault("damaged", `it holds what no ledger holds: ${cause.message}`);
    }
    throw cause;
  }
}
