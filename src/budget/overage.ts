import { add, type MicroUsd, NOTHING } from "../money/usd.ts";
import { type Caps, type MoneyCap, type NamedCap, PACE_CAPS, type PaceCap } from "./caps.ts";
import type { Terms } from "./terms.ts";
import { windowStart } from "./window.ts";

/** Caps that someone can add to on the record. What a run may spend is said anew with each run. */
export type RaisableCap = MoneyCap | Exclude<PaceCap, "per_run">;

export const RAISABLE_CAPS = [
  "cap",
  "per_shot",
  "by_model",
  "by_scene",
  "per_day",
  "per_week",
  "per_month",
] as const satisfies readonly RaisableCap[];

/** Money that someone has added to a cap, and why. `at` in milliseconds UTC. */
export interface Overage {
  readonly cap: RaisableCap;
  /** The model's endpoint or the scene; null for every other cap. */
  readonly of: string | null;
  readonly amount: MicroUsd;
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

/**
 * The caps with what was added to them. One on a day, week or month holds in that one only: sums have a lower
 * bound in time, and so has what is added to them. `now` in milliseconds UTC.
 */
export function raisedCaps(
  { caps, timezone }: Pick<Terms, "caps" | "timezone">,
  overages: readonly Overage[],
  now: number,
): Caps {
  if (overages.length === 0) return caps;
  const more = (cap: RaisableCap, of: string | null, from: number | null): MicroUsd =>
    overages
      .filter((one) => one.cap === cap && one.of === of && (from === null || one.at >= from))
      .reduce((total, { amount }) => add(total, amount), NOTHING);
  const raised = (limit: MicroUsd | null, cap: RaisableCap): MicroUsd | null =>
    limit === null ? null : add(limit, more(cap, null, null));
  const named = (limits: readonly NamedCap[], cap: RaisableCap): readonly NamedCap[] =>
    limits.map((one) => ({ ...one, limit: add(one.limit, more(cap, one.of, null)) }));
  const pace = new Map(caps.pace);
  for (const cap of PACE_CAPS) {
    const limit = caps.pace.get(cap);
    if (limit === undefined || cap === "per_run") continue;
    pace.set(cap, add(limit, more(cap, null, windowStart(cap, now, timezone))));
  }
  return {
    ...caps,
    cap: raised(caps.cap, "cap"),
    perShot: raised(caps.perShot, "per_shot"),
    byModel: named(caps.byModel, "by_model"),
    byScene: named(caps.byScene, "by_scene"),
    pace,
  };
}

/** The limit of a cap, a named one by its endpoint or scene; null where there is none, to hold or to add to. */
export function limitOf(caps: Caps, cap: RaisableCap, of: string | null): MicroUsd | null {
  const named = (limits: readonly NamedCap[]): MicroUsd | null =>
    limits.find((one) => one.of === of)?.limit ?? null;
  switch (cap) {
    case "by_model":
      return named(caps.byModel);
    case "by_scene":
      return named(caps.byScene);
    case "cap":
      return of === null ? caps.cap : null;
    case "per_shot":
      return of === null ? caps.perShot : null;
    case "per_day":
    case "per_week":
    case "per_month":
      return of === null ? (caps.pace.get(cap) ?? null) : null;
  }
}
