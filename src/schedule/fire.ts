import { PACE_KINDS } from "../budget/caps.ts";
import { consentTo } from "../cli/buying/consent.ts";
import { uncheckedText } from "../cli/buying/event-text.ts";
import { heldPlan } from "../cli/buying/held-plan.ts";
import { enterCampaign } from "../cli/buying/other-ledger.ts";
import { exitOfRun, type LiveOutcome } from "../cli/buying/run-exit.ts";
import { limitsOf, MAX_USD, runLive } from "../cli/buying/run-live.ts";
import type { World } from "../cli/buying/world.ts";
import { expectHere } from "../cli/campaigns-ledger.ts";
import { EXIT, refuse } from "../cli/exit-codes.ts";
import type { RunOptions } from "../cli/options.ts";
import type { RunSettings } from "../cli/run-options.ts";
import type { Buying, Signal } from "../cli/shell.ts";
import type { Context } from "../cli/wing.ts";
import { counted, printable } from "../diagnostics/printable.ts";
import { cents } from "../money.ts";
import { asEdition } from "../plan/plan.ts";
import { runReport, type RunReport } from "../report/run-report.ts";
import type { RunEvent } from "../run/events.ts";
import type { ScheduledPlan } from "./list-command.ts";
import type { Fired, Turn } from "./scheduler.ts";

export interface Firing {
  readonly shell: Context;
  readonly buying: Buying;
  readonly world: World;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** Where a run is noted that is begun, and not known to be ended. */
  readonly begun: Set<string>;
  readonly say: (text: string) => void;
  /** Which signal ended a run. */
  readonly signalled: (signal: Signal) => void;
}

/** Buys what is due at an occurrence: claimed, and its run started, in one step. */
export async function fire(
  { shell, buying, world, options, settings, begun, say, signalled }: Firing,
  { plan: made, schedule }: ScheduledPlan,
  turn: Turn,
): Promise<Fired> {
  const { ledger, clock } = world;
  const plan = turn.edition === "" ? made : asEdition(made, turn.edition);
  const campaign = plan.campaign.name;
  const rebuys = (): boolean => options.rebuy === true;
  await expectHere(ledger, campaign);
  const held = await heldPlan(plan, ledger, {
    retryFailed: options.retryFailed === true,
    now: clock.now(),
    rebuys,
  });
  const asked = {
    held,
    saved: null,
    options,
    settings,
    asks: false,
    rebuys,
    scheduled: true,
  } as const;
  const consent = await consentTo(shell, buying, world, asked);
  if ("exit" in consent) return { is: "refused", exit: consent.exit };
  const { orders, approval, other } = consent;
  const barred = await buying.writable(world.out);
  if (barred !== null) {
    const problem = `videos cannot be written to ${printable(world.out)}: ${printable(barred)}`;
    return { is: "refused", exit: refuse(shell, problem, EXIT.failed) };
  }
  if (orders.length > 0) {
    const refused = await enterCampaign(shell, world, campaign, other);
    if (refused !== null) return { is: "refused", exit: refused.exit };
  }
  if (orders.length > 0 || held.agreed.raised.length === 0) {
    if (!(await ledger.agree(campaign, held.agreed.terms, held.basedOn))) {
      const problem = "another run has changed the campaign's caps meanwhile";
      return { is: "refused", exit: refuse(shell, problem, EXIT.overBudget) };
    }
  }
  const { at: instant, edition, how, catchUpTo } = turn;
  const limits = limitsOf(settings);
  const claimed = await ledger.startOccurrence({
    campaign,
    instant,
    edition,
    how,
    limits,
    approval,
    ...(catchUpTo !== null && { catchUpTo }),
  });
  if (claimed.is !== "started") return { is: claimed.is };
  begun.add(claimed.run);
  const passed: PassedCap[] = [];
  const watch = (event: RunEvent): void => {
    if (event.event === "over-cap") passed.push(event);
  };
  const request = { plan: held.plan, saved: null, orders, approval, options, settings };
  const live = await runLive(shell, buying, world, { ...request, started: claimed.run, watch });
  if (orders.length > 0) await enterCampaign(shell, world, campaign, other);
  begun.delete(claimed.run);
  if (live.signal !== null) signalled(live.signal);
  const after = await heldPlan(plan, ledger, { retryFailed: false, now: clock.now(), rebuys });
  const rehearsal = ledger.purpose === "rehearsal";
  const holds = await ledger.holds(campaign);
  const report = runReport(after.plan, holds, { rehearsal, stopped: null });
  if (options.quiet !== true) {
    const unchecked = uncheckedText(live.bills.unchecked).trimEnd();
    for (const text of [soFar(report), unchecked]) if (text !== "") say(text);
  }
  // A campaign that is gone on with has another chance: that it was stopped at the day's end is how it is meant.
  const paced = schedule.mode === "continue" && passed.every(isPaced);
  const exit = exitOfRun(report, paced ? asPaced(live) : live);
  return { is: "over", finished: isFinished(live), exit };
}

type PassedCap = Pick<Extract<RunEvent, { readonly event: "over-cap" }>, "cap" | "limit" | "cost">;

function isPaced({ cap, limit, cost }: PassedCap): boolean {
  const waits = cap === MAX_USD || PACE_KINDS.some(({ name }) => name === cap);
  return waits && cost <= limit;
}

function asPaced(live: LiveOutcome): LiveOutcome {
  const ends = live.ends.filter((end) => end !== "over-cap");
  return { ...live, ends, halt: live.halt?.because === "cap" ? null : live.halt };
}

/** Whether it is over: what was interrupted, or lost its ledger, is gone on with. */
function isFinished({ halt, signal }: LiveOutcome): boolean {
  if (signal !== null) return false;
  switch (halt?.because) {
    case "interrupted":
    case "ledger":
    case "taken-for-dead":
    case "queue":
      return false;
    case "cap":
    case "breaker":
    case "approval":
    case "vendor":
    case undefined:
      return true;
  }
}

function soFar({ plan, totals }: RunReport): string {
  const edition = plan.edition === "" ? "" : ` of ${plan.edition.replace("T", " ")}`;
  const lines = `${totals.settled} of ${counted(totals.lines, "line")}${edition}`;
  const held = totals.held > 0 ? `, ${cents(totals.held)} held` : "";
  return `${lines} bought, ${cents(totals.spent)} spent${held}.`;
}
