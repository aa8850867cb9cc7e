import { add, type MicroUsd, NOTHING, reachesShare, subtract, sum } from "../money.ts";
import {
  type CapOver,
  type Caps,
  type Countable,
  compareCaps,
  findLimit,
  type MoneyCap,
  listMoneyCapsOver,
  PACE_KINDS,
  type PaceCap,
  scopeKey,
  listStandingMoneyCaps,
  type Used,
  type UsedMoney,
} from "./caps.ts";

/** One line that asks for money. */
export interface Ask extends Countable {
  readonly tags: readonly string[] | null;
  readonly cost: MicroUsd;
}

interface MoneyDecision {
  /** Whether a run would start each ask. */
  readonly starts: readonly boolean[];
  readonly rows: readonly CapRow<MoneyCap>[];
}

/** A cap with what falls under it, summed as the asks come in. */
interface Account extends CapAccount<MoneyCap> {
  planned: MicroUsd;
  started: MicroUsd;
}

/**
 * Checks asks, in the order in which a run would start them, against the caps on money. A sum equal to a cap fits.
 * After the first that does not fit, `stop` starts nothing more; `skip` continues with what still fits.
 */
export function decide(caps: Caps, asks: readonly Ask[], usedMoney: UsedMoney): MoneyDecision {
  const accounts = new Map<string, Account>();
  const findAccount = ({ cap, of, limit, scope }: CapOver<MoneyCap>): Account => {
    const key = `${cap} ${scopeKey(scope)}`;
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const used = usedMoney(scope, null);
    const account = { cap, of, limit, used, planned: NOTHING, started: NOTHING };
    accounts.set(key, account);
    return account;
  };
  listStandingMoneyCaps(caps.limits).forEach(findAccount);
  let stopped = false;
  const starts = asks.map((ask) => {
    const under = listMoneyCapsOver(caps.limits, ask).map(findAccount);
    for (const account of under) account.planned = add(account.planned, ask.cost);
    const fits =
      !stopped &&
      findCapNeverFitting(caps, ask.cost) === null &&
      under.every((account) => hasRoom(account, ask.cost));
    if (fits) for (const account of under) account.started = add(account.started, ask.cost);
    else if (caps.whenReached === "stop") stopped = true;
    return fits;
  });
  const rows = [...accounts.values()].toSorted(compareCaps);
  return { starts, rows: rows.map((account) => makeCapRow(account, caps.warnAt)) };
}

function hasRoom({ limit, used, started }: Account, cost: MicroUsd): boolean {
  return sum([used.spent, used.held, started, cost]) <= limit;
}

/** Finds a cap on pace, or the breaker's hour, that a cost can never fit under, however long it waits. */
export function findCapNeverFitting(caps: Caps, cost: MicroUsd): NeverFits | null {
  for (const { name: cap } of PACE_KINDS) {
    const limit = findLimit(caps, cap);
    if (limit !== null && cost > limit) return { cap, limit };
  }
  const { usdPerHour } = caps.breaker;
  const trips = usdPerHour !== null && cost > usdPerHour;
  return trips ? { cap: "breaker.usd_per_hour", limit: usdPerHour } : null;
}

interface NeverFits {
  readonly cap: PaceCap | "breaker.usd_per_hour";
  readonly limit: MicroUsd;
}

type CapVerdict = "ok" | "warn" | "over";

/** A cap beside the money: left = limit − spent − held − planned, and may be negative. */
export interface CapRow<Name extends string = string> extends Used {
  readonly cap: Name;
  /** The shot, model, scene or tag that the cap is for; null for any other cap. */
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly planned: MicroUsd;
  readonly left: MicroUsd;
  readonly verdict: CapVerdict;
}

/** A cap and its money, before a verdict. */
interface CapAccount<Name extends string> {
  readonly cap: Name;
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly used: Used;
  readonly planned: MicroUsd;
}

/** Makes the row of a cap, on money or on pace. `warnAt` in whole per cent. */
export function makeCapRow<Name extends string>(
  { cap, of, limit, used, planned }: CapAccount<Name>,
  warnAt: number | null,
): CapRow<Name> {
  const taken = sum([used.spent, used.held, planned]);
  const left = subtract(limit, taken);
  const warns = warnAt !== null && reachesShare(taken, limit, warnAt);
  const verdict = left < 0 ? "over" : warns ? "warn" : "ok";
  return { cap, of, limit, ...used, planned, left, verdict };
}
