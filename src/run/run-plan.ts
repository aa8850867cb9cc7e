import pLimit from "p-limit";
import type { Order, RunLimit } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import type { LedgerBook } from "../ledger/ledger.ts";
import { sum } from "../money.ts";
import { buyLine, resumeLine } from "./buy-line.ts";
import type { LineEnd } from "./await-result.ts";
import { type Bills, openSession } from "./session.ts";
import {
  reclaimAndReport,
  type Halt,
  createTraffic,
  type RunPorts,
  type RunRules,
  type Work,
} from "./work.ts";

// Runs a plan's orders on any vendor, store and ledger. A run is one session (session.ts: its lease and what ends it); each
// line lives in it (buy-line.ts: reserve, send once; await-result.ts: wait, collect, settle, check-bill.ts), and
// faults.ts says what each fault means for money. Everything a person is told is a RunEvent.

interface RunRequest extends RunRules {
  readonly campaign: string;
  /** What to buy, in run order. */
  readonly orders: readonly Order[];
  /** Under which name `per_run` and the limits count: the saved plan that it resumes; null for this run alone. */
  readonly account: string | null;
  readonly limits: readonly RunLimit[];
  /** The SHA-256 of the approved plan that every purchase must be in, or any; null if none is needed. */
  readonly approval: string | null;
  /** The run, if it was started together with its occurrence; null starts one. */
  readonly started: string | null;
  readonly concurrency: {
    readonly total: number;
    readonly byModel: readonly { readonly endpoint: string; readonly lines: number }[];
  };
}

export interface RunOutcome {
  readonly run: string;
  /** The first reason why nothing more was started; null if everything was. */
  readonly halt: Halt | null;
  /** The same in words. */
  readonly why: string | null;
  /** How each order ended, in the order of the request. */
  readonly ends: readonly LineEnd["is"][];
  /** How the lines that earlier runs had left ended, in the plan or not. */
  readonly others: readonly LineEnd["is"][];
  readonly bills: Bills;
  /** Keys that are paid for and could not be delivered. */
  readonly undelivered: readonly string[];
}

/** Buys the orders, a few at a time, after resuming what earlier runs of the campaign left in flight. */
export async function runPlan(request: RunRequest, ports: RunPorts): Promise<RunOutcome> {
  const { ledger, tell } = ports;
  const { campaign, orders, account, limits, approval, started, concurrency } = request;
  const { stopsAtCap, mostFailures, patience } = request;
  const reclaimed = await reclaimAndReport(ledger, campaign, tell);
  const left = await findLeftBehind(ledger, campaign);
  const leasedAt = started === null ? ports.clock.moment() : null;
  const run = started ?? (await ledger.startRun({ campaign, account, limits, approval }));
  const cost = sum(orders.map((order) => order.cost));
  tell({ event: "started", run, lines: orders.length, cost });

  const session = openSession(
    { run, leasedAt, stopsAtCap, mostFailures, patience, downloads: concurrency.total },
    { ...ports, traffic: createTraffic(ports.clock) },
  );
  const all = pLimit(concurrency.total);
  const each = new Map(
    concurrency.byModel.map(({ endpoint, lines }) => [endpoint, pLimit(lines)] as const),
  );
  const undelivered: string[] = [];
  const deliver = async (hold: Hold): Promise<void> => {
    if (!(await session.deliver(hold))) undelivered.push(hold.key);
  };
  const line = async (
    endpoint: string,
    life: (work: Work) => Promise<LineEnd>,
  ): Promise<LineEnd["is"]> => {
    const limited = (): Promise<LineEnd> => all(() => session.runLine(life));
    const end = await (each.get(endpoint)?.(limited) ?? limited());
    if (end.is === "settled") await deliver(end.hold);
    return end.is;
  };

  try {
    const delivered = left.settled.map(async (hold) => await deliver(hold));
    const resumed = left.submitted.map((hold) =>
      line(hold.endpoint, (work) => resumeLine(work, hold)),
    );
    const bought = orders.map((order, turn) =>
      line(order.endpoint, (work) => buyLine(work, order, turn)),
    );
    // Waits for all of them even if one has thrown: what the others bought has to be recorded.
    await Promise.allSettled([...delivered, ...resumed, ...bought]);
    await Promise.all(delivered);
    const unknown = reclaimed.filter(({ state }) => state === "unknown");
    const others = [...unknown.map(() => "unknown" as const), ...(await Promise.all(resumed))];
    const ends = await Promise.all(bought);
    return { run, ...session.readHalt(), ends, others, bills: session.bills(), undelivered };
  } finally {
    await session.close();
  }
}

/** Finds what no living run looks after: jobs in flight, and videos that are paid for and not delivered. */
export async function findLeftBehind(
  ledger: LedgerBook,
  campaign: string,
): Promise<{ readonly submitted: readonly Hold[]; readonly settled: readonly Hold[] }> {
  const living = new Set((await ledger.openRuns(campaign)).map((run) => run.id));
  const left = (await ledger.holds(campaign)).filter((hold) => !living.has(hold.run));
  return {
    submitted: left.filter((hold) => hold.state === "submitted"),
    settled: left.filter((hold) => hold.state === "settled" && hold.delivery === null),
  };
}
