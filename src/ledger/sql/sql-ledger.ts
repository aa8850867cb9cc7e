import { findLimit } from "../../budget/caps.ts";
import { type Overage, type Terms, writeTerms } from "../../budget/terms.ts";
import type { Approval, ApprovedLine, Entry, Person } from "../entry.ts";
import { LedgerFault } from "../fault.ts";
import { foldHolds } from "../hold.ts";
import type { Ledger, Purpose, RunStart, LedgerEnvironment } from "../ledger.ts";
import * as approvals from "./approvals.ts";
import { type Database, execute, type SqlRoutine } from "./database.ts";
import { writeEntry } from "./entries.ts";
import * as holds from "./holds.ts";
import * as moves from "./moves.ts";
import * as occurrences from "./occurrences.ts";
import { FollowedPositions } from "./positions.ts";
import * as reads from "./reads.ts";
import * as runs from "./runs.ts";

// A ledger in a database. Routines (reads.ts, holds.ts, runs.ts, occurrences.ts, approvals.ts, moves.ts) yield SQL that
// both databases understand; sqlite.ts and postgres-database.ts run them in transactions; entries.ts writes an entry
// and the rows that follow from it; tables.ts has the tables and their migrations.

/** Writes the id and purpose of a ledger, in the transaction that creates it. */
export function* writeIdentity(id: string, purpose: Purpose): SqlRoutine<void> {
  yield* execute("INSERT INTO about (name, value) VALUES ('id', ?), ('purpose', ?)", id, purpose);
  yield* writeEntry({ kind: "purpose", purpose }, {});
}

/**
 * Opens the ledger in a database that has its tables, with the same SQL for every database. `name` is the database's,
 * for messages.
 */
export async function openSqlLedger(
  database: Database,
  environment: LedgerEnvironment,
  name: string,
): Promise<Ledger> {
  const { locks, newId, owner } = environment;
  const reading =
    <Of extends readonly unknown[], Result>(routine: (...of: Of) => SqlRoutine<Result>) =>
    async (...of: Of): Promise<Result> =>
      await database.reading(() => routine(...of));
  const writing =
    <Of extends readonly unknown[], Result>(routine: (...of: Of) => SqlRoutine<Result>) =>
    async (...of: Of): Promise<Result> =>
      await database.transaction(() => routine(...of));

  const identity = await requireIdentity(database, name);
  const entries = async (campaign: string | null, after?: number): Promise<readonly Entry[]> =>
    await readEntries(database, campaign, after);
  const follow: Ledger["follow"] = (campaign) => {
    const followed = new FollowedPositions(database, campaign);
    return async () => await followed.now();
  };

  /** Starts a run of this process. It has its lock before anyone can check whether it lives. */
  const begin = async <Answer>(
    start: (run: string) => SqlRoutine<Answer>,
  ): Promise<{ readonly run: string; readonly answer: Answer }> => {
    const run = newId();
    locks.take(run);
    try {
      return { run, answer: await database.transaction(() => start(run)) };
    } catch (cause) {
      locks.remove(run);
      throw cause;
    }
  };

  return {
    ...identity,
    campaigns: reading(reads.selectCampaigns),
    terms: reading(reads.selectTerms),
    overages: reading(approvals.selectOverages),
    approvals: reading(approvals.selectApprovals),
    positions: async (campaign) => await follow(campaign)(),
    follow,
    holds: async (campaign) => [...foldHolds(await entries(campaign)).values()],
    hold: reading(reads.selectHold),
    durations: reading(reads.selectDurations),
    billedJobs: reading(reads.selectBilledJobs),
    openRuns: reading((campaign: string) => runs.listOpenRuns(campaign, environment)),
    everything: async () => {
      // The tables change, so they are read as of one moment, which keeps writers waiting longer than other reads do;
      // entries never change, so those up to that moment can be read afterwards.
      const { upTo, kept } = await database.reading(function* () {
        return { upTo: (yield* reads.readLast()).seq, kept: yield* reads.selectTables() };
      });
      const { purpose } = identity;
      return { entries: await readEntries(database, null, 0, upTo), kept: { purpose, ...kept } };
    },
    lastEntry: reading(reads.readLastEntry),
    hasEntry: async ({ seq, at }) => (await reading(reads.readTimeOfEntry)(seq)) === at,
    entries,
    batches: reading(runs.listBatches),
    runEnd: reading(runs.readEnd),
    moves: reading(moves.readMoves),
    separation: reading(reads.selectSeparation),
    corrections: async (campaign) => {
      const found: Entry[] = [];
      const { seq } = await reading(reads.readLast)();
      for (let from = 0; from < seq; from += SEARCHED_AT_ONCE) {
        found.push(
          ...(await reading(reads.selectCorrections)(campaign, from, from + SEARCHED_AT_ONCE)),
        );
      }
      return found;
    },

    agree: writing(agree),
    approve: writing(approve),
    addOverage: writing(addOverage),
    separate: writing(separate),
    startRun: async (start: RunStart) => {
      if (start.batch !== true) return (await begin((run) => runs.startRun(run, owner, start))).run;
      const batch = newId();
      await database.transaction(() => runs.startRun(batch, owner, start));
      return batch;
    },
    keepAlive: writing(runs.keepAlive),
    joinBatch: async (batch) => {
      const { run, answer } = await begin((id) => runs.joinBatch(id, owner, batch));
      if (!answer) locks.remove(run);
      return answer ? run : null;
    },
    endRun: async (run, reason) => {
      try {
        await database.transaction(() => runs.endRun(run, "ended", reason));
      } catch (cause) {
        // The lock file that stays tells others that the run is over.
        locks.drop(run);
        throw cause;
      }
      locks.remove(run);
    },
    reclaimDeadRuns: async (campaign) => {
      const dead = await database.transaction(() => runs.reclaimDeadRuns(campaign, environment));
      for (const run of dead.runs) locks.remove(run);
      return dead.holds;
    },
    reserve: async (run, order) => {
      const id = newId();
      return await database.transaction(() => holds.reserve(run, order, id));
    },
    advance: async (hold, step) =>
      await database.transaction(() => holds.advance(hold, step, identity.purpose)),
    keepSchedule: async (campaign, schedule, since, now = Number.MAX_SAFE_INTEGER) =>
      // Usually the campaign follows it already, and reading is cheaper than writing.
      (await database.reading(() =>
        occurrences.readScheduleState(campaign, schedule, now, environment),
      )) ??
      (await database.transaction(() =>
        occurrences.keepSchedule(campaign, schedule, since, now, environment),
      )),
    holdSchedule: async (campaign, schedule, keepsOn) =>
      await database.transaction(() =>
        occurrences.holdSchedule(campaign, schedule, keepsOn, environment),
      ),
    leaveSchedule: async (campaign) =>
      await database.transaction(() => occurrences.leaveSchedule(campaign, owner)),
    startOccurrence: async (start) => {
      const { run, answer } = await begin((id) =>
        occurrences.startOccurrence(id, start, environment),
      );
      if (answer.is !== "started") locks.remove(run);
      else if (answer.before !== null) locks.remove(answer.before);
      return answer;
    },
    skipOccurrences: writing(occurrences.skipOccurrences),
    endOccurrence: writing(occurrences.endOccurrence),
    seal: writing(moves.sealCampaign),
    receive: writing(moves.receiveCampaign),
    close: () => {
      locks.close();
      database.close();
    },
  };
}

