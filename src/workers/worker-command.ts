import { checkWritable } from "../cli/buying/buy.ts";
import { openEventFile } from "../cli/buying/event-output.ts";
import { handleSignals } from "../cli/buying/handle-signals.ts";
import type { BuyingSession } from "../cli/buying/ledger-session.ts";
import { openStore } from "../cli/buying/run-here.ts";
import { openRealSession, findSharedLedger } from "../cli/buying/open-session.ts";
import { RunBoard } from "../cli/buying/run-board.ts";
import { EXIT, getSignalExit } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import { explainMissingLedger, workInLedger } from "../cli/ledgers.ts";
import { readJobs, readWait } from "../cli/read-options.ts";
import type { Buying, Shell } from "../cli/shell.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import type { RunEvent } from "../run/events.ts";
import type { Jobs, WorkerNews } from "./jobs.ts";
import { formatWorkerEventJson, describeWorkerEvent } from "./worker-output.ts";
import type { WorkerOptions } from "./options.ts";

export async function worker(shell: Shell, options: WorkerOptions): Promise<number> {
  const places = readJobs(options.jobs);
  if (!places.ok) return refuse(shell, places.problem);
  const patience = readWait(options.wait);
  if (!patience.ok) return refuse(shell, patience.problem);
  const shared = await findSharedLedger(shell, options.ledger, []);
  if (!shared.ok) return refuse(shell, shared.problem);
  const buying = await shell.buying();
  if (buying.problem !== null) return refuse(shell, buying.problem);
  const opened = await openRealSession(shell, buying, [], options, []);
  if (!opened.ok) return refuse(shell, opened.problem);
  const session = opened.value;
  return await workInLedger(shell, session, async () => {
    if (session.make !== null) {
      return refuse(shell, explainMissingLedger(session.ledgerPath), "not-approved");
    }
    const writable = await checkWritable(buying, session);
    if (!writable.ok) return refuse(shell, writable.problem);
    const { openJobs } = await import("./pg-boss-jobs.ts");
    const jobs = await openJobs(shared.value);
    try {
      return await runWorker(shell, buying, { ...session, jobs }, options, {
        places: places.value,
        patience: patience.value,
      });
    } finally {
      await jobs.close();
    }
  });
}

async function runWorker(
  shell: Shell,
  buying: Buying,
  session: BuyingSession & { readonly jobs: Jobs },
  options: WorkerOptions,
  { places, patience }: { readonly places: number; readonly patience: number },
): Promise<number> {
  const { work } = await import("./worker.ts");
  const { ledger, jobs, clock } = session;
  const events = await openEventFile(shell, buying, options.events);
  const board = new RunBoard([], clock);
  const say = (text: string): void => shell.err(`${text}\n`);
  const tell = (campaign: string | null, event: RunEvent | WorkerNews): void => {
    if (!("news" in event)) board.tell(event);
    events?.add(formatWorkerEventJson(campaign, event, clock.now()));
    const told = describeWorkerEvent(campaign, event, session.shownLedger);
    if (told !== null && (told.bad || options.quiet !== true)) say(told.text);
  };
  const stop = new AbortController();
  const leave = new AbortController();
  const inFlight = (): ReturnType<RunBoard["countInFlight"]> => board.countInFlight();
  const after = "another worker resumes them";
  const signals = handleSignals(buying, { stop, leave, inFlight, say, after, terminationMs: null });
  if (options.quiet !== true) {
    say(`Waiting for lines, ${places} at once, from ${toPrintable(session.ledgerPath)}.`);
  }
  try {
    const { gaveUp } = await work(
      { places, patience, downloads: places, untilDone: options.untilDone === true },
      {
        ledger,
        jobs,
        clock,
        vendor: session.vendor,
        store: await openStore(buying, session),
        tell,
        stop: stop.signal,
        leave: leave.signal,
      },
    );
    const first = signals.first();
    if (first !== null) return getSignalExit(first);
    if (gaveUp === null) return EXIT.done;
    say(`This worker ends: ${toPrintable(gaveUp)}. What it had is on the queue for others.`);
    return EXIT.someFailed;
  } finally {
    signals.end();
    await events?.close();
  }
}
