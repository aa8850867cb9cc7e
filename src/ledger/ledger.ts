import type { Overage } from "../budget/overage.ts";
import type { Terms } from "../budget/terms.ts";
import type { MicroUsd } from "../money/usd.ts";
import type { Approval, Approved, ApprovedAs, ApprovedLine, StandingApproval } from "./approval.ts";
import type { Entry, Order, RunLimit, Step } from "./entry.ts";
import type { PassedCap } from "./held-caps.ts";
import type { Hold, HoldState } from "./hold.ts";

/** Whether money is behind it. A ledger is for one of them, and stays so. */
export type Purpose = "real" | "rehearsal";

/** One invocation that buys. */
export interface RunStart {
  readonly campaign: string;
  /** What `per_run` and the limits count: null for the run itself, or the saved plan it resumes. */
  readonly account: string | null;
  readonly limits: readonly RunLimit[];
  /** The SHA-256 of the approved plan that every purchase has to be in, or any; null where none is needed. */
  readonly approval?: string | null;
}

export type Reservation =
  | { readonly is: "held"; readonly hold: Hold }
  /** Its purchase has a hold that stands: bought, under way, or not known. */
  | { readonly is: "taken"; readonly hold: Hold }
  | { readonly is: "over"; readonly passed: readonly [PassedCap, ...PassedCap[]] }
  /** An approval is needed, and none stands behind it. */
  | Extract<Approved, { readonly is: "unapproved" }>
  /** As many holds of this run as a purchase may have. */
  | { readonly is: "tried-enough" }
  /** The run has ended, or was taken for dead. */
  | { readonly is: "run-over" };

export type Advance =
  | { readonly is: "done"; readonly hold: Hold }
  /** Another process was there first; the hold as it stands. */
  | { readonly is: "late"; readonly hold: Hold };

/** A hold in short, without what was sent: there may be a hundred thousand. */
export interface Position {
  readonly id: string;
  readonly run: string;
  readonly fingerprint: string;
  readonly ordinal: number;
  readonly edition: string;
  readonly key: string;
  readonly shot: string;
  readonly scene: string | null;
  readonly endpoint: string;
  readonly reservedAt: number;
  readonly state: HoldState;
  readonly charge: Hold["charge"];
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

/** What was promised and paid, for reading. */
export interface LedgerBook {
  readonly id: string;
  purpose(): Promise<Purpose | null>;
  campaigns(): Promise<readonly string[]>;
  /** What a campaign was last run with; null for one that never was. */
  terms(campaign: string): Promise<Terms | null>;
  /** What was added to its caps, in order. */
  overages(campaign: string): Promise<readonly Overage[]>;
  /** Its approved plans, newest first. */
  approvals(campaign: string): Promise<readonly StandingApproval[]>;
  /** Every hold of a campaign in short, oldest first. */
  positions(campaign: string): Promise<readonly Position[]>;
  /** Every hold of a campaign, whole, oldest first. */
  holds(campaign: string): Promise<readonly Hold[]>;
  hold(id: string): Promise<Hold | null>;
  /** How long the newest jobs of this kind took from submitted to settled, in milliseconds. */
  durations(endpoint: string, seconds: number): Promise<readonly number[]>;
  /** Runs that have not ended, and whether their process still lives. */
  openRuns(campaign: string): Promise<readonly OpenRun[]>;
  /** Every entry, and all that is kept beside them, as of one moment. */
  everything(): Promise<Everything>;
  /** Every entry, or a campaign's, in order. */
  entries(campaign: string | null): Promise<readonly Entry[]>;
  close(): void;
}

export interface Everything {
  readonly entries: readonly Entry[];
  readonly kept: Kept;
}

/** What a database keeps beside the entries, each of which has to follow from them. Campaigns are folded. */
export interface Kept {
  readonly holds: readonly KeptHold[];
  readonly campaigns: readonly { readonly campaign: string; readonly terms: Terms | null }[];
  readonly approvals: readonly KeptApproval[];
  readonly overages: readonly (Overage & { readonly campaign: string })[];
  readonly runs: readonly KeptRun[];
}

export interface KeptApproval extends Approval {
  readonly campaign: string;
  readonly at: number;
  readonly lines: readonly ApprovedLine[];
}

export interface KeptRun {
  readonly id: string;
  readonly campaign: string;
  readonly account: string;
  readonly approval: string | null;
  readonly limits: readonly RunLimit[];
  readonly owner: string;
  readonly ended: string | null;
}

/** All that is kept of a hold beside its entries, so that a cap is one sum. */
export interface KeptHold extends Position {
  /** Folded, as is the shot. */
  readonly campaign: string;
  readonly account: string;
  readonly approved: ApprovedAs | null;
  readonly seconds: number;
  readonly excess: MicroUsd;
  readonly request: string | null;
  readonly submittedAt: number | null;
  readonly endedAt: number | null;
  readonly blocks: boolean;
}

export interface OpenRun {
  readonly id: string;
  readonly owner: string;
  readonly startedAt: number;
  readonly alive: boolean;
}

/**
 * What was promised and paid. Every verb is one transaction, durable when its promise resolves; each works
 * between processes. Throws a `LedgerFault` where the ledger itself cannot be written or read.
 */
export interface Ledger extends LedgerBook {
  /** Says what the ledger is for; false where it is for the other. */
  claim(purpose: Purpose): Promise<boolean>;
  /**
   * What the campaign is held to from now on, every process of it. Where `basedOn` says what it was held to
   * before, false when that is so no longer: someone else has agreed to something in between.
   */
  agree(campaign: string, terms: Terms, basedOn?: Terms | null): Promise<boolean>;
  /** Writes down that someone approves a plan; in place of what was said of the same plan before. */
  approve(campaign: string, approval: Approval, lines: readonly ApprovedLine[]): Promise<void>;
  /** Adds to a cap; false where the campaign has no such cap. */
  addOverage(campaign: string, overage: Omit<Overage, "at">): Promise<boolean>;
  /** Resolves to the run's id. */
  startRun(run: RunStart): Promise<string>;
  /** Says that a run lives; false where another has taken it for dead, and it may start nothing more. */
  keepAlive(run: string): Promise<boolean>;
  endRun(run: string): Promise<void>;
  /** Ends the runs of a campaign whose process is gone: reserved is released, sending becomes unknown. */
  buryDead(campaign: string): Promise<readonly Hold[]>;
  /** In one transaction: the purchase is free, every cap has room, the hold is written. */
  reserve(run: string, order: Order): Promise<Reservation>;
  /** Takes a hold one step on, if that step can be taken from where it stands now. */
  advance(hold: string, step: Step): Promise<Advance>;
}

/** As many holds as a run may have for one purchase: the first, and two after definite, uncharged ends. */
export const MOST_TRIES = 3;

export type LedgerTrouble =
  | "missing"
  | "there-already"
  | "not-a-ledger"
  | "newer"
  | "locked"
  | "full"
  | "denied"
  | "damaged"
  | "failed";

/** The ledger could not be opened, read or written. Nothing was changed. */
export class LedgerFault extends Error {
  readonly trouble: LedgerTrouble;

  constructor(trouble: LedgerTrouble, message: string) {
    super(message);
    this.name = "LedgerFault";
    this.trouble = trouble;
  }
}

/** What a ledger needs of the world around it. */
export interface Surroundings {
  /** Milliseconds UTC. */
  now(): number;
  newId(): string;
  /** Names this process, so that another on this machine can tell whether it lives. */
  readonly owner: string;
  /** Whether the process of that name lives; null where that cannot be told from here. */
  lives(owner: string): boolean | null;
}
