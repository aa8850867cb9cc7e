import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import type { Hold } from "../ledger/hold.ts";
import { LEASE_MARGIN_MS, LEASE_MS } from "../ledger/lease.ts";
import { type Ledger } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { LineEnd } from "./await-result.ts";
import { elapsedSince, type Clock, type Moment } from "./ports.ts";
import {
  identifyLine,
  askLedger,
  type Halt,
  type Lease,
  record,
  type RunPorts,
  type RunRules,
  type Traffic,
  type Work,
} from "./work.ts";

interface SessionRequest extends RunRules {
  /** A run of this process, as the ledger knows it. */
  readonly run: string;
  /** A moment before it was started, from which its lease counts; null if that is not known. */
  readonly leasedAt: Moment | null;
  /** How many videos are downloaded at once, though never fewer than four. */
  readonly downloads: number;
}

/** What the bills of a run show. */
export interface Bills {
  /** Keys of lines, in the plan or not, whose bill is not as it should be. */
  readonly misbilled: readonly string[];
  /** Models whose bills state units of unknown price. */
  readonly unchecked: readonly string[];
}

/** A run in progress: its lease, what its lines share, and what ends it. */
export interface RunSession {
  /** Runs one line to its end. A ledger in trouble ends a line that has not begun, and starts no other. */
  runLine(life: (work: Work) => Promise<LineEnd>): Promise<LineEnd>;
  /** Delivers a settled line's video to its place; returns false if it could not. */
  deliver(hold: Hold): Promise<boolean>;
  /** Returns the first reason why nothing more is started; null while everything is. */
  readHalt(): { readonly halt: Halt | null; readonly why: string | null };
  bills(): Bills;
  /** Ends the run; called when its lines are over. */
  close(): Promise<void>;
}

const HEARTBEAT_MS = LEASE_MS / 4;
const FEWEST_DOWNLOADS = 4;

export function openSession(
  { run, leasedAt, downloads, ...request }: SessionRequest,
  ports: RunPorts & { readonly traffic: Traffic },
): RunSession {
  const { ledger, tell } = ports;
  let halt: Halt | null = null;
  let haltedFor: string | null = null;
  const halting = new AbortController();
  let sendsBefore = Infinity;
  const stop: Work["halt"] = (reason, why, at = -1) => {
    sendsBefore = Math.min(sendsBefore, at);
    if (halt !== null) return;
    halt = reason;
    haltedFor = why;
    tell({ event: "stopping", why });
    halting.abort();
  };
  const interrupted = (): void => stop("interrupted", "interrupted");
  if (ports.stop.aborted) interrupted();
  ports.stop.addEventListener("abort", interrupted, { once: true });

  // Every line listens, so many listeners are no leak.
  const stopped = AbortSignal.any([ports.stop, ports.leave, halting.signal]);
  setMaxListeners(0, ports.stop, ports.leave, stopped);
  const work: Work = {
    run,
    lease: new RunLease(ledger, ports.clock, run, leasedAt),
    ...request,
    ...ports,
    stop: stopped,
    unknowns: 0,
    failures: 0,
    unchecked: new Set(),
    misbilled: new Set(),
    halted: () => halt,
    sendsAdmitted: (turn) => turn < sendsBefore,
    halt: stop,
  };
  const ended = new AbortController();
  const beating = keepLease(work, ended.signal);
  // Downloads are not counted among the lines at once, so they have places of their own.
  const places = pLimit(Math.max(FEWEST_DOWNLOADS, downloads));

  return {
    runLine: async (life) => {
      const end = await guardLine(work, async () => await life(work));
      countFailures(work, end.is);
      return end;
    },
    deliver: async (hold) => await places(() => deliverVideo(work, hold)),
    readHalt: () => ({ halt, why: haltedFor }),
    bills: () => ({
      misbilled: [...work.misbilled].toSorted(),
      unchecked: [...work.unchecked].toSorted(),
    }),
    close: async () => {
      ports.stop.removeEventListener("abort", interrupted);
      ended.abort();
      await beating;
      // If this cannot be written, the next run finds this one dead.
      await askLedger(async () => await ledger.endRun(run), undefined);
      tell({ event: "ended", run });
    },
  };
}

/** The breaker on failures: what is wrong with several lines in a row may be wrong with all. */
function countFailures(work: Work, end: LineEnd["is"]): void {
  if (end === "settled") work.failures = 0;
  if (end !== "failed") return;
  work.failures += 1;
  if (work.mostFailures === null || work.failures < work.mostFailures) return;
  const lines = work.failures === 1 ? "1 line has" : `${work.failures} lines in a row have`;
  work.halt("breaker", `${lines} failed (breaker.failures_in_a_row)`);
}

/** Ends a line that has not begun if the ledger is in trouble, and starts no other. */
async function guardLine(work: Work, life: () => Promise<LineEnd>): Promise<LineEnd> {
  try {
    return await life();
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    work.halt("ledger", `the ledger cannot be written: ${cause.message}`);
    return { is: "not-started" };
  }
}

/** A run's lease: until it runs out, no other run takes this one for dead. */
class RunLease implements Lease {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #run: string;
  #renewed: Moment | null;
  #renewing: Promise<boolean> | null = null;

  constructor(ledger: Ledger, clock: Clock, run: string, renewed: Moment | null) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#run = run;
    this.#renewed = renewed;
  }

  get holds(): boolean {
    if (this.#renewed === null) return false;
    return elapsedSince(this.#renewed, this.#clock.moment()) <= LEASE_MS - LEASE_MARGIN_MS;
  }

  /** Writes once, however many lines ask at the same time. */
  async renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return await this.#renewing;
  }

  async #renew(): Promise<boolean> {
    // Read before the ledger is asked, so it counts the lease from a later moment, whatever its clock says.
    const asked = this.#clock.moment();
    if (!(await this.#ledger.keepAlive(this.#run))) return false;
    this.#renewed = asked;
    return true;
  }
}

async function keepLease(work: Work, ended: AbortSignal): Promise<void> {
  for (;;) {
    await work.clock.sleep(HEARTBEAT_MS, ended);
    if (ended.aborted) return;
    try {
      if (await work.lease.renew()) continue;
      work.halt("taken-for-dead", "another run has taken this one for dead");
      return;
    } catch (cause) {
      // The lease outlasts one missed renewal, and whatever needs the ledger reports the fault itself.
      if (!(cause instanceof LedgerFault)) throw cause;
    }
  }
}

/** Delivers a settled line's video; returns false if it could not: trying again costs nothing. */
async function deliverVideo(work: Work, hold: Hold): Promise<boolean> {
  const line = identifyLine(hold);
  if (hold.videoUrl === null) throw new Error(`${hold.key} is settled without a video`);
  const tell = (bytes: number): void => work.tell({ event: "downloading", line, bytes });
  const delivered = await work.store.deliver(hold, hold.videoUrl, tell, work.leave);
  if (delivered.is === "undelivered") {
    const { trouble, why } = delivered;
    work.tell({ event: "undelivered", line, trouble, why });
    return false;
  }
  const { delivery } = delivered;
  await record(work, hold, { kind: "delivered", delivery });
  work.tell({ event: "delivered", line, delivery });
  return true;
}
