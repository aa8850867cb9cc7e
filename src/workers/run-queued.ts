import type { LiveOutcome } from "../cli/buying/choose-exit-code.ts";
import { makeRunLimits } from "../cli/buying/run-here.ts";
import { RUN_OVER, showRun } from "../cli/buying/show-run.ts";
import type { LedgerSession, LiveRequest } from "../cli/buying/ledger-session.ts";
import type { Buying, Signal } from "../cli/shell.ts";
import type { Context, Queue } from "../cli/wing.ts";
import { formatCount, toPrintable, quoteForShell } from "../diagnostics/printable.ts";
import { planAccount } from "../ledger/approval.ts";
import { findCurrentHolds, type Hold, isOverbilled } from "../ledger/hold.ts";
import { cents, sum } from "../money.ts";
import type { LineEnd } from "../run/await-result.ts";
import type { RunOutcome } from "../run/run-plan.ts";
import type { Halt } from "../run/work.ts";
import { type FollowedBatch, type FollowNews } from "./follow-batch.ts";
import { openJobs } from "./pg-boss-jobs.ts";
import type { Jobs } from "./jobs.ts";
import type { StartedBatch } from "./start-batch.ts";

const NO_LONGER_FOLLOWED =
  "The batch continues and is no longer followed: this is how it stood. `topsheet status --page` follows it again.";

/** A run's session, and the queue for its lines. */
interface SessionWithJobs extends LedgerSession {
  readonly jobs: Jobs;
}

/** Opens the queue beside a ledger in PostgreSQL. */
export async function openQueue(ledger: string): Promise<Queue> {
  const jobs = await openJobs(ledger);
  return {
    run: async (shell, buying, session, request) =>
      await runQueued(shell, buying, { ...session, jobs }, request),
    close: async () => await jobs.close(),
  };
}

/** Queues the lines for workers, and follows them through the ledger unless --detach is given. */
async function runQueued(
  shell: Context,
  buying: Buying,
  session: SessionWithJobs,
  request: LiveRequest,
): Promise<LiveOutcome | "detached"> {
  // From the beginning: a person who leaves while lines are being queued is still told what happens to them.
  const leave = new AbortController();
  let signal: Signal | null = null;
  const ignoreSignals = buying.onSignal((received) => {
    signal ??= received;
    leave.abort();
  });
  try {
    const outcome = await queueAndFollow(shell, buying, session, request, leave.signal);
    return outcome === "detached" ? outcome : { ...outcome, signal };
  } finally {
    ignoreSignals();
  }
}

async function queueAndFollow(
  shell: Context,
  buying: Buying,
  session: SessionWithJobs,
  request: LiveRequest,
  leave: AbortSignal,
): Promise<RunOutcome | "detached"> {
  const { startBatch } = await import("./start-batch.ts");
  const { plan, saved, orders, approval, options, settings } = request;
  const { name, concurrency } = plan.campaign;
  const since = await session.ledger.lastEntry();
  if (leave.aborted) return NOTHING_TO_DO;
  const batch = await startBatch(
    session,
    {
      campaign: name,
      account: saved === null ? null : planAccount(saved.sha256),
      limits: makeRunLimits(settings),
      approval,
      atOnce: {
        total: settings.jobs ?? concurrency.total,
        byModel: concurrency.byModel.map(({ endpoint, lines }) => ({ endpoint, lines })),
      },
    },
    orders,
  );
  if (batch === null) return NOTHING_TO_DO;
  if (options.quiet !== true) {
    const cost = cents(sum(orders.map((order) => order.cost)));
    shell.err(`${formatCount(orders.length, "line")} for ${cost} on the queue, for workers.\n`);
  }
  const at = session.shownLedger === null ? "" : ` --ledger ${quoteForShell(session.shownLedger)}`;
  const watching = `topsheet status ${quoteForShell(name)} --watch${at}`;
  if (options.detach === true) {
    shell.err(`See how they go: ${watching}\n`);
    return "detached";
  }
  const { followBatch } = await import("./follow-batch.ts");
  const view = await showRun(shell, buying, session, request);
  const explain = (): void =>
    view.say(`The batch continues and is no longer followed: ${watching}`);
  if (leave.aborted) explain();
  else leave.addEventListener("abort", explain, { once: true });
  try {
    const news = (told: FollowNews): void => view.say(describeNews(told, at));
    const ports = { ...session, tell: view.tell, news, stop: leave };
    return summarizeBatch(batch, await followBatch(name, batch, since.seq, ports));
  } finally {
    leave.removeEventListener("abort", explain);
    await view.close(leave.aborted ? NO_LONGER_FOLLOWED : RUN_OVER);
  }
}

function describeNews(news: FollowNews, at: string): string {
  switch (news.event) {
    case "no-worker":
      return `No worker has begun yet: topsheet worker -j 4${at}`;
    case "database-away":
      return `The database cannot be reached: ${toPrintable(news.why)}. The workers wait for it too.`;
    case "database-back":
      return "The database is back.";
  }
}

const NOTHING_TO_DO: RunOutcome = {
  run: "",
  halt: null,
  why: null,
  ends: [],
  others: [],
  bills: { misbilled: [], unchecked: [] },
  undelivered: [],
};

/** Summarizes a batch as a run. */
function summarizeBatch(batch: StartedBatch, { end, holds }: FollowedBatch): RunOutcome {
  const left = new Set(batch.left.map((hold) => hold.id));
  const reason = end?.reason ?? null;
  const own = [...findCurrentHolds(holds.filter((hold) => !left.has(hold.id))).values()];
  const others = holds.filter((hold) => left.has(hold.id));
  const stopped = end === null || reason !== null;
  return {
    run: batch.id,
    halt: reason === null ? null : readHaltReason(reason.because),
    why: reason?.why ?? null,
    ends: own.map((hold) => toLineEnd(hold, stopped)),
    others: others.map((hold) => toLineEnd(hold, stopped)),
    bills: summarizeBills([...own, ...others]),
    undelivered: [...own, ...others].filter(isUndelivered).map(({ key }) => key),
  };
}

function summarizeBills(holds: readonly Hold[]): RunOutcome["bills"] {
  const billed = holds.filter(({ billableUnits }) => billableUnits !== null);
  const unpriced = billed.filter(({ unitPrice }) => unitPrice === null);
  return {
    misbilled: billed
      .filter((hold) => isOverbilled(hold) || hold.doubt !== null)
      .map(({ key }) => key),
    unchecked: [...new Set(unpriced.map(({ model }) => model))].toSorted(),
  };
}

function isUndelivered({ state, delivery }: Hold): boolean {
  return state === "settled" && delivery === null;
}

function toLineEnd({ state }: Hold, stopped: boolean): LineEnd["is"] {
  switch (state) {
    case "reserved":
    case "sending":
    case "submitted":
      return "in-flight";
    case "settled":
    case "failed":
    case "unknown":
      return state;
    case "released":
      // It was not accepted, and no worker tries it again.
      return stopped ? "not-started" : "failed";
  }
}

/** Reads why a batch was stopped, as any version of topsheet wrote it. */
function readHaltReason(because: string): Halt {
  switch (because) {
    case "cap":
    case "breaker":
    case "approval":
      return because;
    default:
      return "queue";
  }
}
