import type { Caps } from "../budget/caps.ts";
import { limitOf, type Overage, raisedCaps } from "../budget/overage.ts";
import { type Day, daysFrom } from "../budget/window.ts";
import type { Position } from "../ledger/ledger.ts";
import { add, type MicroUsd, NOTHING, subtract } from "../money/usd.ts";

/** A day's money, all that counted up to its end, and the caps that held then. */
export interface MoneyDay extends Day {
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  /** Spent and held, from the campaign's beginning. */
  readonly soFar: MicroUsd;
  readonly cap: MicroUsd | null;
  readonly perDay: MicroUsd | null;
}

/** All that counted from this moment on. `at` in days from the first one shown. */
interface Moment {
  readonly at: number;
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

/** Money as the caps count it: all of it from the instant at which it was reserved. */
export interface MoneyOverTime {
  /** Every day to this one; the days of a long campaign only since. */
  readonly days: readonly MoneyDay[];
  readonly moments: readonly Moment[];
}

/** A year of days is what a page is wide enough for. */
const MOST_DAYS = 366;

interface Holding {
  readonly caps: Caps;
  readonly timezone: string;
  readonly overages: readonly Overage[];
  readonly now: number;
}

/** Null where nothing was bought yet. */
export function moneyOverTime(
  { caps, timezone, overages, now }: Holding,
  positions: readonly Pick<Position, "reservedAt" | "spent" | "held">[],
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
  for (const [index, day] of daysFrom(first.reservedAt, end, timezone, MOST_DAYS).entries()) {
    upTo(day.from, () => undefined);
    if (index === 0) moments.push({ at: 0, ...so });
    const before = so;
    upTo(day.to, (at) =>
      moments.push({ at: index + (at - day.from) / (day.to - day.from), ...so }),
    );
    const by = overages.filter(({ at }) => at < day.to);
    const raised = raisedCaps({ caps, timezone }, by, day.to - 1);
    days.push({
      ...day,
      spent: subtract(so.spent, before.spent),
      held: subtract(so.held, before.held),
      soFar: add(so.spent, so.held),
      cap: raised.cap,
      perDay: limitOf(raised, "per_day", null),
    });
  }
  return { days, moments };
}

export function hasMoney({ spent, held }: MoneyDay): boolean {
  return spent > 0 || held > 0;
}
