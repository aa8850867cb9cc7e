import * as z from "zod";
import type { Used } from "../../budget/caps.ts";
import type { Terms } from "../../budget/terms.ts";
import type { Entry, Order } from "../entry.ts";
import { foldCase, type HeldCap } from "../held-caps.ts";
import { foldHolds, type Hold } from "../hold.ts";
import {
  type BilledJob,
  type EntryMark,
  type Kept,
  type LedgerBook,
  type HoldSummary,
  type Separation,
} from "../ledger.ts";
import type { TableName, TableRow } from "../project.ts";
import { LedgerFault } from "../fault.ts";
import { query, type SqlRoutine, type Value } from "./database.ts";
import * as rows from "./rows.ts";

// The newest jobs are the best forecast.
const REMEMBERED_JOBS = 20;

/** What parsing throws if something is no fact, row or amount. */
const READ_ERRORS = [z.ZodError, SyntaxError, RangeError];

export function* selectCampaigns(): SqlRoutine<readonly string[]> {
  return yield* select(rows.textValue, "SELECT name AS value FROM campaigns ORDER BY campaign");
}

/** Returns how a campaign is spelt, and where it has moved or come from; undefined if the ledger does not know it. */
export function* selectCampaign(name: string): SqlRoutine<rows.CampaignRow | undefined> {
  const sql = "SELECT * FROM campaigns WHERE campaign = ?";
  return (yield* select(rows.campaignRow, sql, foldCase(name)))[0];
}

/** Reads summaries of a campaign's holds, from the rows after one up to another. */
export function* selectPositions(
  campaign: string,
  after: number,
  upTo: number,
): SqlRoutine<HoldSummary[]> {
  // Keeps the database from using an index of the campaign, with which each piece would sort all of it again.
  const sql = `SELECT * FROM holds WHERE rowid > ? AND rowid <= ? AND campaign || '' = ?
    ORDER BY rowid`;
  return yield* select(rows.positionRow, sql, after, upTo, foldCase(campaign));
}

/** Reads those holds of a campaign that entries after one are about, as they are now, and how far these entries go. */
export function* selectChanged(
  campaign: string,
  after: number,
  most: number,
): SqlRoutine<{
  readonly seq: number;
  readonly entries: number;
  readonly positions: readonly HoldSummary[];
}> {
  const sql = `SELECT count(*) AS entries, coalesce(max(seq), ?) AS seq FROM
    (SELECT seq FROM entries WHERE campaign = ? AND seq > ? ORDER BY seq LIMIT ?) fresh`;
  const [fresh] = yield* select(rows.freshRow, sql, after, foldCase(campaign), after, most);
  const { seq, entries } = fresh ?? { seq: after, entries: 0 };
  if (entries === 0) return { seq, entries, positions: [] };
  const changed = `SELECT * FROM holds WHERE hold IN
    (SELECT hold FROM entries WHERE campaign = ? AND seq > ? AND seq <= ? AND hold IS NOT NULL)
    ORDER BY rowid`;
  const values = [foldCase(campaign), after, seq];
  return { seq, entries, positions: yield* select(rows.positionRow, changed, ...values) };
}

/** Returns the number of the last entry, and the last row of a hold. */
export function* readLast(): SqlRoutine<z.output<typeof rows.lastRow>> {
  const sql = `SELECT (SELECT coalesce(max(seq), 0) FROM entries) AS seq,
    (SELECT coalesce(max(rowid), 0) FROM holds) AS hold_row`;
  const [found] = yield* select(rows.lastRow, sql);
  return found ?? { seq: 0, hold_row: 0 };
}

export function* readLastEntry(): SqlRoutine<EntryMark> {
  const { seq } = yield* readLast();
  return { seq, at: (yield* readTimeOfEntry(seq)) ?? 0 };
}

/** Returns when an entry was written, in milliseconds UTC; null if there is none with that number. */
export function* readTimeOfEntry(seq: number): SqlRoutine<number | null> {
  const sql = "SELECT at AS value FROM entries WHERE seq = ?";
  return (yield* select(rows.intValue, sql, seq))[0] ?? null;
}

export function* countHolds(campaign: string): SqlRoutine<number> {
  const sql = "SELECT count(*) AS value FROM holds WHERE campaign = ?";
  return (yield* select(rows.intValue, sql, foldCase(campaign)))[0] ?? 0;
}

