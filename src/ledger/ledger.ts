import type { Overage, Terms } from "../budget/terms.ts";
import type { MicroUsd } from "../money.ts";
import type { ApprovalMatch, StandingApproval } from "./approval.ts";
import type {
  Approval,
  ApprovedLine,
  AtOnce,
  EndReason,
  Entry,
  Order,
  Person,
  RunLimit,
  Seal,
  Step,
} from "./entry.ts";
import type { PassedCap } from "./held-caps.ts";
import type { Hold, HoldState } from "./hold.ts";
import type { OccurrenceStart, OccurrenceStarted, Rival, ScheduleState } from "./occurrence.ts";
import type { TableName, TableRow } from "./project.ts";

// The contract of every ledger, which records what is promised and paid before and after each step that costs money.
// A run reserves a hold under every cap (`reserve`), then advances it step by step (`advance`, hold.ts). Each step is
// an entry (entry.ts); project.ts derives the tables beside the entries, and verify.ts checks both. sql/ keeps all of
// it in SQLite or PostgreSQL.

/** Whether purchases are real. It is set when the ledger is created, and never changes. */
export type Purpose = "real" | "rehearsal";

/** One invocation that buys. */
export interface RunStart {
  readonly campaign: string;
  /** What `per_run` and the limits count: null for the run itself, or the saved plan it resumes. */
  readonly account: string | null;
  readonly limits: readonly RunLimit[];
  /** The SHA-256 of the approved plan that every purchase has to be in, or any; null if none is needed. */
  readonly approval?: string | null;
  /** Whether it has no process: others join it to buy its lines, until it is ended. */
  readonly batch?: boolean;
  /** How many lines of the campaign may be under way at once across all machines; null for no limit. */
  readonly atOnce?: AtOnce | null;
}

/** A run without a process, which other runs buy for. */
export interface Batch extends Required<Omit<RunStart, "batch">> {
  readonly id: string;
  readonly account: string;
  readonly startedAt: number;
}

export type Reservation =
  | { readonly is: "held"; readonly hold: Hold }
  /** Its purchase has a hold: bought, under way, or of unknown outcome. */
  | { readonly is: "taken"; readonly hold: Hold }
  | { readonly is: "over"; readonly passed: readonly [PassedCap, ...PassedCap[]] }
  /** An approval is needed, and none covers it. */
  | Extract<ApprovalMatch, { readonly is: "unapproved" }>
  /** As many lines are under way as may be at once: one of them has to end first. */
  | { readonly is: "busy" }
  /** This run has as many holds for the purchase as it may have. */
  | { readonly is: "tried-enough" }
  /** The run or its batch has ended, or the run was taken for dead. */
  | { readonly is: "run-over" };

export type Advance =
  | { readonly is: "done"; readonly hold: Hold }
  /** Another process was first; the hold as it is now. */
  | { readonly is: "late"; readonly hold: Hold }
  /** A person says that it was not charged while a stopped process may still send it: accepted from `from` on. */
  | { readonly is: "early"; readonly hold: Hold; readonly from: number };

/** A hold without what was sent: there may be a hundred thousand. */
export interface HoldSummary {
  readonly id: string;
  readonly run: string;
  readonly fingerprint: string;
  readonly ordinal: number;
  readonly edition: string;
  readonly key: string;
  readonly shot: string;
  readonly scene: string | null;
  /** Each once; null for a hold that an older topsheet wrote. */
  readonly tags: readonly string[] | null;
  readonly endpoint: string;
  readonly reservedAt: number;
  readonly state: HoldState;
  readonly charge: Hold["charge"];
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  readonly duplicate: boolean;
}

