import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import type { Order, RunLimit } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { type Ledger, LedgerFault } from "../ledger/ledger.ts";
import { sum } from "../money/usd.ts";
import type { Clock } from "./clock.ts";
import { deliver } from "./deliver.ts";
import type { RunEvent } from "./events.ts";
import { Gate } from "./gate.ts";
import { buyLine, takeUp } from "./line-life.ts";
import type { LineEnd } from "./line-result.ts";
import type { Store } from "./store.ts";
import type { Vendor } from "./vendor.ts";
import type { Halt, Work } from "./work.ts";

export interface RunRequest {
  readonly campaign: string;
  /** What to buy, in run order. */
  readonly orders: readonly Order[];
  /** What `per_run` and the limits count: null for this run alone, or the saved plan it resumes. */
  readonly account: string | null;
  readonly limits: readonly RunLimit[];
  /** The SHA-256 of the approved plan that every purchase has to be in, or any; null where none is needed. */
  readonly approval?: string | null;
  /** The run, where it was started in one step with what it is for; null starts one. */
  readonly started?: string | null;
  readonly stopsAtCap: boolean;
  /** After so many lines in a row that failed nothing more is started; null for never. */
  readonly mostFailures?: number | null;
  readonly concurrency: {
    readonly total: number;
    readonly byModel: readonly { readonly endpoint: string; readonly lines: number }[];
  };
  /** Milliseconds that a line is waited for after it was submitted. */
  readonly patience: number;
}

export interface RunPorts {
  readonly ledger: Ledger;
  readonly vendor: Vendor;
  readonly store: Store;
  readonly clock: Clock;
  readonly tell: (event: RunEvent) => void;
  /** Start nothing more, wait for what is in flight. */
  readonly stop: AbortSignal;
  /** Wait no longer either: jobs go on, their ids are in the ledger. */
  readonly leave: AbortSignal;
}

export interface RunOutcome {
  readonly run: string;
  /** Why nothing more was started, the first reason; null where everything was. */
  readonly halt: Halt | null;
  /** The same in words. */
  readonly why: string | null;
  /** How each order ended, in the order of the request. */
  readonly ends: readonly LineEnd["is"][];
  /** How what earlier runs had left ended, in the plan or not. */
  readonly others: readonly LineEnd["is"][];
  /** Keys that are paid for and could not be delivered. */
  readonly undelivered: readonly string[];
}

// Of requests that ask about jobs: an old page of fal's names 10 a second for one user.
const QUESTIONS_GAP_MS = 100;
const MOST_STREAMS = 100;
// A quarter of a lease.
const HEARTBEAT_MS = 15_000;

