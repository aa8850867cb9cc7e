import { counted, printable } from "../diagnostics/printable.ts";
import type { LineFile } from "../disk.ts";
import { planAccount } from "../ledger/approval.ts";
import type { Order, RunLimit } from "../ledger/entry.ts";
import { cents } from "../money/usd.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { RunEvent } from "../run/events.ts";
import { runPlan } from "../run/run-plan.ts";
import { EXIT } from "./exit-codes.ts";
import { eventJson, eventText } from "./event-text.ts";
import { livePage } from "./live-page.ts";
import { movingScreen } from "./moving-screen.ts";
import { RunBoard } from "./run-board.ts";
import type { LiveOutcome } from "./run-exit.ts";
import type { RunOptions, RunSettings } from "./run-options.ts";
import { runPicture } from "./run-picture.ts";
import type { SavedPlan } from "./load-plan.ts";
import type { Buying, Shell, Signal } from "./shell.ts";
import type { World } from "./world.ts";

export interface LiveRequest {
  readonly plan: AdmittedPlan;
  readonly saved: SavedPlan | null;
  readonly orders: readonly Order[];
  readonly approval: string | null;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** An occurrence's run, which was started when the occurrence was claimed. */
  readonly started?: string;
  /** Sees everything that happens. */
  readonly watch?: (event: RunEvent) => void;
}

/** What a run may spend beside its campaign's caps. */
export function limitsOf({ maxUsd }: RunSettings): readonly RunLimit[] {
  return maxUsd === null ? [] : [{ name: MAX_USD, limit: maxUsd }];
}

export const MAX_USD = "--max-usd";

// A supervisor that asks a program to end kills it after a while; ids have to be written by then. Milliseconds.
const TERMINATION_MS = 8_000;

const RUN_OVER =
  "The run has ended, and this is how it stands. The page is no longer served: `topsheet report --format html` makes one to keep.";

/** The run itself, shown as it goes: progress on a terminal, lines elsewhere, events into a file. */
export async function runLive(
  shell: Shell,
  buying: Buying,
  world: World,
  { plan, saved, orders, approval, options, settings, started, watch }: LiveRequest,
): Promise<LiveOutcome> {
  const { falVendor } = await import("../fal/fal-vendor.ts");
  const { videoStore } = await import("../delivery/video-store.ts");
  const { name } = plan.campaign;
  const board = new RunBoard(orders, world.clock);
  const quiet = options.quiet === true;
  const picture = (): string => runPicture(board, shell.errScreen.width, world.rehearsal);
  const page =
    options.page === true
      ? await livePage(shell, buying, {
          ledger: world.ledger,
          campaign: name,
          plan,
          named: world.shownLedger,
          now: world.clock.now,
          underWay: () => board.inHand(),
        })
      : null;
  const screen = await movingScreen(shell, buying, picture, quiet);
  const events = await eventFile(shell, buying, options.events);
  const say = (text: string): void => {
    screen.say(`${world.rehearsal ? "REHEARSAL " : ""}${text}`);
  };
  const tell = (event: RunEvent): void => {
    board.tell(event);
    page?.changed();
    watch?.(event);
    events?.add(eventJson(event, world.clock.now()));
    const told = eventText(event, name, world.shownLedger, plan.campaign.timezone);
    if (told !== null && (told.bad || (!quiet && !screen.moves))) say(told.text);
  };
  const stop = new AbortController();
  const leave = new AbortController();
  const signals = signalsOf(buying, { stop, leave, board, say });
  const { concurrency } = plan.campaign;
  try {
    const outcome = await runPlan(
      {
        campaign: name,
        orders,
        // A saved plan is one run, however often it is resumed.
        account: saved === null ? null : planAccount(saved.sha256),
        limits: limitsOf(settings),
        approval,
        started: started ?? null,
        mostFailures: plan.campaign.caps.breaker.failuresInARow,
        stopsAtCap: plan.campaign.caps.whenReached === "stop",
        concurrency: {
          total: settings.jobs ?? concurrency.total,
          byModel: concurrency.byModel,
        },
        patience: settings.patience,
      },
      {
        ledger: world.ledger,
        vendor: falVendor(world.access),
        store: videoStore({
          out: world.out,
          fetch: buying.fetch,
          files: buying.files,
          clock: world.clock,
          rehearsal: async () => (await world.ledger.purpose()) === "rehearsal",
        }),
        clock: world.clock,
        tell,
        stop: stop.signal,
        leave: leave.signal,
      },
    );
    return { ...outcome, signal: signals.first() };
  } finally {
    signals.end();
    screen.end();
    await events?.close();
    await page?.end(RUN_OVER);
  }
}

interface Reins {
  readonly stop: AbortController;
  readonly leave: AbortController;
  readonly board: RunBoard;
  readonly say: (text: string) => void;
}

/** First Ctrl-C: starts nothing more and waits. Second: leaves. SIGTERM: the first, and soon the second. */
function signalsOf(
  buying: Buying,
  { stop, leave, board, say }: Reins,
): { readonly first: () => Signal | null; readonly end: () => void } {
  let first: Signal | null = null;
  let deadline: NodeJS.Timeout | undefined;
  const leaving = (): void => {
    say(
      "Leaving. Jobs in flight go on at fal, their ids are in the ledger; run again to take them up.",
    );
    leave.abort();
  };
  const off = buying.onSignal((signal) => {
    if (first !== null) {
      if (!leave.signal.aborted) return leaving();
      say("Gone. What was being sent is unknown until `topsheet status` and `topsheet resolve`.");
      return buying.abandon(first === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
    }
    first = signal;
    stop.abort();
    const { lines, held } = board.inFlight();
    const flight =
      lines === 0
        ? "Nothing is in flight."
        : `${counted(lines, "line")} for ${cents(held)} in flight, waiting for them.`;
    if (signal === "SIGINT") {
      say(`${flight}${lines === 0 ? "" : " Ctrl-C again leaves; the jobs go on at fal."}`);
      return;
    }
    say(flight);
    deadline = setTimeout(leaving, TERMINATION_MS);
  });
  return {
    first: () => first,
    end: () => {
      clearTimeout(deadline);
      off();
    },
  };
}

/** Events in their order, each on a line; a file that cannot be written is said once and costs nothing else. */
async function eventFile(
  shell: Shell,
  buying: Buying,
  path: string | undefined,
): Promise<{ readonly add: (line: string) => void; readonly close: () => Promise<void> } | null> {
  if (path === undefined) return null;
  const opened = await buying.openLines(path);
  const complain = (): void =>
    shell.err(`warning: events cannot be written to ${printable(path)}\n`);
  if ("fault" in opened) {
    complain();
    return null;
  }
  const file: LineFile = opened;
  let told = false;
  let last = Promise.resolve();
  return {
    add: (line) => {
      last = last.then(async () => {
        if ((await file.add(line)) !== null && !told) {
          told = true;
          complain();
        }
      });
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}
