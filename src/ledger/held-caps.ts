import { listCapsOver, type Countable, type Scope, listScopes } from "../budget/caps.ts";
import { type Overage, raiseCaps, type Terms } from "../budget/terms.ts";
import { findWindowStart } from "../budget/window.ts";
import { add, type MicroUsd } from "../money.ts";
import type { RunLimit } from "./entry.ts";

/** What a cap counts: a `Scope`, with a run's account in place of the run; or money of unknown outcome. */
export type CountedBy =
  | Exclude<Scope, { readonly by: "run" }>
  | { readonly by: "account"; readonly name: string }
  /** Held for unknown outcomes and charges; the order itself does not add to it. */
  | { readonly by: "unknown" };

/** One cap that an order has to fit under. `from` in milliseconds UTC: sums have only a lower bound in time. */
export interface HeldCap {
  /** As the manifest names it, or the limit of a run. */
  readonly cap: string;
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly counts: CountedBy;
  readonly from: number | null;
  /** Whether it ends the run, whatever `when_reached` says. */
  readonly trips: boolean;
}

/** A cap that an order does not fit under. */
export interface PassedCap extends HeldCap {
  /** Spent and held already. */
  readonly used: MicroUsd;
}

/** Lists every cap that applies to an order now: the campaign's, and its run's limits. `now` in milliseconds UTC. */
export function listHeldCaps(
  terms: Terms,
  overages: readonly Overage[],
  run: { readonly account: string; readonly limits: readonly RunLimit[] },
  order: Countable,
  now: number,
): readonly HeldCap[] {
  const caps = raiseCaps(terms, overages, now);
  const held = listCapsOver(caps.limits, order).map(
    ({ cap, of, limit, scope, window }): HeldCap => ({
      cap,
      of,
      limit,
      counts: toCountedBy(scope, run.account),
      from: findWindowStart(window, now, terms.timezone),
      trips: false,
    }),
  );
  const plain = { of: null, from: null, trips: false };
  const counts = toCountedBy({ by: "run" }, run.account);
  for (const { name: cap, limit } of run.limits) held.push({ ...plain, cap, limit, counts });
  const { usdPerHour: perHour, unknownUsd: unknown } = caps.breaker;
  const breaker = { ...plain, trips: true };
  if (perHour !== null) {
    const hour = { counts: { by: "campaign" }, from: now - HOUR_MS } as const;
    held.push({ ...breaker, cap: "breaker.usd_per_hour", limit: perHour, ...hour });
  }
  if (unknown !== null) {
    const cap = "breaker.unknown_usd";
    held.push({ ...breaker, cap, limit: unknown, counts: { by: "unknown" } });
  }
  return held;
}

/** Lists everything that a hold's money counts in. */
export function listCountedBy(line: Countable, account: string): readonly CountedBy[] {
  return listScopes(line).map((scope) => toCountedBy(scope, account));
}

function toCountedBy(scope: Scope, account: string): CountedBy {
  return scope.by === "run" ? { by: "account", name: account } : scope;
}

const HOUR_MS = 3_600_000;

/** Returns whether an order does not fit beside what is already used. */
export function isExceeded(cap: HeldCap, used: MicroUsd, cost: MicroUsd): boolean {
  return (cap.counts.by === "unknown" ? used : add(used, cost)) > cap.limit;
}

/** Campaigns and shots are compared without case, as on some file systems. */
export function foldCase(name: string): string {
  return name.toLowerCase();
}
