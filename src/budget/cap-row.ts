import { type MicroUsd, reachesShare, subtract, sum } from "../money/usd.ts";
import type { Used } from "./caps.ts";

type CapVerdict = "ok" | "warn" | "over";

/** A cap beside the money: left = limit − spent − held − planned, and may be negative. */
export interface CapRow<Name extends string = string> extends Used {
  readonly cap: Name;
  /** The shot, model or scene that the cap is for; null for the campaign's. */
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly planned: MicroUsd;
  readonly left: MicroUsd;
  readonly verdict: CapVerdict;
}

/** What a row says of a cap before it is judged. */
export interface CapAccount<Name extends string> {
  readonly cap: Name;
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly used: Used;
  readonly planned: MicroUsd;
}

/** The row of any cap, of money or of pace. `warnAt` in whole per cent. */
export function capRow<Name extends string>(
  { cap, of, limit, used, planned }: CapAccount<Name>,
  warnAt: number | null,
): CapRow<Name> {
  const taken = sum([used.spent, used.held, planned]);
  const left = subtract(limit, taken);
  const warns = warnAt !== null && reachesShare(taken, limit, warnAt);
  const verdict = left < 0 ? "over" : warns ? "warn" : "ok";
  return { cap, of, limit, ...used, planned, left, verdict };
}
