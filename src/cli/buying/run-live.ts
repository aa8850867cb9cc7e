import { planAccount } from "../../ledger/approval.ts";
import type { RunLimit } from "../../ledger/entry.ts";
import type { RunEvent } from "../../run/events.ts";
import { runPlan } from "../../run/run-plan.ts";
import type { RunSettings } from "../run-options.ts";
import type { Buying } from "../shell.ts";
import type { Context } from "../wing.ts";
import type { LiveRequest } from "./books.ts";
import { pageOfRun, RUN_OVER } from "./page-of-run.ts";
import { eventFile, eventJson, eventText } from "./event-text.ts";
import { movingScreen } from "./moving-screen.ts";
import { RunBoard, runPicture } from "./run-board.ts";
import type { LiveOutcome } from "./run-exit.ts";
import { signalsOf, TERMINATION_MS } from "./signals.ts";
import type { World } from "./world.ts";

/** What a run may spend beside its campaign's caps. */
export function limitsOf({ maxUsd }: RunSettings): readonly RunLimit[] {
  return maxUsd === null ? [] : [{ name: MAX_USD, limit: maxUsd }];
}

export const MAX_USD = "--max-usd";

/** The run itself, shown as it goes: progress on a terminal, lines elsewhere, events into a file. */
export async function runLive(
  shell: Context,
  buying: Buying,
  world: World,
  { plan, saved, orders, approval, options, settings, started, watch }: LiveRequest,
): Promise<LiveOutcome> {
  const { videoStore } = await import("../../delivery/video-store.ts");
  const { name } = plan.campaign;
  const board = new RunBoard(orders, world.clock);
  const quiet = options.quiet === true;
  const picture = (): string => runPicture(board, shell.errScreen.width, world.rehearsal);
  const page = await pageOfRun(shell, buying, world, { plan, options, board });
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
    // An order's id is worth a line of its own also where a picture moves.
    const always = told?.bad === true || (event.event === "submitted" && !quiet);
    if (told !== null && (always || (!quiet && !screen.moves))) say(told.text);
  };
  const stop = new AbortController();
  const leave = new AbortController();
  const signals = signalsOf(buying, {
    stop,
    leave,
    inFlight: () => board.inFlight(),
    say,
    after: world.rehearsal ? null : "run again to take them up",
    terminationMs: TERMINATION_MS,
  });
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
        vendor: world.vendor,
        store: videoStore({
          out: world.out,
          fetch: buying.fetch,
          files: buying.files,
          clock: world.clock,
          rehearsal: world.ledger.purpose === "rehearsal",
          ledger: world.ledger.id,
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
