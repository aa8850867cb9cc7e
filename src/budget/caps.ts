import type { MicroUsd } from "../money.ts";

/** Caps on money: over one of them, a plan does not fit. */
export type MoneyCap = "cap" | "per_shot" | "by_model" | "by_scene";
/** Caps on pace: over one of them, a plan takes longer. */
export const PACE_CAPS = ["per_run", "per_day", "per_week", "per_month"] as const;

export type PaceCap = (typeof PACE_CAPS)[number];

/** Every cap optional; all of them hold at once. */
export interface Caps {
  readonly cap: MicroUsd | null;
  readonly perShot: MicroUsd | null;
  readonly byModel: readonly NamedCap[];
  readonly byScene: readonly NamedCap[];
  readonly pace: ReadonlyMap<PaceCap, MicroUsd>;
  /** Whole per cent of a cap at which to warn. */
  readonly warnAt: number | null;
  readonly whenReached: "stop" | "skip";
  readonly breaker: Breaker;
}

/** What ends a run before more is lost: nothing more is admitted, whatever `whenReached` says. */
export interface Breaker {
  /** Spent and held within any hour. */
  readonly usdPerHour: MicroUsd | null;
  /** Lines of one run that failed one after the other. */
  readonly failuresInARow: number | null;
  /** Held for lines whose outcome, or whose charge, nobody knows. */
  readonly unknownUsd: MicroUsd | null;
}

export const NO_BREAKER: Breaker = { usdPerHour: null, failuresInARow: null, unknownUsd: null };

export interface NamedCap {
  /** The model's endpoint or the scene: what lines are matched by. */
  readonly of: string;
  /** As the manifest names it. */
  readonly name: string;
  readonly limit: MicroUsd;
}

export const NO_CAPS: Caps = {
  cap: null,
  perShot: null,
  byModel: [],
  byScene: [],
  pace: new Map(),
  warnAt: null,
  whenReached: "stop",
  breaker: NO_BREAKER,
};

/** Money that already counts against a cap: settled, and promised to holds. */
export interface Used {
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

/** What a cap counts: everything, or one shot's, one model's (by endpoint), one scene's, one tag's. */
export type Scope =
  | { readonly of: "everything" }
  | { readonly of: "shot" | "model" | "scene" | "tag"; readonly name: string };

/** Where the used money is known from: the ledger, behind this port. `from` in milliseconds UTC, null for ever. */
export type UsedMoney = (scope: Scope, from: number | null) => Used;
