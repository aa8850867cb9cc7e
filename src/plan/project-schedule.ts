import {
  type CapName,
  type CapOver,
  listCapsOver,
  type Caps,
  getCapKind,
  findLimit,
  scopeKey,
} from "../budget/caps.ts";
import { type CapRow, makeCapRow, findCapNeverFitting } from "../budget/decide.ts";
import { raiseCaps } from "../budget/terms.ts";
import { findWindowStart } from "../budget/window.ts";
import { add, type MicroUsd, NOTHING, sum } from "../money.ts";
import { sortForRun } from "./admit.ts";
import { groupBy } from "./group-by.ts";
import { makeEditionKey, type Plan, type PlanLine } from "./plan.ts";
import type { Purchases } from "./purchases.ts";

/** A time at which a schedule fires. */
export interface ScheduledTime {
  /** Milliseconds UTC. */
  readonly at: number;
  /** The local time then, `2026-11-21T01:00`: the name of an edition. */
  readonly local: string;
}

/** A cap that a line does not fit under at its time. */
export interface HeldBack {
  readonly cap: CapName | "breaker.usd_per_hour";
  readonly of: string | null;
  readonly limit: MicroUsd;
  /** Whether the line has another chance: the next day, or the next time. */
  readonly waits: boolean;
  readonly lines: number;
  readonly cost: MicroUsd;
}

/** What one occurrence is expected to buy. */
export interface ProjectedOccurrence extends ScheduledTime {
  readonly lines: number;
  readonly cost: MicroUsd;
  /** The first cap that keeps its other lines from being bought; null if none does. */
  readonly heldBack: HeldBack | null;
}

/** A week or a month, or all of the campaign, with what is spent and planned in it. */
export interface ProjectedWindow extends Omit<CapRow<"per_week" | "per_month" | "cap">, "limit"> {
  /** Null for no cap. */
  readonly limit: MicroUsd | null;
  readonly from: number | null;
  readonly occurrences: number;
}

export interface Projection {
  readonly occurrences: readonly ProjectedOccurrence[];
  /** Weeks, months, and the campaign at last. */
  readonly windows: readonly ProjectedWindow[];
  /** What no occurrence up to the last one buys, of a campaign that each occurrence resumes. */
  readonly left: { readonly lines: number; readonly cost: MicroUsd };
}

/**
 * Projects what each occurrence of a schedule will buy, one after the other, under every cap as it will be then. Each
 * line counts as bought at the time of its occurrence. The breaker's hour is left out: it depends on how long lines take.
 */
export function projectSchedule(
  plan: Pick<Plan, "campaign" | "lines">,
  purchases: Purchases,
  moments: readonly ScheduledTime[],
  now: number,
): Projection {
  const { campaign } = plan;
  const repeats = campaign.schedule?.mode === "repeat";
  const money = new ProjectedMoney(plan, purchases);
  const lines = sortForRun(plan.lines);
  const listUnbought = (edition: string): readonly PlanLine[] =>
    lines.filter((line) => {
      const key = makeEditionKey(line.key, edition);
      const state = purchases.findState({ ...line, key, campaign: campaign.name, edition });
      return state === "unbought";
    });
  let waiting = repeats ? [] : listUnbought("");
  const occurrences = moments.map((moment): ProjectedOccurrence => {
    if (repeats) waiting = listUnbought(moment.local);
    const { bought, left, heldBack } = money.buy(waiting, moment.at, repeats);
    waiting = left;
    return { ...moment, lines: bought.length, cost: sumCosts(bought), heldBack };
  });
  const rest = repeats ? [] : waiting;
  return {
    occurrences,
    windows: money.listWindows(occurrences, now),
    left: { lines: rest.length, cost: sumCosts(rest) },
  };
}

type Barrier = Omit<HeldBack, "lines" | "cost">;

interface OccurrenceResult {
  readonly bought: readonly PlanLine[];
  readonly left: readonly PlanLine[];
  readonly heldBack: HeldBack | null;
}

/** A cap as it stands when a line asks. */
interface CapAtTime extends Pick<CapOver, "cap" | "of" | "limit"> {
  /** Where its money is counted. */
  readonly key: string;
  readonly used: () => MicroUsd;
}

/** Money that is spent and held, and what is projected in addition. */
class ProjectedMoney {
  readonly #plan: Pick<Plan, "campaign" | "lines">;
  readonly #purchases: Purchases;
  readonly #projected = new Map<string, MicroUsd>();
  readonly #known = new Map<string, MicroUsd>();

  constructor(plan: Pick<Plan, "campaign" | "lines">, purchases: Purchases) {
    this.#plan = plan;
    this.#purchases = purchases;
  }

