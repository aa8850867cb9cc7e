import { limitOf } from "../../budget/caps.ts";
import { type Overage, type Terms, writtenTerms } from "../../budget/terms.ts";
import type { Approval, ApprovedLine } from "../approval.ts";
import type { Entry, Person } from "../entry.ts";
import { LedgerFault } from "../fault.ts";
import { fold } from "../hold.ts";
import type { Ledger, Purpose, RunStart, Surroundings } from "../ledger.ts";
import * as approvals from "./approvals.ts";
import { type Database, run as execute, type Telling } from "./database.ts";
import { write } from "./entries.ts";
import * as holds from "./holds.ts";
import * as moves from "./moves.ts";
import * as occurrences from "./occurrences.ts";
import { FollowedPositions } from "./positions.ts";
import * as reads from "./reads.ts";
import * as runs from "./runs.ts";

/** What a ledger says of itself, written in the transaction that makes it. */
export function* writeIdentity(id: string, purpose: Purpose): Telling<void> {
  yield* execute("INSERT INTO about (name, value) VALUES ('id', ?), ('purpose', ?)", id, purpose);
  yield* write({ kind: "purpose", purpose }, {});
}

/**
 * The ledger in a database that has its tables: one body of SQL, whichever database it is. `name` is the database's,
 * for messages.
 */
export async function sqlLedger(
  database: Database,
  around: Surroundings,
  name: string,
): Promise<Ledger> {
  const { locks, newId, owner } = around;
  const reading =
    <Of extends readonly unknown[], Result>(routine: (...of: Of) => Telling<Result>) =>
    async (...of: Of): Promise<Result> =>
      await database.reading(() => routine(...of));
  const writing =
    <Of extends readonly unknown[], Result>(routine: (...of: Of) => Telling<Result>) =>
    async (...of: Of): Promise<Result> =>
      await database.transaction(() => routine(...of));

  const identity = await identityOf(database, name);
  const last = reading(reads.last);
  const entries = async (campaign: string | null, after = 0): Promise<readonly Entry[]> =>
    await entriesUpTo(database, (await last()).seq, campaign, after);
  const follow: Ledger["follow"] = (campaign) => {
    const followed = new FollowedPositions(database, campaign);
    return async () => await followed.now();
  };

  /** Starts a run of this process, which holds its lock from before anyone can ask whether it lives. */
  const begin = async <Answer>(
    start: (run: string) => Telling<Answer>,
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
    campaigns: reading(reads.campaigns),
    terms: reading(reads.terms),
    overages: reading(approvals.overages),
    approvals: reading(approvals.standing),
    positions: async (campaign) => await follow(campaign)(),
    follow,
    holds: async (campaign) => [...fold(await entries(campaign)).values()],
    hold: reading(reads.hold),
    durations: reading(reads.durations),
    billedJobs: reading(reads.billedJobs),
    openRuns: reading((campaign: string) => runs.openRuns(campaign, around)),
    everything: async () => {
      // What is kept changes, so it is read as of one moment, which keeps writers waiting for longer than other
      // readers do; entries stay as they are, so those up to that moment can be read afterwards.
      const { upTo, kept } = await database.reading(function* () {
        return { upTo: (yield* reads.last()).seq, kept: yield* reads.kept() };
      });
      const { purpose } = identity;
      return {
        entries: await entriesUpTo(database, upTo, null, 0),
        kept: { purpose, ...kept },
      };
    },
    lastEntry: reading(reads.lastEntry),
    hasEntry: async ({ seq, at }) => (await reading(reads.timeOfEntry)(seq)) === at,
    entries,
    batches: reading(runs.batches),
    endOf: reading(runs.endOf),
    moves: reading(moves.movesOf),
    separation: reading(reads.separation),
    said: async (campaign) => {
      const { seq } = await last();
      return await inPieces(database, 0, seq, function* (from) {
        const upTo = from + SEARCHED_AT_ONCE;
        return { rows: yield* reads.said(campaign, from, upTo), upTo };
      });
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
        await database.transaction(() => runs.endRun(run, reason ?? null));
      } catch (cause) {
        // Its file tells the next one to come by that the run is over.
        locks.drop(run);
        throw cause;
      }
      locks.remove(run);
    },
    buryDead: async (campaign) => {
      const dead = await database.transaction(() => runs.buryDead(campaign, around));
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
      // Mostly it is kept to them already, and asking is cheaper than writing.
      (await database.reading(() => occurrences.scheduleState(campaign, schedule, now, around))) ??
      (await database.transaction(() =>
        occurrences.keepSchedule(campaign, schedule, since, now, around),
      )),
    holdSchedule: async (campaign, schedule, keepsOn) =>
      await database.transaction(() =>
        occurrences.holdSchedule(campaign, schedule, keepsOn, around),
      ),
    leaveSchedule: async (campaign) =>
      await database.transaction(() => occurrences.leaveSchedule(campaign, owner)),
    startOccurrence: async (start) => {
      const { run, answer } = await begin((id) => occurrences.startOccurrence(id, start, around));
      if (answer.is !== "started") locks.remove(run);
      else if (answer.before !== null) locks.remove(answer.before);
      return answer;
    },
    skipOccurrences: writing(occurrences.skipOccurrences),
    endOccurrence: writing(occurrences.endOccurrence),
    seal: writing(moves.seal),
    receive: writing(moves.receive),
    close: () => {
      locks.close();
      database.close();
    },
  };
}

