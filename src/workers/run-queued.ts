import { RunBoard, runPicture } from "../cli/buying/run-board.ts";
import type { LiveOutcome } from "../cli/buying/run-exit.ts";
import type { Books, LiveRequest } from "../cli/buying/books.ts";
import { pageOfRun, RUN_OVER } from "../cli/buying/page-of-run.ts";
import { eventFile } from "../cli/buying/event-text.ts";
import { movingScreen } from "../cli/buying/moving-screen.ts";
import type { Buying, Signal } from "../cli/shell.ts";
import type { Context, Queue } from "../cli/wing.ts";
import { counted, printable } from "../diagnostics/printable.ts";
import { planAccount } from "../ledger/approval.ts";
import type { Hold } from "../ledger/hold.ts";
import type { RunEnd } from "../ledger/ledger.ts";
import { cents, sum } from "../money.ts";
import { shellQuoted } from "../report/text-table.ts";
import { bossJobs } from "./boss-jobs.ts";
import type { Jobs } from "./jobs.ts";
import { batchOutcome } from "./batch-outcome.ts";
import { boardEvent, stepJson, stepText } from "./batch-steps.ts";
import type { FollowNews, LineStep } from "./follow-batch.ts";
import type { StartedBatch } from "./start-batch.ts";

const NOT_FOLLOWED =
  "The batch goes on without being followed: this is how it stood. `topsheet status --page` follows it again.";

/** A run's books, and the queue that its lines go on. */
interface QueueBooks extends Books {
  readonly jobs: Jobs;
}

/** The queue beside a ledger in PostgreSQL. */
export async function queueOf(ledger: string): Promise<Queue> {
  const jobs = await bossJobs(ledger);
  return {
    run: async (shell, buying, books, request) =>
      await runQueued(shell, buying, { ...books, jobs }, request),
    close: async () => await jobs.close(),
  };
}

/** The lines go on the queue, and workers buy them: followed from the ledger, unless it is `detached`. */
async function runQueued(
  shell: Context,
  buying: Buying,
  world: QueueBooks,
  request: LiveRequest,
): Promise<LiveOutcome | "detached"> {
  const parting = partingOf(buying);
  try {
    return await queued(shell, buying, world, request, parting);
  } finally {
    parting.end();
  }
}

async function queued(
  shell: Context,
  buying: Buying,
  world: QueueBooks,
  request: LiveRequest,
  parting: Parting,
): Promise<LiveOutcome | "detached"> {
  const { startBatch } = await import("./start-batch.ts");
  const { plan, saved, orders, approval, options, settings } = request;
  const { name, concurrency } = plan.campaign;
  const { ledger } = world;
  const since = (await ledger.entries(name)).at(-1)?.seq ?? 0;
  if (parting.gone.aborted) return batchOutcome({ is: "nothing-to-do" }, parting.signal());
  const batch = await startBatch(
    world,
    {
      campaign: name,
      account: saved === null ? null : planAccount(saved.sha256),
      limits: settings.maxUsd === null ? [] : [{ name: "--max-usd", limit: settings.maxUsd }],
      approval,
      atOnce: {
        total: settings.jobs ?? concurrency.total,
        byModel: concurrency.byModel.map(({ endpoint, lines }) => ({ endpoint, lines })),
      },
    },
    orders,
  );
  if (batch === null) return batchOutcome({ is: "nothing-to-do" }, parting.signal());
  const cost = cents(sum(orders.map((order) => order.cost)));
  const at = world.shownLedger === null ? "" : ` --ledger ${shellQuoted(world.shownLedger)}`;
  if (options.quiet !== true) {
    shell.err(`${counted(orders.length, "line")} for ${cost} on the queue, for workers.\n`);
  }
  if (options.detach !== true)
    return await followed(shell, buying, world, request, parting, batch, since, at);
  shell.err(`See how they go: topsheet status ${shellQuoted(name)} --watch${at}\n`);
  return "detached";
}

async function followed(
  shell: Context,
  buying: Buying,
  world: QueueBooks,
  { plan, orders, options }: LiveRequest,
  parting: Parting,
  batch: StartedBatch,
  since: number,
  at: string,
): Promise<LiveOutcome> {
  const { followBatch } = await import("./follow-batch.ts");
  const { name } = plan.campaign;
  const quiet = options.quiet === true;
  const board = new RunBoard(orders, world.clock);
  const picture = (): string => runPicture(board, shell.errScreen.width, false);
  const page = await pageOfRun(shell, buying, world, { plan, options, board });
  const screen = await movingScreen(shell, buying, picture, quiet);
  const events = await eventFile(shell, buying, options.events);
  const holds = new Map(batch.left.map((hold) => [hold.id, hold]));
  const step = (kind: LineStep, hold: Hold): void => {
    holds.set(hold.id, hold);
    const shown = boardEvent(kind, hold);
    if (shown !== null) board.tell(shown);
    page?.changed();
    events?.add(stepJson(kind, hold, world.clock.now()));
    const told = stepText(kind, hold);
    if (told !== null && (told.bad || (!quiet && !screen.moves))) screen.say(told.text);
  };
  const farewell = (): void =>
    screen.say(
      `The batch goes on without being followed: topsheet status ${shellQuoted(name)} --watch${at}`,
    );
  if (parting.gone.aborted) farewell();
  else parting.gone.addEventListener("abort", farewell, { once: true });
  let end: RunEnd | null;
  try {
    const { ledger, jobs, clock } = world;
    const tell = (news: FollowNews): void => screen.say(newsText(news, at));
    const ports = { ledger, jobs, clock, step, tell, stop: parting.gone };
    end = await followBatch(name, batch, since, ports);
    if (end?.reason) screen.say(`Nothing more is started: ${printable(end.reason.why)}.`);
  } finally {
    parting.gone.removeEventListener("abort", farewell);
    screen.end();
    await events?.close();
    await page?.end(parting.gone.aborted ? NOT_FOLLOWED : RUN_OVER);
  }
  const left = new Set(batch.left.map((hold) => hold.id));
  return batchOutcome(
    { is: "followed", batch: batch.id, end, holds: [...holds.values()], left },
    parting.signal(),
  );
}

/** Whether who queued the lines has left. */
interface Parting {
  readonly gone: AbortSignal;
  readonly signal: () => Signal | null;
  readonly end: () => void;
}

/** Listens from the beginning: whoever leaves while lines go on the queue is told all the same what becomes of them. */
function partingOf(buying: Buying): Parting {
  const gone = new AbortController();
  let first: Signal | null = null;
  const end = buying.onSignal((signal) => {
    first ??= signal;
    gone.abort();
  });
  return { gone: gone.signal, signal: () => first, end };
}

function newsText(news: FollowNews, at: string): string {
  switch (news.event) {
    case "no-worker":
      return `No worker has begun yet: topsheet worker -j 4${at}`;
    case "database-away":
      return `The database cannot be reached: ${printable(news.why)}. The workers wait for it too.`;
    case "database-back":
      return "The database is back.";
  }
}