/** Buys the orders, a few at a time, after taking up what earlier runs of the campaign left in flight. */
export async function runPlan(request: RunRequest, ports: RunPorts): Promise<RunOutcome> {
  const { ledger, clock, tell } = ports;
  const { campaign, orders, account, limits, approval = null, concurrency } = request;
  const buried = await ledger.buryDead(campaign);
  for (const { key, id: hold, state } of buried) tell({ event: "buried", key, hold, state });
  const left = await leftBehind(ledger, campaign);
  const run = request.started ?? (await ledger.startRun({ campaign, account, limits, approval }));
  const cost = sum(orders.map((order) => order.cost));
  tell({ event: "started", run, lines: orders.length, cost });

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
  const interrupted = (): void => stop({ because: "interrupted" }, "interrupted");
  if (ports.stop.aborted) interrupted();
  ports.stop.addEventListener("abort", interrupted, { once: true });

  // Every line listens: that many listeners are no leak.
  const stopped = AbortSignal.any([ports.stop, ports.leave, halting.signal]);
  setMaxListeners(0, ports.stop, ports.leave, stopped);
  const work: Work = {
    run,
    ...ports,
    orders: new Gate(clock, 0),
    questions: new Gate(clock, QUESTIONS_GAP_MS),
    streams: MOST_STREAMS,
    patience: request.patience,
    stop: stopped,
    unknowns: 0,
    failures: 0,
    mostFailures: request.mostFailures ?? null,
    halted: () => halt,
    sendsAdmitted: (turn) => turn < sendsBefore,
    halt: stop,
    stopsAtCap: request.stopsAtCap,
  };
  const ended = new AbortController();
  const beating = heartbeat(work, ended.signal);

  const all = pLimit(concurrency.total);
  const each = new Map(
    concurrency.byModel.map(({ endpoint, lines }) => [endpoint, pLimit(lines)] as const),
  );
  // A download takes nothing from what is made at once, so it has places of its own.
  const downloads = pLimit(Math.max(4, concurrency.total));
  const undelivered: string[] = [];
  const bring = async (hold: Hold): Promise<void> => {
    if (!(await downloads(() => deliver(work, hold)))) undelivered.push(hold.key);
  };
  const line = async (endpoint: string, life: () => Promise<LineEnd>): Promise<LineEnd["is"]> => {
    const limited = (): Promise<LineEnd> => all(() => guarded(work, life));
    const end = await (each.get(endpoint)?.(limited) ?? limited());
    countFailures(work, end.is);
    if (end.is === "settled") await bring(end.hold);
    return end.is;
  };

  try {
    const fetched = left.settled.map(async (hold) => await bring(hold));
    const takenUp = left.submitted.map((hold) => line(hold.endpoint, () => takeUp(work, hold)));
    const bought = orders.map((order, turn) =>
      line(order.endpoint, () => buyLine(work, order, turn)),
    );
    // All of them, also when one has thrown: what the others bought has to be written down.
    await Promise.allSettled([...fetched, ...takenUp, ...bought]);
    await Promise.all(fetched);
    const unknown = buried.filter((hold) => hold.state === "unknown").map(() => "unknown" as const);
    const others = [...unknown, ...(await Promise.all(takenUp))];
    return { run, halt, why: haltedFor, ends: await Promise.all(bought), others, undelivered };
  } finally {
    ports.stop.removeEventListener("abort", interrupted);
    ended.abort();
    await beating;
    await endRun(ledger, run);
    tell({ event: "ended", run });
  }
}

/** The breaker on failures: whatever is wrong with one line may be wrong with all. */
function countFailures(work: Work, end: LineEnd["is"]): void {
  if (end === "settled") work.failures = 0;
  if (end !== "failed") return;
  work.failures += 1;
  if (work.mostFailures === null || work.failures < work.mostFailures) return;
  const lines = work.failures === 1 ? "1 line has" : `${work.failures} lines in a row have`;
  work.halt({ because: "breaker" }, `${lines} failed (breaker.failures_in_a_row)`);
}

/** What no living run looks after: jobs in flight, and videos that are paid for and not here. */
async function leftBehind(
  ledger: Ledger,
  campaign: string,
): Promise<{ readonly submitted: readonly Hold[]; readonly settled: readonly Hold[] }> {
  const living = new Set((await ledger.openRuns(campaign)).map((run) => run.id));
  const left = (await ledger.holds(campaign)).filter((hold) => !living.has(hold.run));
  return {
    submitted: left.filter((hold) => hold.state === "submitted"),
    settled: left.filter((hold) => hold.state === "settled" && hold.delivery === null),
  };
}

/** A ledger in trouble ends a line that has not begun, and starts no other. */
async function guarded(work: Work, life: () => Promise<LineEnd>): Promise<LineEnd> {
  try {
    return await life();
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    work.halt({ because: "ledger" }, `the ledger cannot be written: ${cause.message}`);
    return { is: "not-started" };
  }
}

async function heartbeat(work: Work, ended: AbortSignal): Promise<void> {
  for (;;) {
    await work.clock.sleep(HEARTBEAT_MS, ended);
    if (ended.aborted) return;
    try {
      if (await work.ledger.keepAlive(work.run)) continue;
      work.halt({ because: "taken-for-dead" }, "another run has taken this one for dead");
      return;
    } catch (cause) {
      // The lease is longer than one missed beat, and whatever needs the ledger will say so.
      if (!(cause instanceof LedgerFault)) throw cause;
    }
  }
}

async function endRun(ledger: Ledger, run: string): Promise<void> {
  try {
    await ledger.endRun(run);
  } catch (cause) {
    // Then the next run finds it dead.
    if (!(cause instanceof LedgerFault)) throw cause;
  }
}