/** A ledger for reading: what was promised and paid. */
export interface LedgerBook {
  readonly id: string;
  readonly purpose: Purpose;
  campaigns(): Promise<readonly string[]>;
  /** Returns the terms that a campaign was last run with; null if it was never run. */
  terms(campaign: string): Promise<Terms | null>;
  /** Lists the overages of its caps, in order. */
  overages(campaign: string): Promise<readonly Overage[]>;
  /** Lists its approved plans, newest first. */
  approvals(campaign: string): Promise<readonly StandingApproval[]>;
  /** Lists a summary of every hold of a campaign, oldest first. */
  positions(campaign: string): Promise<readonly HoldSummary[]>;
  /** Returns a function that lists them again: each call reads only what has changed since the one before. */
  follow(campaign: string): () => Promise<readonly HoldSummary[]>;
  /** Lists every hold of a campaign, whole, oldest first. */
  holds(campaign: string): Promise<readonly Hold[]>;
  hold(id: string): Promise<Hold | null>;
  /** Lists how long the newest jobs of this kind took from submission to settlement, in milliseconds. */
  durations(endpoint: string, seconds: number): Promise<readonly number[]>;
  /** Lists the newest settled jobs of this kind in any campaign: what was sent, and what their bills say. */
  billedJobs(endpoint: string, seconds: number): Promise<readonly BilledJob[]>;
  /** Lists runs that have not ended, and whether their process still lives. */
  openRuns(campaign: string): Promise<readonly OpenRun[]>;
  /** Returns every entry and every row of the tables beside them, as of one moment. */
  everything(): Promise<Everything>;
  /** Returns the newest entry; `seq` is 0 if there is none. */
  lastEntry(): Promise<EntryMark>;
  /** Returns whether it has that very entry. A ledger restored from an older copy has none or another in its place. */
  hasEntry(mark: EntryMark): Promise<boolean>;
  /** Lists every entry, or a campaign's, in order, after the entry with number `after`. */
  entries(campaign: string | null, after?: number): Promise<readonly Entry[]>;
  /** Lists batches of every campaign that have not ended, oldest first. */
  batches(): Promise<readonly Batch[]>;
  /** Returns how a run ended; null while it continues. */
  runEnd(run: string): Promise<RunEnd | null>;
  /** Returns where a campaign has moved, and the ids of the ledgers that it was in before. */
  moves(campaign: string): Promise<Moves>;
  /** Returns who last recorded that a campaign is bought here although another ledger has it; null if nobody did. */
  separation(campaign: string): Promise<Separation | null>;
  /** Lists what people have recorded about a campaign's holds, oldest first. */
  corrections(campaign: string): Promise<readonly Entry[]>;
  close(): void;
}

export type BilledJob = Pick<Hold, "input" | "billableUnits">;

/** A record that a campaign is bought under this ledger although another has it. `at` in milliseconds UTC. */
export interface Separation extends Person {
  readonly at: number;
}

/** Names an entry. `at` in milliseconds UTC. */
export type EntryMark = Pick<Entry, "seq" | "at">;

export interface RunEnd {
  readonly how: "ended" | "dead";
  readonly reason: EndReason | null;
}

export interface Moves {
  readonly sealed: Seal | null;
  /** One for each move, oldest first. */
  readonly formerly: readonly string[];
}

/** A campaign as one ledger hands it to another: nearly everything follows from its entries. */
export interface Parcel {
  readonly name: string;
  /** The id of the ledger that it comes from, and of those before that. */
  readonly from: string;
  readonly formerly: readonly string[];
  readonly entries: readonly Entry[];
  /** The holds that an older topsheet wrote: no entry says that their tags are not known. */
  readonly untagged: readonly string[];
}

/** `differs`: it was bought under both ledgers, so neither has all of it. */
export type MoveOutcome = "received" | "there-already" | "differs";

export interface Everything {
  readonly entries: readonly Entry[];
  readonly kept: Kept;
}

/** What a database keeps beside the entries; each row has to follow from them. */
export interface Kept extends Readonly<Record<TableName, readonly TableRow[]>> {
  readonly purpose: Purpose;
}

export interface OpenRun {
  readonly id: string;
  readonly owner: string;
  readonly startedAt: number;
  readonly alive: boolean;
  readonly batch: boolean;
  /** The batch that it buys for. */
  readonly partOf: string | null;
}

/**
 * A ledger for reading and writing. Every method is one transaction, durable when its promise resolves, and safe
 * between processes. Throws a `LedgerFault` if the ledger itself cannot be read or written.
 */