  /** Buys what it can of the lines, in run order. */
  buy(waiting: readonly PlanLine[], at: number, repeats: boolean): OccurrenceResult {
    const caps = raiseCaps(this.#plan.campaign, this.#purchases.overages, at);
    const bought: PlanLine[] = [];
    const left: PlanLine[] = [];
    let first: Barrier | null = null;
    for (const line of waiting) {
      const stopped: boolean = first !== null && caps.whenReached === "stop";
      const accounts = this.#listCaps(caps, line, at);
      const passed: Barrier | null = stopped
        ? null
        : this.#findBarrier(caps, accounts, line, repeats);
      first ??= passed;
      if (stopped || passed !== null) {
        left.push(line);
        continue;
      }
      bought.push(line);
      for (const { key } of accounts) this.#add(key, line.cost);
    }
    const heldBack = first && { ...first, lines: left.length, cost: sumCosts(left) };
    return { bought, left, heldBack };
  }

  listWindows(
    occurrences: readonly ProjectedOccurrence[],
    now: number,
  ): readonly ProjectedWindow[] {
    const { timezone } = this.#plan.campaign;
    const makeRow = (
      cap: ProjectedWindow["cap"],
      from: number | null,
      within: readonly ProjectedOccurrence[],
    ): ProjectedWindow => {
      const { overages, used } = this.#purchases;
      const caps = raiseCaps(this.#plan.campaign, overages, Math.max(from ?? now, now));
      const limit = findLimit(caps, cap);
      const planned = sum(within.map(({ cost }) => cost));
      const money = used({ by: "campaign" }, from);
      const account = { cap, of: null, limit: limit ?? NOTHING, used: money, planned };
      const judged = makeCapRow(account, caps.warnAt);
      const verdict = limit === null ? "ok" : judged.verdict;
      return { ...judged, limit, verdict, from, occurrences: within.length };
    };
    const listEach = (cap: "per_week" | "per_month"): readonly ProjectedWindow[] => {
      const findStart = (at: number): number =>
        findWindowStart(getCapKind(cap).window, at, timezone) ?? 0;
      const groups = groupBy(occurrences, ({ at }) => findStart(at));
      const starts = new Set([findStart(now), ...groups.keys()]);
      return [...starts].map((from) => makeRow(cap, from, groups.get(from) ?? []));
    };
    return [...listEach("per_week"), ...listEach("per_month"), makeRow("cap", null, occurrences)];
  }

  #findBarrier(
    caps: Caps,
    accounts: readonly CapAtTime[],
    { cost }: PlanLine,
    repeats: boolean,
  ): Barrier | null {
    const never = findCapNeverFitting(caps, cost);
    if (never !== null) return { ...never, of: null, waits: false };
    const passed = accounts.find(
      ({ limit, key, used }) => sum([used(), this.#projected.get(key) ?? NOTHING, cost]) > limit,
    );
    if (passed === undefined) return null;
    const { cap, of, limit } = passed;
    // An edition ends with its occurrence: what did not fit is not bought later.
    return { cap, of, limit, waits: getCapKind(cap).window !== null && !repeats };
  }

  #listCaps(caps: Caps, line: PlanLine, at: number): readonly CapAtTime[] {
    return listCapsOver(caps.limits, line).map(({ cap, of, limit, scope, window }) => {
      const from = findWindowStart(window, at, this.#plan.campaign.timezone);
      // A run is one occurrence, and nothing is spent in it before it begins.
      const key = `${cap} ${scopeKey(scope)} ${scope.by === "run" ? at : from}`;
      const used = (): MicroUsd => {
        const known = scope.by === "run" ? NOTHING : this.#known.get(key);
        if (known !== undefined) return known;
        const money = this.#purchases.used(scope, from);
        const total = add(money.spent, money.held);
        this.#known.set(key, total);
        return total;
      };
      return { cap, of, limit, key, used };
    });
  }

  #add(key: string, cost: MicroUsd): void {
    this.#projected.set(key, add(this.#projected.get(key) ?? NOTHING, cost));
  }
}

function sumCosts(lines: readonly PlanLine[]): MicroUsd {
  return sum(lines.map(({ cost }) => cost));
}

/** Finds the end of the next month, so that a projection covers a whole one. Milliseconds UTC. */
export function findEndOfNextMonth(now: number, timezone: string): number {
  const DAY_MS = 86_400_000;
  const month = findWindowStart("month", now, timezone) ?? now;
  // Two months have 59 to 62 days.
  return findWindowStart("month", month + 65 * DAY_MS, timezone) ?? now;
}
