import { PACE_KINDS } from "../budget/caps.ts";
import { buy } from "../cli/buying/buy.ts";
import { describeUncheckedPrices } from "../cli/buying/event-output.ts";
import { chooseExitCode, type LiveOutcome } from "../cli/buying/choose-exit-code.ts";
import { makeRunLimits, MAX_USD, runHere } from "../cli/buying/run-here.ts";
import type { BuyingSession } from "../cli/buying/ledger-session.ts";
import type { RunOptions } from "../cli/options.ts";
import type { RunSettings } from "../cli/read-options.ts";
import type { Buying, Signal } from "../cli/shell.ts";
import type { Context } from "../cli/wing.ts";
import { formatCount } from "../diagnostics/printable.ts";
import { ok, type Result } from "../diagnostics/result.ts";
import { cents } from "../money.ts";
import { makeEdition } from "../plan/plan.ts";
import type { RunReport } from "../report/run-report.ts";
import type { RunEvent } from "../run/events.ts";
import { formatLocalTime } from "./due.ts";
import type { ScheduledPlan } from "./list-command.ts";
import type { Fired, Turn } from "./scheduler.ts";

export interface Firing {
  readonly shell: Context;
  readonly buying: Buying;
  readonly session: BuyingSession;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** Runs that have begun and are not known to have ended. */
  readonly begun: Set<string>;
  readonly say: (text: string) => void;
  /** Which signal ended a run. */
  readonly signalled: (signal: Signal) => void;
}

/** Buys what is due at an occurrence. */
export async function fire(
  { shell, buying, session, options, settings, begun, say, signalled }: Firing,
  { plan: made, schedule }: ScheduledPlan,
  turn: Turn,
): Promise<Result<Fired>> {
  const plan = turn.edition === "" ? made : makeEdition(made, turn.edition);
  const passed: PassedCap[] = [];
  const { at: instant, edition, how, catchUpTo } = turn;
  const outcome = await buy(shell, buying, session, {
    plan,
    saved: null,
    options,
    settings,
    scheduled: {
      claim: async (approval) => {
        const claimed = await session.ledger.startOccurrence({
          campaign: plan.campaign.name,
          instant,
          edition,
          how,
          approval,
          limits: makeRunLimits(settings),
          ...(catchUpTo !== null && { catchUpTo }),
        });
        if (claimed.is === "started") begun.add(claimed.run);
        return claimed;
      },
      watch: (event) => {
        if (event.event === "over-cap") passed.push(event);
      },
      ended: ({ run, signal }) => {
        begun.delete(run);
        if (signal !== null) signalled(signal);
      },
    },
    execute: async (session, request) => await runHere(shell, buying, session, request),
  });
  if (!outcome.ok) return outcome;
  const bought = outcome.value;
  if (bought.is === "detached") throw new Error("a schedule leaves nothing to workers");
  if (bought.is !== "bought") return ok(bought);
  const { report, live } = bought;
  if (options.quiet !== true) {
    const unchecked = describeUncheckedPrices(live.bills.unchecked).trimEnd();
    for (const text of [describeProgress(report), unchecked]) if (text !== "") say(text);
  }
  // A campaign that continues has another chance: being stopped by the day's cap is no failure.
  const paced = schedule.mode === "continue" && passed.every(isPaced);
  const exit = chooseExitCode(report, paced ? dropPacedEnds(live) : live);
  return ok({ is: "over", finished: isFinished(live), exit });
}

type PassedCap = Pick<Extract<RunEvent, { readonly event: "over-cap" }>, "cap" | "limit" | "cost">;

function isPaced({ cap, limit, cost }: PassedCap): boolean {
  const waits = cap === MAX_USD || PACE_KINDS.some(({ name }) => name === cap);
  return waits && cost <= limit;
}

function dropPacedEnds(live: LiveOutcome): LiveOutcome {
  const ends = live.ends.filter((end) => end !== "over-cap");
  return { ...live, ends, halt: live.halt === "cap" ? null : live.halt };
}

/** Whether an occurrence is over: one that was interrupted, or lost its ledger, resumes. */
function isFinished({ halt, signal }: LiveOutcome): boolean {
  if (signal !== null) return false;
  switch (halt) {
    case "interrupted":
    case "ledger":
    case "taken-for-dead":
    case "queue":
      return false;
    case "cap":
    case "breaker":
    case "approval":
    case "vendor":
    case null:
      return true;
  }
}

function describeProgress({ plan, totals }: RunReport): string {
  const edition = plan.edition === "" ? "" : ` of ${formatLocalTime(plan.edition)}`;
  const lines = `${totals.settled} of ${formatCount(totals.lines, "line")}${edition}`;
  const held = totals.held > 0 ? `, ${cents(totals.held)} held` : "";
  return `${lines} bought, ${cents(totals.spent)} spent${held}.`;
}