/** Reads the tables beside the entries, with rows in the order in which they were added. */
export function* selectTables(): SqlRoutine<Omit<Kept, "purpose">> {
  const rowsIn = (table: TableName): SqlRoutine<readonly TableRow[]> =>
    select(rows.anyRow, `SELECT * FROM ${table} ORDER BY rowid`);
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

/** Reads a campaign's entries, or all: after one number, up to another, and at most so many. */
export function* selectEntries(
  campaign: string | null,
  after = 0,
  upTo = Number.MAX_SAFE_INTEGER,
  most = Number.MAX_SAFE_INTEGER,
): SqlRoutine<readonly Entry[]> {
  const between = "seq > ? AND seq <= ? ORDER BY seq LIMIT ?";
  if (campaign === null) {
    const sql = `SELECT * FROM entries WHERE ${between}`;
    return yield* select(rows.entryRow, sql, after, upTo, most);
  }
  const sql = `SELECT * FROM entries WHERE campaign = ? AND ${between}`;
  return yield* select(rows.entryRow, sql, foldCase(campaign), after, upTo, most);
}

export function* selectDurations(endpoint: string, seconds: number): SqlRoutine<readonly number[]> {
  const sql = `SELECT ended_at - submitted_at AS value FROM holds
    WHERE endpoint = ? AND seconds = ? AND state = 'settled' AND ended_at >= submitted_at
    ORDER BY ended_at DESC LIMIT ${REMEMBERED_JOBS}`;
  return yield* select(rows.intValue, sql, endpoint, seconds);
}

export function* selectBilledJobs(
  endpoint: string,
  seconds: number,
): SqlRoutine<readonly BilledJob[]> {
  const sql = `SELECT e.* FROM entries e JOIN (
      SELECT hold FROM holds WHERE endpoint = ? AND seconds = ? AND state = 'settled'
      ORDER BY ended_at DESC, hold LIMIT ${REMEMBERED_JOBS}
    ) newest ON e.hold = newest.hold ORDER BY e.seq`;
  return [...foldHolds(yield* select(rows.entryRow, sql, endpoint, seconds)).values()];
}

/** Lists a run's holds that were not sent, or may not have been. */
export function* selectUnsent(run: string): SqlRoutine<readonly string[]> {
  const sql = "SELECT hold AS value FROM holds WHERE run = ? AND state IN ('reserved', 'sending')";
  return yield* select(rows.textValue, sql, run);
}

/** Returns a campaign's terms as they are written; null if it has agreed to none. */
export function* selectWrittenTerms(campaign: string): SqlRoutine<string | null> {
  const sql = "SELECT terms AS value FROM campaigns WHERE campaign = ? AND terms IS NOT NULL";
  return (yield* select(rows.textValue, sql, foldCase(campaign)))[0] ?? null;
}

export function* selectSeparation(campaign: string): SqlRoutine<Separation | null> {
  const sql = `SELECT * FROM entries WHERE campaign = ? AND hold IS NULL
    AND fact LIKE '{"kind":"separate",%' ORDER BY seq DESC LIMIT 1`;
  const [entry] = yield* select(rows.entryRow, sql, foldCase(campaign));
  if (entry?.fact.kind !== "separate") return null;
  const { by, why } = entry.fact;
  return { at: entry.at, by, why };
}

/** Reads those entries between two numbers in which a person corrects a hold. */
export function* selectCorrections(
  campaign: string,
  from: number,
  upTo: number,
): SqlRoutine<readonly Entry[]> {
  const sql = `SELECT * FROM entries WHERE campaign = ? AND seq > ? AND seq <= ?
    AND hold IS NOT NULL AND fact LIKE '%"person":{"by":%' ORDER BY seq`;
  return yield* select(rows.entryRow, sql, foldCase(campaign), from, upTo);
}

/** Returns whether another hold has this request. */
export function* isRequestTaken(request: string, hold: string): SqlRoutine<boolean> {
  const sql = "SELECT hold AS value FROM holds WHERE request = ? AND hold <> ?";
  return (yield* select(rows.textValue, sql, request, hold)).length > 0;
}

/** Returns whether another hold has taken the purchase of one that claims none, or its line of an approved plan. */
export function* isReplaced(hold: Hold): SqlRoutine<boolean> {
  const { campaign, edition, fingerprint, ordinal, approved } = hold;
  const sql = `SELECT hold AS value FROM holds WHERE campaign = ? AND blocks = 1 AND duplicate = 0
    AND ((edition = ? AND fingerprint = ? AND ordinal = ?) OR (approval = ? AND approved = ?))`;
  const place = [foldCase(campaign), edition, fingerprint, ordinal];
  const line = [approved?.plan ?? null, approved?.line ?? null];
  return (yield* select(rows.textValue, sql, ...place, ...line)).length > 0;
}

export type Identity = Pick<LedgerBook, "id" | "purpose">;

/** Returns null if the ledger has no id. */
export function* readIdentity(): SqlRoutine<Identity | null> {
  const sql = "SELECT value FROM about WHERE name = ?";
  const [id] = yield* select(rows.textValue, sql, "id");
  const [purpose] = yield* select(rows.textValue, sql, "purpose");
  if (id === undefined) return null;
  // Any other text is treated as real.
  return { id, purpose: purpose === "rehearsal" ? "rehearsal" : "real" };
}

export function* selectTerms(name: string): SqlRoutine<Terms | null> {
  return (yield* selectCampaign(name))?.terms ?? null;
}

/** Sums what is spent and held under each of these caps in one statement: a server may be far away. */
export function* selectUsed(
  campaign: string,
  caps: readonly Pick<HeldCap, "counts" | "from">[],
): SqlRoutine<readonly Used[]> {
  if (caps.length === 0) return [];
  const values: Value[] = [];
  const sums = caps.map(({ counts, from }, turn) => {
    const counted = rows.scopeClause(counts);
    const since = from === null ? "" : " AND reserved_at >= ?";
    values.push(foldCase(campaign), ...counted.values, ...(from === null ? [] : [from]));
    return `SELECT ${turn} AS turn, ${rows.sumColumn("spent")} AS spent, ${rows.sumColumn("held")} AS held
      FROM ${counted.from} WHERE campaign = ?${counted.sql}${since}`;
  });
  return yield* select(rows.moneyRow, `${sums.join(" UNION ALL ")} ORDER BY turn`, ...values);
}

export function* selectHoldsOfPurchase(order: Order): SqlRoutine<readonly Hold[]> {
  const { campaign, edition, fingerprint, ordinal } = order;
  const sql = `SELECT e.* FROM holds h JOIN entries e ON e.hold = h.hold
    WHERE h.campaign = ? AND h.edition = ? AND h.fingerprint = ? AND h.ordinal = ? ORDER BY e.seq`;
  const values = [foldCase(campaign), edition, fingerprint, ordinal];
  return [...foldHolds(yield* select(rows.entryRow, sql, ...values)).values()];
}

export function* selectHold(id: string): SqlRoutine<Hold | null> {
  const sql = "SELECT * FROM entries WHERE hold = ? ORDER BY seq";
  return foldHolds(yield* select(rows.entryRow, sql, id)).get(id) ?? null;
}

export function* selectRun(run: string): SqlRoutine<rows.RunRow | undefined> {
  return (yield* select(rows.runRow, "SELECT * FROM runs WHERE run = ?", run))[0];
}

export function* selectOpenRuns(campaign: string): SqlRoutine<readonly rows.RunRow[]> {
  const sql = "SELECT * FROM runs WHERE campaign = ? AND ended IS NULL ORDER BY started_at, rowid";
  return yield* select(rows.runRow, sql, foldCase(campaign));
}

/** Lists the batches of every campaign that have not ended. */
export function* selectOpenBatches(): SqlRoutine<readonly rows.RunRow[]> {
  const sql = "SELECT * FROM runs WHERE batch = 1 AND ended IS NULL ORDER BY started_at, rowid";
  return yield* select(rows.runRow, sql);
}

/** Counts the lines of a campaign, or of one of its models, that are under way. */
export function* countUnderWay(campaign: string, endpoint: string | null): SqlRoutine<number> {
  const sql = "SELECT count(*) AS value FROM holds WHERE campaign = ? AND under_way = 1";
  const [count = 0] =
    endpoint === null
      ? yield* select(rows.intValue, sql, foldCase(campaign))
      : yield* select(rows.intValue, `${sql} AND endpoint = ?`, foldCase(campaign), endpoint);
  return count;
}

export function* select<Row>(
  schema: z.ZodType<Row>,
  sql: string,
  ...values: readonly Value[]
): SqlRoutine<Row[]> {
  const found = yield* query(sql, ...values);
  try {
    return found.map((row) => schema.parse(row));
  } catch (cause) {
    // Something else has written into the ledger, or its disk has lost a part.
    if (READ_ERRORS.some((kind) => cause instanceof kind) && cause instanceof Error) {
      throw new LedgerFault("damaged", `it contains what no ledger contains: ${cause.message}`);
    }
    throw cause;
  }
}
