import { PACE_CAPS } from "../budget/caps.ts";
import { type Overage, raisedCaps, type Terms } from "../budget/terms.ts";
import { windowStart } from "../budget/window.ts";
import { add, type MicroUsd } from "../money.ts";
import type { Order, RunLimit } from "./entry.ts";

/** What a cap counts: holds of the campaign that have this shot, endpoint, scene or tag, or whose run has this account. */
export type CountedBy =
  | { readonly by: "campaign" }
  /** Held for outcomes and charges that nobody knows; what is asked for does not add to it. */
  | { readonly by: "unknown" }
  | { readonly by: "shot" | "endpoint" | "scene" | "tag" | "account"; readonly name: string };

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

/** Every cap that holds an order at this moment: the campaign's, and its run's limits. `now` in milliseconds UTC. */
export function heldCaps(
  terms: Terms,
  overages: readonly Overage[],
  run: { readonly account: string; readonly limits: readonly RunLimit[] },
  order: Pick<Order, "shot" | "scene" | "endpoint">,
  now: number,
): readonly HeldCap[] {
  const { timezone } = terms;
  const caps = raisedCaps(terms, overages, now);
  const held: HeldCap[] = [];
  const hold = (
    cap: HeldCap["cap"],
    of: string | null,
    limit: MicroUsd,
    counts: CountedBy,
    from: number | null = null,
    trips = false,
  ): void => {
    held.push({ cap, of, limit, counts, from, trips });
  };
  const account: CountedBy = { by: "account", name: run.account };
  if (caps.cap !== null) hold("cap", null, caps.cap, { by: "campaign" });
  if (caps.perShot !== null) {
    hold("per_shot", order.shot, caps.perShot, { by: "shot", name: folded(order.shot) });
  }
  for (const { of, name, limit } of caps.byModel) {
    if (of === order.endpoint) hold("by_model", name, limit, { by: "endpoint", name: of });
  }
  for (const { of, limit } of caps.byScene) {
    if (of === order.scene) hold("by_scene", of, limit, { by: "scene", name: of });
  }
  for (const cap of PACE_CAPS) {
    const limit = caps.pace.get(cap);
    if (limit === undefined) continue;
    const counts: CountedBy = cap === "per_run" ? account : { by: "campaign" };
    hold(cap, null, limit, counts, windowStart(cap, now, timezone));
  }
  for (const { name, limit } of run.limits) hold(name, null, limit, account);
  const { usdPerHour, unknownUsd } = caps.breaker;
  if (usdPerHour !== null) {
    hold("breaker.usd_per_hour", null, usdPerHour, { by: "campaign" }, now - HOUR_MS, true);
  }
  if (unknownUsd !== null) {
    hold("breaker.unknown_usd", null, unknownUsd, { by: "unknown" }, null, true);
  }
  return held;
}

const HOUR_MS = 3_600_000;

/** Whether an order does not fit beside what is used already. */
export function isPassed(cap: HeldCap, used: MicroUsd, cost: MicroUsd): boolean {
  return (cap.counts.by === "unknown" ? used : add(used, cost)) > cap.limit;
}

/** Campaigns and shots are told apart without regard to case, as file systems do. */
export function folded(name: string): string {
  return name.toLowerCase();
}
