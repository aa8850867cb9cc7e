import { limitOf } from "../../budget/caps.ts";
import { type Overage, type Terms, writtenTerms } from "../../budget/terms.ts";
import type { Approval, ApprovedLine, StandingApproval } from "../approval.ts";
import type { EndReason, Entry, Order, Person, Seal, Step } from "../entry.ts";
import { fold, type Hold } from "../hold.ts";
import {
  type Advance,
  type Batch,
  type BilledJob,
  type EntryMark,
  type Everything,
  type Kept,
  type Ledger,
  type Moves,
  type OpenRun,
  type Parcel,
  type Position,
  type Purpose,
  type Received,
  type Reservation,
  type RunEnd,
  type RunStart,
  type Separation,
  type Surroundings,
} from "../ledger.ts";
import { LedgerFault } from "../fault.ts";
import type { OccurrenceStart, OccurrenceStarted, Rival, ScheduleState } from "../occurrence.ts";
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

// Few milliseconds: what is searched through is not read.
const SEARCHED_AT_ONCE = 5_000;

/** A ledger in a database: one body of SQL, whichever database it is. */
export class SqlLedger implements Ledger {
  readonly id: string;
  readonly purpose: Purpose;
  readonly #database: Database;
  readonly #around: Surroundings;

  private constructor(database: Database, around: Surroundings, identity: reads.Identity) {
    this.#database = database;
    this.#around = around;
    this.id = identity.id;
    this.purpose = identity.purpose;
  }

  /** The ledger in a database that has its tables. `name` is the database's, for complaints. */
  static async in(database: Database, around: Surroundings, name: string): Promise<SqlLedger> {
    try {
      const identity = await database.reading(() => reads.identity());
      if (identity === null) throw new LedgerFault("damaged", `${name} has no id`);
      return new SqlLedger(database, around, identity);
    } catch (cause) {
      database.close();
      throw cause;
    }
  }

  async campaigns(): Promise<readonly string[]> {
    return await this.#database.reading(() => reads.campaigns());
  }

  async terms(campaign: string): Promise<Terms | null> {
    return await this.#database.reading(() => reads.terms(campaign));
  }

