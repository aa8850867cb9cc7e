import { type Caps, findLimit } from "../budget/caps.ts";
import { type Overage, raiseCaps } from "../budget/terms.ts";
import { type Day, listDays, findWindowStart } from "../budget/window.ts";
import type { Entry } from "../ledger/entry.ts";
import { purchaseKey } from "../budget/purchase.ts";
import { simulateReclaim, blocksPurchase, sumUnknownMoney } from "../ledger/hold.ts";
import type { OpenRun, HoldSummary, Purpose, Separation } from "../ledger/ledger.ts";
import { add, type MicroUsd, NOTHING, subtract, sum } from "../money.ts";
import { groupBy } from "../plan/group-by.ts";
import type { Plan, PlanLine } from "../plan/plan.ts";
import { type Resolution, findResolutions } from "./approvals.ts";
import { compareScenes } from "./top-sheet.ts";

/** What a ledger says of a campaign, and the plan to compare it with; null for none. */
export interface CostAccount {
  readonly campaign: string;
  readonly purpose: Purpose;
  readonly ledger: string;
  readonly timezone: string;
  /** Those of the last run, or of the plan. */
  readonly caps: Caps;
  readonly positions: readonly HoldSummary[];
  readonly runs: readonly OpenRun[];
  readonly overages: readonly Overage[];
  readonly separation: Separation | null;
  /** Lines whose bill is not as planned. */
  readonly misbilled: readonly Misbilled[];
  /** What people said of its holds. */
  readonly said: readonly Entry[];
  readonly plan: Plan | null;
  /** Milliseconds UTC. */
  readonly now: number;
}

interface Misbilled {
  readonly key: string;
  /** When it was reserved, in milliseconds UTC. */
  readonly at: number;
  readonly warnings: readonly string[];
}

/** The amounts of a cost report. Without a plan, neither the budget nor the estimate to complete is known. */
export interface Costs {
  readonly budget: MicroUsd | null;
  readonly overages: MicroUsd;
  /** Settled. */
  readonly actual: MicroUsd;
  /** Held: in flight, or of unknown outcome. */
  readonly committed: MicroUsd;
  /** Estimate to complete. */
  readonly etc: MicroUsd | null;
  /** Estimated final cost: actual, committed and what is still to come. */
  readonly efc: MicroUsd | null;
  /** Budget and overages minus the final cost; negative if it is over. */
  readonly left: MicroUsd | null;
}

interface TakeCosts extends Costs {
  readonly key: string;
}

interface ShotCosts extends Costs {
  readonly shot: string;
  readonly takes: readonly TakeCosts[];
}

export interface SceneCosts extends Costs {
  readonly scene: string | null;
  readonly shots: readonly ShotCosts[];
}

export interface CostReport extends Pick<
  CostAccount,
  "campaign" | "purpose" | "ledger" | "timezone" | "now" | "overages" | "misbilled" | "separation"
> {
  /** The day that it is about; null for the whole campaign. */
  readonly day: { readonly from: number; readonly to: number } | null;
  readonly planned: boolean;
  readonly total: Costs;
  /** Held for orders whose outcome or charge is unknown. */
  readonly unknown: MicroUsd;
  readonly scenes: readonly SceneCosts[];
  readonly resolutions: readonly Resolution[];
  /** Spent and held for lines that were bought twice. */
  readonly duplicates: MicroUsd;
  /** The keys of those lines, and whether some of that money is only held. */
  readonly boughtTwice: { readonly keys: readonly string[]; readonly held: boolean };
  /** Null in a report for one day, and before anything was bought. */
  readonly overTime: MoneyOverTime | null;
}

/** The planned cost of a line and what was paid and promised for it, under its current names. */
interface Account {
  readonly key: string;
  readonly shot: string;
  readonly scene: string | null;
  readonly budget: MicroUsd;
  readonly actual: MicroUsd;
  readonly committed: MicroUsd;
  readonly etc: MicroUsd;
}