export interface Ledger extends LedgerBook {
  /**
   * Sets the terms that apply to every process of the campaign from now on. Returns false if `basedOn` is given and is
   * no longer in force: someone else has agreed to other terms in between.
   */
  agree(campaign: string, terms: Terms, basedOn?: Terms | null): Promise<boolean>;
  /** Records that a person approves a plan, in place of an earlier approval of the same plan. */
  approve(campaign: string, approval: Approval, lines: readonly ApprovedLine[]): Promise<void>;
  /** Adds to a cap. Returns false if the campaign has no such cap. */
  addOverage(campaign: string, overage: Omit<Overage, "at">): Promise<boolean>;
  /** Records that a campaign is bought here, whatever another ledger has of it. */
  separate(campaign: string, person: Person): Promise<void>;
  /** Resolves to the run's id. */
  startRun(run: RunStart): Promise<string>;
  /** Renews a run's lease. Returns false if another process took it for dead: then it must start nothing more. */
  keepAlive(run: string): Promise<boolean>;
  /** Starts a run that buys for a batch, under the terms the batch was started with. Returns null if the batch has ended. */
  joinBatch(batch: string): Promise<string | null>;
  endRun(run: string, reason?: EndReason): Promise<void>;
  /** Ends the runs of a campaign whose process is gone: reserved holds are released, sending ones become unknown. */
  reclaimDeadRuns(campaign: string): Promise<readonly Hold[]>;
  /** In one transaction, checks that the purchase is free and every cap has room, and writes the hold. */
  reserve(run: string, order: Order): Promise<Reservation>;
  /**
   * Returns the state of a campaign's schedule. A schedule that the ledger does not know counts from `since` on
   * (milliseconds UTC); `schedule` is only compared. An occurrence after `now` does not count as the newest.
   */
  keepSchedule(
    campaign: string,
    schedule: string,
    since: number,
    now?: number,
  ): Promise<ScheduleState>;
  /**
   * Takes, or renews, this process's place among the schedulers of a campaign, if it `keepsOn`. Resolves to a living
   * scheduler that follows another schedule, if there is one: then this process has no place.
   */
  holdSchedule(campaign: string, schedule: string, keepsOn: boolean): Promise<Rival | null>;
  /** Gives up that place. */
  leaveSchedule(campaign: string): Promise<void>;
  /**
   * In one transaction, checks that no other occurrence of the campaign is open and this one had no turn yet, claims it
   * and starts its run. One whose run died or was ended in the middle gets another run under the same account.
   */
  startOccurrence(start: OccurrenceStart): Promise<OccurrenceStarted>;
  /** Records that occurrences were missed. Resolves to how many of them had no turn before. */
  skipOccurrences(campaign: string, instants: readonly number[]): Promise<number>;
  /** Records that an occurrence is over and will not be resumed. */
  endOccurrence(campaign: string, instant: number): Promise<void>;
  /** Advances a hold by one step, if its present state allows the step. */
  advance(hold: string, step: Step): Promise<Advance>;
  /** Records where a campaign has moved: nothing is written about it here afterwards. Returns false while a run is open. */
  seal(campaign: string, seal: Seal): Promise<boolean>;
  /** Receives a campaign from another ledger, entry by entry; also one that was sealed here and returns. */
  receive(parcel: Parcel): Promise<MoveOutcome>;
}

/** How many holds a run may have for one purchase: the first, and two after definite, uncharged ends. */
export const MOST_TRIES = 3;

/** What a ledger needs from outside: a clock, ids, this process's name, and locks. */
export interface LedgerEnvironment {
  /**
   * Milliseconds UTC; null for the ledger's own clock. On a server that is the server's, for machines that share a
   * ledger have to agree on what day it is.
   */
  readonly now: (() => number) | null;
  readonly newId: () => string;
  /** Names this process for people. */
  readonly owner: string;
  readonly locks: RunLocks;
  /** Called if opening a ledger has migrated it from an older topsheet. */
  readonly onMigrated?: () => void;
}

/** Tells which runs live, as far as this machine can know: each holds a lock for as long as its process lives. */
export interface RunLocks {
  /** Called before the run is in the ledger. A run whose lock cannot be taken has only its lease. */
  take(run: string): void;
  /** Releases the lock of a run of this process; its file stays, and proves that the run is over. */
  drop(run: string): void;
  /** Removes what is left of the lock of a run that has ended. */
  remove(run: string): void;
  /** Returns whether its process lives; null if this machine cannot know: then its lease decides. */
  lives(run: string): boolean | null;
  /** Releases every lock of this ledger. */
  close(): void;
}

/** For a ledger on a server: machines do not see each other's locks, so each run has only its lease. */
export const NO_LOCKS: RunLocks = {
  take: () => undefined,
  drop: () => undefined,
  remove: () => undefined,
  lives: () => null,
  close: () => undefined,
};
