import { whyUnwritable } from "../cli/buying/buy.ts";
import { eventFile } from "../cli/buying/event-text.ts";
import { signalsOf } from "../cli/buying/signals.ts";
import { NO_SHARED_LEDGER, realWorld, type World } from "../cli/buying/world.ts";
import { EXIT, refuse } from "../cli/exit-codes.ts";
import { ledgerPath } from "../cli/ledger-path.ts";
import { noLedgerOfPlan } from "../cli/ledger-to-write.ts";
import { ledgerComplaint } from "../cli/open-ledger.ts";
import { milliseconds, MOST_JOBS, wholeNumber, wrong } from "../cli/run-options.ts";
import type { Buying, Shell } from "../cli/shell.ts";
import { printable } from "../diagnostics/printable.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { isPostgres } from "../ledger/postgres-url.ts";
import { add, type MicroUsd, NOTHING } from "../money.ts";
import type { RunEvent } from "../run/events.ts";
import type { Jobs, WorkerNews } from "./jobs.ts";
import { workerJson, workerText } from "./worker-text.ts";
import type { WorkerOptions } from "./options.ts";

export async function worker(shell: Shell, options: WorkerOptions): Promise<number> {
  const places = wholeNumber(options.jobs, MOST_JOBS);
  if (places === undefined) {
    return refuse(
      shell,
      wrong("-j", `a whole number from 1 to ${MOST_JOBS}`, options.jobs).problem,
    );
  }
  const patience = milliseconds(options.wait);
  if (patience === null) {
    return refuse(shell, wrong("--wait", "a time such as 90s, 60m or 2h", options.wait).problem);
  }
  const found = await ledgerPath(shell, options.ledger, []);
  if (!found.ok || found.value === null || !isPostgres(found.value.path))
    return refuse(shell, NO_SHARED_LEDGER);
  const { path } = found.value;
  const buying = await shell.buying();
  if (buying.problem !== null) return refuse(shell, buying.problem);
  try {
    const world = await realWorld(shell, buying, [], options, []);
    if ("exit" in world) return world.exit;
    if (world.make !== null) {
      await world.close();
      return refuse(shell, noLedgerOfPlan(world.ledgerPath), EXIT.notApproved);
    }
    const barred = await whyUnwritable(buying, world);
    if (barred !== null) {
      await world.close();
      return refuse(shell, barred, EXIT.failed);
    }
    const { bossJobs } = await import("./boss-jobs.ts");
    const jobs = await bossJobs(path);
    try {
      return await working(shell, buying, { ...world, jobs }, options, { places, patience });
    } finally {
      await jobs.close();
      await world.close();
    }
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    return refuse(shell, ledgerComplaint(cause, path), EXIT.failed);
  }
}

async function working(
  shell: Shell,
  buying: Buying,
  world: World & { readonly jobs: Jobs },
  options: WorkerOptions,
  { places, patience }: { readonly places: number; readonly patience: number },
): Promise<number> {
  const { work } = await import("./worker.ts");
  const { videoStore } = await import("../delivery/video-store.ts");
  const { ledger, jobs, clock } = world;
  const events = await eventFile(shell, buying, options.events);
  const flight = new Flight();
  const say = (text: string): void => shell.err(`${text}\n`);
  const tell = (campaign: string | null, event: RunEvent | WorkerNews): void => {
    flight.tell(event);
    events?.add(workerJson(campaign, event, clock.now()));
    const told = workerText(campaign, event, world.shownLedger);
    if (told !== null && (told.bad || options.quiet !== true)) say(told.text);
  };
  const stop = new AbortController();
  const leave = new AbortController();
  const inFlight = (): { lines: number; held: MicroUsd } => flight.inFlight();
  const after = "another worker takes them up";
  const signals = signalsOf(buying, { stop, leave, inFlight, say, after, terminationMs: null });
  if (options.quiet !== true) {
    say(`Waiting for lines, ${places} at once, from ${printable(world.ledgerPath)}.`);
  }
  try {
    const { gaveUp } = await work(
      { places, patience, downloads: places, untilDone: options.untilDone === true },
      {
        ledger,
        jobs,
        clock,
        vendor: world.vendor,
        store: videoStore({
          out: world.out,
          fetch: buying.fetch,
          files: buying.files,
          clock,
          rehearsal: ledger.purpose === "rehearsal",
          ledger: ledger.id,
        }),
        tell,
        stop: stop.signal,
        leave: leave.signal,
      },
    );
    const first = signals.first();
    if (first !== null) return first === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    if (gaveUp === null) return EXIT.done;
    say(`This worker ends: ${printable(gaveUp)}. What it had is on the queue for others.`);
    return EXIT.someFailed;
  } finally {
    signals.end();
    await events?.close();
  }
}

const OVER: ReadonlySet<RunEvent["event"]> = new Set([
  "settled",
  "released",
  "failed",
  "unsent",
  "unknown",
  "in-flight",
]);

/** What is under way here. */
class Flight {
  readonly #held = new Map<string, MicroUsd>();

  tell(event: RunEvent | WorkerNews): void {
    if ("news" in event || !("line" in event)) return;
    const { hold, cost } = event.line;
    if (event.event === "reserved" || event.event === "taken-up") this.#held.set(hold, cost);
    else if (OVER.has(event.event)) this.#held.delete(hold);
  }

  inFlight(): { lines: number; held: MicroUsd } {
    let held = NOTHING;
    for (const cost of this.#held.values()) held = add(held, cost);
    return { lines: this.#held.size, held };
  }
}