async function identityOf(database: Database, name: string): Promise<reads.Identity> {
  try {
    const identity = await database.reading(reads.identity);
    if (identity === null) throw new LedgerFault("damaged", `${name} has no id`);
    return identity;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

async function entriesUpTo(
  database: Database,
  last: number,
  campaign: string | null,
  after: number,
): Promise<readonly Entry[]> {
  const { piece } = database;
  return await inPieces(database, after, last, function* (from) {
    const rows = yield* reads.entries(campaign, from, last, piece);
    return { rows, upTo: rows.length < piece ? last : (rows.at(-1)?.seq ?? last) };
  });
}

// Few milliseconds: what is searched through is not read.
const SEARCHED_AT_ONCE = 5_000;

/** What stands up to the last entry, in pieces: whoever reads a file keeps those who write from committing. */
async function inPieces<Row>(
  database: Database,
  after: number,
  last: number,
  read: (from: number) => Telling<{ readonly rows: readonly Row[]; readonly upTo: number }>,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  for (let from = after; from < last;) {
    const { rows, upTo } = await database.reading(() => read(from));
    for (const row of rows) all.push(row);
    from = upTo;
  }
  return all;
}

function* agree(campaign: string, terms: Terms, basedOn?: Terms | null): Telling<boolean> {
  const before = yield* reads.writtenTerms(campaign);
  const expected = basedOn && JSON.stringify(writtenTerms(basedOn));
  if (before === JSON.stringify(writtenTerms(terms))) return true;
  if (basedOn !== undefined && expected !== before) return false;
  yield* runs.knownCampaign(campaign);
  yield* write({ kind: "terms", terms: writtenTerms(terms) }, { campaign });
  return true;
}

function* approve(
  campaign: string,
  approval: Approval,
  lines: readonly ApprovedLine[],
): Telling<void> {
  yield* runs.knownCampaign(campaign);
  yield* write({ kind: "approved", ...approval, lines: [...lines] }, { campaign });
}

function* addOverage(campaign: string, overage: Omit<Overage, "at">): Telling<boolean> {
  const terms = yield* reads.terms(campaign);
  if (terms === null || limitOf(terms.caps, overage.cap, overage.of) === null) return false;
  yield* write({ kind: "overage", ...overage }, { campaign });
  return true;
}

function* separate(campaign: string, { by, why }: Person): Telling<void> {
  yield* runs.knownCampaign(campaign);
  yield* write({ kind: "separate", by, why }, { campaign });
}