async function requireIdentity(database: Database, name: string): Promise<reads.Identity> {
  try {
    const identity = await database.reading(reads.readIdentity);
    if (identity === null) throw new LedgerFault("damaged", `${name} has no id`);
    return identity;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

// Takes few milliseconds, for most of these entries are not parsed.
const SEARCHED_AT_ONCE = 5_000;

/** Reads entries in pieces: a reader of a file keeps writers from committing. */
async function readEntries(
  database: Database,
  campaign: string | null,
  after = 0,
  upTo = Number.MAX_SAFE_INTEGER,
): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for (let from = after; ;) {
    const piece = await database.reading(() =>
      reads.selectEntries(campaign, from, upTo, database.piece),
    );
    for (const entry of piece) all.push(entry);
    if (piece.length < database.piece) return all;
    from = piece.at(-1)?.seq ?? from;
  }
}

function* agree(campaign: string, terms: Terms, basedOn?: Terms | null): SqlRoutine<boolean> {
  const before = yield* reads.selectWrittenTerms(campaign);
  const expected = basedOn && JSON.stringify(writeTerms(basedOn));
  if (before === JSON.stringify(writeTerms(terms))) return true;
  if (basedOn !== undefined && expected !== before) return false;
  yield* runs.ensureCampaign(campaign);
  yield* writeEntry({ kind: "terms", terms: writeTerms(terms) }, { campaign });
  return true;
}

function* approve(
  campaign: string,
  approval: Approval,
  lines: readonly ApprovedLine[],
): SqlRoutine<void> {
  yield* runs.ensureCampaign(campaign);
  yield* writeEntry({ kind: "approved", ...approval, lines: [...lines] }, { campaign });
}

function* addOverage(campaign: string, overage: Omit<Overage, "at">): SqlRoutine<boolean> {
  const terms = yield* reads.selectTerms(campaign);
  if (terms === null || findLimit(terms.caps, overage.cap, overage.of) === null) return false;
  yield* writeEntry({ kind: "overage", ...overage }, { campaign });
  return true;
}

function* separate(campaign: string, { by, why }: Person): SqlRoutine<void> {
  yield* runs.ensureCampaign(campaign);
  yield* writeEntry({ kind: "separate", by, why }, { campaign });
}
