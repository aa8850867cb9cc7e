import type { Step } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { type Advance, type Ledger } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { LineIdentity, RunEvent } from "./events.ts";
import type { Clock, Store } from "./ports.ts";
import type { Vendor } from "./vendor.ts";

/**
 * Why a run starts nothing more. It still waits for what is in flight. `queue`: a job on the queue is not what was put
 * there.
 */
export type Halt =
  | "cap"
  | "breaker"
  | "approval"
  | "interrupted"
  | "vendor"
  | "ledger"
  | "taken-for-dead"
  | "queue";

/** A run's lease, as this process knows it. */
export interface Lease {
  /** Whether enough of it remains to send an order. */
  readonly holds: boolean;
  /** Returns false if another run has taken this one for dead. */
  renew(): Promise<boolean>;
}

/** What a run needs of the world. */
export interface RunPorts {
  readonly ledger: Ledger;
  readonly vendor: Vendor;
  readonly store: Store;
  readonly clock: Clock;
  readonly tell: (event: RunEvent) => void;
  /** Aborted, the run starts nothing more and waits for what is in flight. */
  readonly stop: AbortSignal;
  /** Aborted, the run does not wait either: jobs continue at the vendor, and their ids are in the ledger. */
  readonly leave: AbortSignal;
}

/** When a run starts nothing more, and how long it waits. */
export interface RunRules {
  /** Whether a line that does not fit under a cap ends the run, or only itself. */
  readonly stopsAtCap: boolean;
  /** After so many lines in a row that failed nothing more is started; null for never. */
  readonly mostFailures: number | null;
  /** Milliseconds that a line is waited for after it was submitted. */
  readonly patience: number;
}

/** What the lines of one run share. */
export interface Work extends RunPorts, RunRules {
  readonly run: string;
  readonly lease: Lease;
  readonly traffic: Traffic;
  /** Orders in a row whose outcome is unknown. */
  unknowns: number;
  /** Lines in a row that failed. */
  failures: number;
  /** Models whose bills state units of unknown price. */
  readonly unchecked: Set<string>;
  /** Keys of lines whose bill is not as it should be. */
  readonly misbilled: Set<string>;
  readonly halted: () => Halt | null;
  /** Whether an order that was reserved before the halt is still sent: those before the one that did not fit are. */
  readonly sendsAdmitted: (turn: number) => boolean;
  /** `at`: the turn of the order that did not fit; without one, nothing more is sent at all. */
  readonly halt: (halt: Halt, why: string, at?: number) => void;
}

export function identifyLine({ key, id, cost }: Pick<Hold, "key" | "id" | "cost">): LineIdentity {
  return { key, hold: id, cost };
}

/** Returns what a ledger answers, or `otherwise` if it is in trouble: for work that must not fail because of that. */
export async function askLedger<Answer, Otherwise>(
  ask: () => Promise<Answer>,
  otherwise: Otherwise,
): Promise<Answer | Otherwise> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof LedgerFault) return otherwise;
    throw cause;
  }
}

/** Reclaims what dead runs have left, and reports each hold. */
export async function reclaimAndReport(
  ledger: Pick<Ledger, "reclaimDeadRuns">,
  campaign: string,
  tell: (event: RunEvent) => void,
): Promise<readonly Hold[]> {
  const reclaimed = await ledger.reclaimDeadRuns(campaign);
  for (const { key, id: hold, state } of reclaimed) tell({ event: "buried", key, hold, state });
  return reclaimed;
}

// Long enough not to fill the disk's log with errors, short enough to be done when there is room again.
const UNWRITTEN_MS = 2_000;

/**
 * Records what must not be lost. While the ledger cannot be written, nothing more is started, the person is told
 * what to keep, and writing is retried until it works or the run is left.
 */
export async function record(work: Work, hold: Hold, step: Step): Promise<Advance | null> {
  for (let told = false; ; told = true) {
    try {
      const advance = await work.ledger.advance(hold.id, step);
      if (told) work.tell({ event: "written-after-all", line: identifyLine(hold) });
      return advance;
    } catch (cause) {
      if (!(cause instanceof LedgerFault)) throw cause;
      if (!told) {
        work.halt("ledger", `the ledger cannot be written: ${cause.message}`);
        const request = step.kind === "submitted" ? step.request.id : (hold.request?.id ?? null);
        const line = identifyLine(hold);
        work.tell({ event: "unwritten", line, request, what: step.kind, why: cause.message });
      }
      // A campaign that has moved to another ledger is never written here again.
      if (work.leave.aborted || cause.trouble === "sealed") return null;
    }
    await work.clock.sleep(UNWRITTEN_MS, work.leave);
  }
}

// An old page of the vendor's allows one user 10 requests a second that ask about jobs.
const QUESTIONS_GAP_MS = 100;
const MOST_STREAMS = 100;

/** Limits the requests of this machine to the vendors, over all its runs. */
export interface Traffic {
  /** Orders pass here, so that a "too many requests" holds all of them back. */
  readonly orders: Gate;
  /** Questions about jobs pass here: a thousand lines must not mean thousands of requests a second. */
  readonly questions: Gate;
  /** How many more status streams may be opened. */
  streams: number;
}

export function createTraffic(clock: Clock): Traffic {
  return {
    orders: new Gate(clock, 0),
    questions: new Gate(clock, QUESTIONS_GAP_MS),
    streams: MOST_STREAMS,
  };
}

/** Lets requests pass in the order in which they came, with a gap between them however many there are. */
export class Gate {
  readonly #clock: Clock;
  readonly #gap: number;
  #free = 0;
  #closed = 0;
  #latest = 0;

  /** `gap` in milliseconds between two requests. */
  constructor(clock: Clock, gap: number) {
    this.#clock = clock;
    this.#gap = gap;
  }

  async pass(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#now();
      const turn = Math.max(now, this.#free);
      this.#free = turn + this.#gap;
      if (turn > now) await this.#clock.sleep(turn - now, signal);
      // It may have been closed while this one waited for its turn.
      if (signal?.aborted === true || this.#now() >= this.#closed) return;
    }
  }

  /** Lets nothing pass for so many milliseconds: what "Retry-After" asks for. */
  close(ms: number): void {
    this.#closed = Math.max(this.#closed, this.#now() + ms);
    this.#free = Math.max(this.#free, this.#closed);
  }

  /** Returns the time; if the clock was set back, the waits move back with it. */
  #now(): number {
    const now = this.#clock.now();
    if (now < this.#latest) {
      this.#free -= this.#latest - now;
      this.#closed -= this.#latest - now;
    }
    this.#latest = now;
    return now;
  }
}