/** Compares everything that was spent and promised with the plan. */
export function makeCostReport(account: CostAccount): CostReport {
  return makeReport(account, null);
}

/** Makes the hot cost: compares what was bought yesterday with its planned cost. */
export function makeHotCostReport(account: CostAccount): CostReport {
  const { now, timezone } = account;
  const to = findWindowStart("day", now, timezone) ?? now;
  const from = findWindowStart("day", to - 1, timezone) ?? to;
  return makeReport(account, { from, to });
}

function makeReport(account: CostAccount, day: CostReport["day"]): CostReport {
  const { campaign, purpose, ledger, timezone, now, separation, plan, runs } = account;
  const living = new Set(runs.filter((run) => run.alive).map((run) => run.id));
  const positions = account.positions
    .map((position) => simulateReclaim(position, living))
    .filter(({ reservedAt }) => isWithin(day, reservedAt));
  const overages = account.overages.filter(({ at }) => isWithin(day, at));
  const accounts = matchAccounts(positions, plan?.lines ?? [], day !== null);
  const duplicates = positions.filter((one) => one.duplicate);
  const planned = plan !== null;
  const added = (cap: Overage["cap"], of: string | null): MicroUsd =>
    sum(overages.filter((one) => one.cap === cap && one.of === of).map(({ amount }) => amount));
  return {
    campaign,
    purpose,
    ledger,
    timezone,
    now,
    separation,
    day,
    planned,
    // A day is compared with the planned cost of its lines, to which an overage adds nothing.
    total: sumCosts(accounts, day === null ? added("cap", null) : NOTHING, planned),
    unknown: sum(positions.map(sumUnknownMoney)),
    scenes: [...groupBy(accounts, ({ scene }) => scene)]
      .toSorted(([a], [b]) => compareScenes(a, b))
      .map(([scene, own]) => ({
        scene,
        ...sumCosts(
          own,
          scene === null || day !== null ? NOTHING : added("by_scene", scene),
          planned,
        ),
        shots: [...groupBy(own, ({ shot }) => shot)].map(([shot, lines]) => ({
          shot,
          ...sumCosts(lines, NOTHING, planned),
          takes: lines.map((line) => ({ key: line.key, ...sumCosts([line], NOTHING, planned) })),
        })),
      })),
    overages,
    misbilled: account.misbilled.filter(({ at }) => isWithin(day, at)),
    resolutions: findResolutions(account.said, positions),
    duplicates: sum(duplicates.map(({ spent, held }) => add(spent, held))),
    boughtTwice: {
      keys: [...new Set(duplicates.map(({ key }) => key))],
      held: duplicates.some(({ held }) => held > 0),
    },
    overTime: day === null ? followMoney(account, positions) : null,
  };
}

/** Whether a moment counts in a report. */
export function isWithin(day: CostReport["day"], at: number): boolean {
  return day === null || (at >= day.from && at < day.to);
}

/** Matches lines of the plan with their purchases, whatever those were called; purchases of no line follow. */
function matchAccounts(
  positions: readonly HoldSummary[],
  lines: readonly PlanLine[],
  /** Whether lines that were not bought are left out. */
  boughtOnly: boolean,
): readonly Account[] {
  const purchases = new Map(groupBy(positions, purchaseKey));
  const inPlan = lines.flatMap((line): Account[] => {
    const key = purchaseKey(line);
    const own = purchases.get(key) ?? [];
    purchases.delete(key);
    if (boughtOnly && !own.some(blocksPurchase)) return [];
    const open = !boughtOnly && !own.some(blocksPurchase);
    return [
      { ...pickNames(line), budget: line.cost, ...sumPaid(own), etc: open ? line.cost : NOTHING },
    ];
  });
  const unplanned = [...purchases.values()].flatMap((own): Account[] => {
    const last = own.at(-1);
    // A released purchase that is in no plan cost nothing.
    if (last === undefined || !own.some(blocksPurchase)) return [];
    return [{ ...pickNames(last), budget: NOTHING, ...sumPaid(own), etc: NOTHING }];
  });
  return [...inPlan, ...unplanned];
}

