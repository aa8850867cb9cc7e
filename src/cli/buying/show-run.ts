import type { Hold } from "../../ledger/hold.ts";
import type { Order } from "../../ledger/entry.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { RunEvent } from "../../run/events.ts";
import type { RunOptions } from "../options.ts";
import type { Buying } from "../shell.ts";
import type { Context, ServedPage } from "../wing.ts";
import { openEventFile, formatEventJson, describeEvent } from "./event-output.ts";
import { openMovingScreen, RunBoard, drawRun } from "./run-board.ts";
import type { LedgerSession } from "./ledger-session.ts";

/** What people and scripts see of a run in progress, whether this process or workers buy it. */
export interface RunView {
  readonly board: RunBoard;
  readonly say: (text: string) => void;
  /** `hold` is the state of the line after the event, if the ledger was read. */
  readonly tell: (event: RunEvent, hold?: Hold) => void;
  /** `last` is what its page says from then on. */
  readonly close: (last: string) => Promise<void>;
}

export const RUN_OVER =
  "The run has ended, and this is how it stands. The page is no longer served: `topsheet report --format html` makes one to keep.";

/** Shows a run in progress: a moving picture on a terminal, lines elsewhere, and on request a page and a file of events. */
export async function showRun(
  shell: Context,
  buying: Buying,
  session: LedgerSession,
  run: {
    readonly plan: AdmittedPlan;
    readonly orders: readonly Order[];
    readonly options: RunOptions;
  },
): Promise<RunView> {
  const { plan, orders, options } = run;
  const { name, timezone } = plan.campaign;
  const { clock, rehearsal, shownLedger } = session;
  const board = new RunBoard(orders, clock);
  const quiet = options.quiet === true;
  const picture = (): string => drawRun(board, shell.errScreen.width, rehearsal);
  const page = await openPage(shell, buying, session, { plan, options, board });
  const screen = await openMovingScreen(shell, buying, picture, quiet);
  const events = await openEventFile(shell, buying, options.events);
  const say = (text: string): void => screen.say(`${rehearsal ? "REHEARSAL " : ""}${text}`);
  return {
    board,
    say,
    tell: (event, hold) => {
      board.tell(event);
      page?.changed();
      const written = hold === undefined ? event : { ...event, ...describeStanding(hold) };
      events?.add(formatEventJson(written, clock.now()));
      const told = describeEvent(event, name, shownLedger, timezone);
      // An order's id gets a line of its own even beside a moving picture.
      const always = told?.bad === true || (event.event === "submitted" && !quiet);
      if (told !== null && (always || (!quiet && !screen.moves))) say(told.text);
    },
    close: async (last) => {
      screen.end();
      await events?.close();
      await page?.end(last);
    },
  };
}

/** Returns what an event that was read in the ledger states besides. */
function describeStanding({ state, spent, held, request, charge, why }: Hold): object {
  return { state, spent, held, request: request?.id ?? null, charge, why };
}

/** Serves the page of a run, if it is asked for. */
async function openPage(
  shell: Context,
  buying: Buying,
  { ledger, shownLedger, clock }: LedgerSession,
  run: {
    readonly plan: AdmittedPlan;
    readonly options: Pick<RunOptions, "page">;
    readonly board: RunBoard;
  },
): Promise<ServedPage | null> {
  if (run.options.page !== true) return null;
  const mode = await shell.parts.runMode("page", "--page");
  return mode.ok
    ? await mode.value.serve(shell, buying, {
        ledger,
        campaign: run.plan.campaign.name,
        plan: run.plan,
        named: shownLedger,
        now: clock.now,
        underWay: () => run.board.listInHand(),
      })
    : null;
}