  async agree(campaign: string, terms: Terms, basedOn?: Terms | null): Promise<boolean> {
    return await this.#database.transaction(function* (): Telling<boolean> {
      const written = JSON.stringify(writtenTerms(terms));
      const before = yield* reads.writtenTerms(campaign);
      const expected = basedOn && JSON.stringify(writtenTerms(basedOn));
      if (before === written) return true;
      if (basedOn !== undefined && expected !== before) return false;
      yield* runs.knownCampaign(campaign);
      yield* write({ kind: "terms", terms: writtenTerms(terms) }, { campaign });
      return true;
    });
  }

  async everything(): Promise<Everything> {
    // What is kept changes, so it is read as of one moment, which keeps writers waiting for longer than other readers
    // do; entries stay as they are, so those up to that moment can be read afterwards.
    const { purpose } = this;
    const { last, kept } = await this.#database.reading(function* (): Telling<{
      readonly last: number;
      readonly kept: Kept;
    }> {
      return {
        last: (yield* reads.last()).seq,
        kept: {
          purpose,
          ...(yield* reads.kept()),
        },
      };
    });
    return { entries: await this.#entriesUpTo(last, null, 0), kept };
  }

  async positions(campaign: string): Promise<readonly Position[]> {
    return await this.follow(campaign)();
  }

  follow(campaign: string): () => Promise<readonly Position[]> {
    const followed = new FollowedPositions(this.#database, campaign);
    return async () => await followed.now();
  }

  async holds(campaign: string): Promise<readonly Hold[]> {
    return [...fold(await this.entries(campaign)).values()];
  }

  async hold(id: string): Promise<Hold | null> {
    return await this.#database.reading(() => reads.hold(id));
  }

  async durations(endpoint: string, seconds: number): Promise<readonly number[]> {
    return await this.#database.reading(() => reads.durations(endpoint, seconds));
  }

  async billedJobs(endpoint: string, seconds: number): Promise<readonly BilledJob[]> {
    return await this.#database.reading(() => reads.billedJobs(endpoint, seconds));
  }

  async openRuns(campaign: string): Promise<readonly OpenRun[]> {
    return await this.#database.reading(() => runs.openRuns(campaign, this.#around));
  }

  async batches(): Promise<readonly Batch[]> {
    return await this.#database.reading(() => runs.batches());
  }

  async endOf(run: string): Promise<RunEnd | null> {
    return await this.#database.reading(() => runs.endOf(run));
  }

  async lastEntry(): Promise<EntryMark> {
    return await this.#database.reading(() => reads.lastEntry());
  }

  async hasEntry({ seq, at }: EntryMark): Promise<boolean> {
    return (await this.#database.reading(() => reads.timeOfEntry(seq))) === at;
  }

  async entries(campaign: string | null, after = 0): Promise<readonly Entry[]> {
    const { seq } = await this.#database.reading(() => reads.last());
    return await this.#entriesUpTo(seq, campaign, after);
  }

  /** In pieces: whoever reads a file keeps those who write from committing. */
  async #entriesUpTo(
    last: number,
    campaign: string | null,
    after: number,
  ): Promise<readonly Entry[]> {
    const { piece } = this.#database;
    const all: Entry[] = [];
    for (let from = after; ;) {
      const some = await this.#database.reading(() => reads.entries(campaign, from, last, piece));
      for (const entry of some) all.push(entry);
      if (some.length < piece) return all;
      from = some.at(-1)?.seq ?? last;
    }
  }

  async overages(campaign: string): Promise<readonly Overage[]> {
    return await this.#database.reading(() => approvals.overages(campaign));
  }

  async approvals(campaign: string): Promise<readonly StandingApproval[]> {
    return await this.#database.reading(() => approvals.standing(campaign));
  }

  async moves(campaign: string): Promise<Moves> {
    return await this.#database.reading(() => moves.movesOf(campaign));
  }

  async separation(campaign: string): Promise<Separation | null> {
    return await this.#database.reading(() => reads.separation(campaign));
  }

  async said(campaign: string): Promise<readonly Entry[]> {
    const { seq } = await this.#database.reading(() => reads.last());
    const all: Entry[] = [];
    // In pieces, as all that goes through every entry.
    for (let from = 0; from < seq; from += SEARCHED_AT_ONCE) {
      const upTo = from + SEARCHED_AT_ONCE;
      all.push(...(await this.#database.reading(() => reads.said(campaign, from, upTo))));
    }
    return all;
  }

  async separate(campaign: string, { by, why }: Person): Promise<void> {
    await this.#database.transaction(function* (): Telling<void> {
      yield* runs.knownCampaign(campaign);
      yield* write({ kind: "separate", by, why }, { campaign });
    });
  }

  async approve(
    campaign: string,
    approval: Approval,
    lines: readonly ApprovedLine[],
  ): Promise<void> {
    await this.#database.transaction(function* (): Telling<void> {
      yield* runs.knownCampaign(campaign);
      yield* write({ kind: "approved", ...approval, lines: [...lines] }, { campaign });
    });
  }

  async addOverage(campaign: string, overage: Omit<Overage, "at">): Promise<boolean> {
    return await this.#database.transaction(function* (): Telling<boolean> {
      const terms = yield* reads.terms(campaign);
      if (terms === null || limitOf(terms.caps, overage.cap, overage.of) === null) return false;
      yield* write({ kind: "overage", ...overage }, { campaign });
      return true;
    });
  }

  async startRun(start: RunStart): Promise<string> {
    const { newId, owner } = this.#around;
    if (start.batch !== true)
      return (await this.#begun((run) => runs.startRun(run, owner, start))).run;
    const batch = newId();
    await this.#database.transaction(() => runs.startRun(batch, owner, start));
    return batch;
  }

  async joinBatch(batch: string): Promise<string | null> {
    const { owner } = this.#around;
    const { run, answer } = await this.#begun((id) => runs.joinBatch(id, owner, batch));
    if (!answer) this.#around.locks.remove(run);
    return answer ? run : null;
  }

  /** Starts a run of this process, which holds its lock from before anyone can ask whether it lives. */
  async #begun<Answer>(
    start: (run: string) => Telling<Answer>,
  ): Promise<{ readonly run: string; readonly answer: Answer }> {
    const { newId, locks } = this.#around;
    const run = newId();
    locks.take(run);
    try {
      return { run, answer: await this.#database.transaction(() => start(run)) };
    } catch (cause) {
      locks.remove(run);
      throw cause;
    }
  }

  async keepAlive(run: string): Promise<boolean> {
    return await this.#database.transaction(() => runs.keepAlive(run));
  }

  async endRun(run: string, reason?: EndReason): Promise<void> {
    const { locks } = this.#around;
    try {
      await this.#database.transaction(() => runs.endRun(run, reason ?? null));
    } catch (cause) {
      // Its file tells the next one to come by that the run is over.
      locks.drop(run);
      throw cause;
    }
    locks.remove(run);
  }

  async buryDead(campaign: string): Promise<readonly Hold[]> {
    const dead = await this.#database.transaction(() => runs.buryDead(campaign, this.#around));
    for (const run of dead.runs) this.#around.locks.remove(run);
    return dead.holds;
  }

  async reserve(run: string, order: Order): Promise<Reservation> {
    const id = this.#around.newId();
    return await this.#database.transaction(() => holds.reserve(run, order, id));
  }

  async advance(hold: string, step: Step): Promise<Advance> {
    return await this.#database.transaction(() => holds.advance(hold, step, this.purpose));
  }

  async keepSchedule(
    campaign: string,
    schedule: string,
    since: number,
    now: number = Number.MAX_SAFE_INTEGER,
  ): Promise<ScheduleState> {
    const around = this.#around;
    // Mostly it is kept to them already, and asking is cheaper than writing.
    const state = await this.#database.reading(() =>
      occurrences.scheduleState(campaign, schedule, now, around),
    );
    if (state !== null) return state;
    return await this.#database.transaction(() =>
      occurrences.keepSchedule(campaign, schedule, since, now, around),
    );
  }

  async holdSchedule(campaign: string, schedule: string, keepsOn: boolean): Promise<Rival | null> {
    return await this.#database.transaction(() =>
      occurrences.holdSchedule(campaign, schedule, keepsOn, this.#around),
    );
  }

  async leaveSchedule(campaign: string): Promise<void> {
    await this.#database.transaction(() => occurrences.leaveSchedule(campaign, this.#around.owner));
  }

  async startOccurrence(start: OccurrenceStart): Promise<OccurrenceStarted> {
    const { locks } = this.#around;
    const { run, answer } = await this.#begun((id) =>
      occurrences.startOccurrence(id, start, this.#around),
    );
    if (answer.is !== "started") locks.remove(run);
    else if (answer.before !== null) locks.remove(answer.before);
    return answer;
  }

  async skipOccurrences(campaign: string, instants: readonly number[]): Promise<number> {
    return await this.#database.transaction(() => occurrences.skipOccurrences(campaign, instants));
  }

  async endOccurrence(campaign: string, instant: number): Promise<void> {
    await this.#database.transaction(() => occurrences.endOccurrence(campaign, instant));
  }

  async seal(campaign: string, seal: Seal): Promise<boolean> {
    return await this.#database.transaction(() => moves.seal(campaign, seal));
  }

  async receive(parcel: Parcel): Promise<Received> {
    return await this.#database.transaction(() => moves.receive(parcel));
  }

  close(): void {
    this.#around.locks.close();
    this.#database.close();
  }
}