function pickNames({ key, shot, scene }: Pick<Account, "key" | "shot" | "scene">) {
  return { key, shot, scene };
}

function sumPaid(positions: readonly HoldSummary[]): Pick<Account, "actual" | "committed"> {
  return {
    actual: sum(positions.map(({ spent }) => spent)),
    committed: sum(positions.map(({ held }) => held)),
  };
}

function sumCosts(accounts: readonly Account[], overages: MicroUsd, planned: boolean): Costs {
  const actual = sum(accounts.map((one) => one.actual));
  const committed = sum(accounts.map((one) => one.committed));
  const money = { overages, actual, committed };
  if (!planned) return { ...money, budget: null, etc: null, efc: null, left: null };
  const budget = sum(accounts.map((one) => one.budget));
  const etc = sum(accounts.map((one) => one.etc));
  const efc = sum([actual, committed, etc]);
  return { ...money, budget, etc, efc, left: subtract(add(budget, overages), efc) };
}

/** A day's money, all money up to its end, and the caps that held then. */
export interface MoneyDay extends Day {
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  /** Spent and held, from the campaign's beginning. */
  readonly soFar: MicroUsd;
  readonly cap: MicroUsd | null;
  readonly perDay: MicroUsd | null;
}

/** All money that counts from a moment on. `at` is in days from the first day shown. */
interface Moment {
  readonly at: number;
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

/** Money as the caps count it: from the moment at which it was reserved. */
export interface MoneyOverTime {
  /** Every day up to today; the last ones of a long campaign. */
  readonly days: readonly MoneyDay[];
  readonly moments: readonly Moment[];
}

/** A page has room for a year of days. */
const MOST_DAYS = 366;

interface Terms {
  readonly caps: Caps;
  readonly timezone: string;
  readonly overages: readonly Overage[];
  readonly now: number;
}

/** Follows money from day to day; returns null if nothing was bought yet. */
export function followMoney(
  { caps, timezone, overages, now }: Terms,
  positions: readonly Pick<HoldSummary, "reservedAt" | "spent" | "held">[],
): MoneyOverTime | null {
  const counted = positions
    .filter(({ spent, held }) => spent > 0 || held > 0)
    .toSorted((a, b) => a.reservedAt - b.reservedAt);
  const [first] = counted;
  const last = counted.at(-1);
  if (first === undefined || last === undefined) return null;
  const end = Math.max(now, last.reservedAt);
  const days: MoneyDay[] = [];
  const moments: Moment[] = [];
  let so = { spent: NOTHING, held: NOTHING };
  let next = 0;
  /** Counts what was reserved before a moment. */
  const upTo = (to: number, tell: (at: number) => void): void => {
    for (let one = counted[next]; one !== undefined && one.reservedAt < to; one = counted[next]) {
      so = { spent: add(so.spent, one.spent), held: add(so.held, one.held) };
      tell(one.reservedAt);
      next += 1;
    }
  };
  for (const [index, day] of listDays(first.reservedAt, end, timezone, MOST_DAYS).entries()) {
    upTo(day.from, () => undefined);
    if (index === 0) moments.push({ at: 0, ...so });
    const before = so;
    upTo(day.to, (at) =>
      moments.push({ at: index + (at - day.from) / (day.to - day.from), ...so }),
    );
    const by = overages.filter(({ at }) => at < day.to);
    const raised = raiseCaps({ caps, timezone }, by, day.to - 1);
    days.push({
      ...day,
      spent: subtract(so.spent, before.spent),
      held: subtract(so.held, before.held),
      soFar: add(so.spent, so.held),
      cap: findLimit(raised, "cap"),
      perDay: findLimit(raised, "per_day"),
    });
  }
  return { days, moments };
}

export function hasMoney({ spent, held }: MoneyDay): boolean {
  return spent > 0 || held > 0;
}
