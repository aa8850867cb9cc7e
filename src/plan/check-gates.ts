import { type MicroUsd, type Percent, shareOf, subtract } from "../money.ts";

/** How much more a plan may cost than the one before. */
export type CostIncrease = { readonly usd: MicroUsd } | { readonly percent: Percent };

/** The limits that a plan has to pass, besides its caps. */
export interface GateLimits {
  readonly maxUsd: MicroUsd | null;
  readonly maxIncrease: CostIncrease | null;
  readonly failOn: "warn" | null;
}

/** One gate, and what was compared with it. */
export type PlanGate = { readonly passed: boolean } & (
  | { readonly name: "max-usd"; readonly limit: MicroUsd; readonly value: MicroUsd }
  | {
      readonly name: "max-increase";
      readonly limit: CostIncrease;
      /** What the limit comes to. */
      readonly allowed: MicroUsd;
      /** By how much the cost grows; negative if it shrinks. */
      readonly value: MicroUsd;
      readonly before: MicroUsd;
      readonly after: MicroUsd;
    }
  | { readonly name: "fail-on"; readonly limit: "warn"; readonly value: number }
);

export interface MeasuredPlan {
  /** The whole plan's cost, whatever is bought of it. */
  readonly cost: MicroUsd;
  /** What the plan before costs; null if there is nothing to compare with. */
  readonly before: MicroUsd | null;
  readonly warnings: number;
}

/** Checks a plan against each limit that was asked for. Equal to a limit passes. */
export function checkGates(
  limits: GateLimits,
  { cost, before, warnings }: MeasuredPlan,
): readonly PlanGate[] {
  const { maxUsd, maxIncrease, failOn } = limits;
  const gates: PlanGate[] = [];
  if (maxUsd !== null) {
    gates.push({ name: "max-usd", limit: maxUsd, value: cost, passed: cost <= maxUsd });
  }
  if (maxIncrease !== null && before !== null) gates.push(checkIncrease(maxIncrease, before, cost));
  if (failOn !== null) {
    gates.push({ name: "fail-on", limit: failOn, value: warnings, passed: warnings === 0 });
  }
  return gates;
}

function checkIncrease(limit: CostIncrease, before: MicroUsd, after: MicroUsd): PlanGate {
  // Amounts are whole micro-dollars: one is within a share when it is within the share rounded down.
  const allowed = "usd" in limit ? limit.usd : shareOf(before, limit.percent);
  const value = subtract(after, before);
  return { name: "max-increase", limit, allowed, value, before, after, passed: value <= allowed };
}
