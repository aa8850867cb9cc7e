import { planAccount } from "../../ledger/approval.ts";
import type { RunLimit } from "../../ledger/entry.ts";
import type { Store } from "../../run/ports.ts";
import { runPlan } from "../../run/run-plan.ts";
import type { RunSettings } from "../read-options.ts";
import type { Buying } from "../shell.ts";
import type { Context } from "../wing.ts";
import type { BuyingSession, LiveRequest } from "./ledger-session.ts";
import { RUN_OVER, showRun } from "./show-run.ts";
import type { LiveOutcome } from "./choose-exit-code.ts";
import { handleSignals, TERMINATION_MS } from "./handle-signals.ts";

/** Returns the limits of a run beside its campaign's caps. */
export function makeRunLimits({ maxUsd }: RunSettings): readonly RunLimit[] {
  return maxUsd === null ? [] : [{ name: MAX_USD, limit: maxUsd }];
}

export const MAX_USD = "--max-usd";

/** Opens the store for this session's videos. */
export async function openStore(
  { fetch, files }: Buying,
  { out, clock, ledger }: BuyingSession,
): Promise<Store> {
  const { videoStore } = await import("../../delivery/video-store.ts");
  const rehearsal = ledger.purpose === "rehearsal";
  return videoStore({ out, fetch, files, clock, rehearsal, ledger: ledger.id });
}

/** Buys the lines in this process, and shows the progress. */
export async function runHere(
  shell: Context,
  buying: Buying,
  session: BuyingSession,
  request: LiveRequest,
): Promise<LiveOutcome> {
  const { plan, saved, orders, approval, settings, started, watch } = request;
  const view = await showRun(shell, buying, session, request);
  const stop = new AbortController();
  const leave = new AbortController();
  const signals = handleSignals(buying, {
    stop,
    leave,
    inFlight: () => view.board.countInFlight(),
    say: view.say,
    after: session.rehearsal ? null : "run again to resume them",
    terminationMs: TERMINATION_MS,
  });
  const { name, caps, concurrency } = plan.campaign;
  try {
    const outcome = await runPlan(
      {
        campaign: name,
        orders,
        // A saved plan is one run, however often it is resumed.
        account: saved === null ? null : planAccount(saved.sha256),
        limits: makeRunLimits(settings),
        approval,
        started,
        mostFailures: caps.breaker.failuresInARow,
        stopsAtCap: caps.whenReached === "stop",
        concurrency: {
          total: settings.jobs ?? concurrency.total,
          byModel: concurrency.byModel,
        },
        patience: settings.patience,
      },
      {
        ledger: session.ledger,
        vendor: session.vendor,
        store: await openStore(buying, session),
        clock: session.clock,
        tell: (event) => {
          watch?.(event);
          view.tell(event);
        },
        stop: stop.signal,
        leave: leave.signal,
      },
    );
    return { ...outcome, signal: signals.first() };
  } finally {
    signals.end();
    await view.close(RUN_OVER);
  }
}
