import { add, type MicroUsd, NOTHING, reachesShare, subtract, sum } from "../money.ts";
import {
  type Caps,
  type MoneyCap,
  type NamedCap,
  PACE_CAPS,
  type PaceCap,
  type Scope,
  type Used,
  type UsedMoney,
} from "./caps.ts";

/** One line that asks for money. */
export interface Ask {
  readonly cost: MicroUsd;
  readonly shot: string;
  readonly endpoint: string;
  readonly scene: string | null;
}

interface MoneyDecision {
  /** For each ask, whether a run would start it. */
  readonly starts: readonly boolean[];
  readonly rows: readonly CapRow<MoneyCap>[];
}

/** A cap with what falls under it, summed as the asks come in. */
interface Account extends CapAccount<MoneyCap> {
  planned: MicroUsd;
  started: MicroUsd;
}

/**
 * Holds asks, in the order in which a run would start them, against the caps on money. Equal to a cap fits.
 * After the first that does not fit, `stop` starts nothing more; `skip` goes on with what still fits.
 */
export function decide(caps: Caps, asks: readonly Ask[], usedMoney: UsedMoney): MoneyDecision {
  const accounts = new Accounts(caps, usedMoney);
  let stopped = false;
  const starts = asks.map((ask) => {
    const under = accounts.of(ask);
    for (const account of under) account.planned = add(account.planned, ask.cost);
    const fits =
      !stopped &&
      tooDear(caps, ask.cost) === null &&
      under.every((account) => hasRoom(account, ask.cost));
    if (fits) for (const account of under) account.started = add(account.started, ask.cost);
    else if (caps.whenReached === "stop") stopped = true;
    return fits;
  });
  return { starts, rows: accounts.all().map((account) => capRow(account, caps.warnAt)) };
}

function hasRoom({ limit, used, started }: Account, cost: MicroUsd): boolean {
  return sum([used.spent, used.held, started, cost]) <= limit;
}

/** The accounts that the caps open; a shot's when its first line asks. */
class Accounts {
  readonly #caps: Caps;
  readonly #used: UsedMoney;
  readonly #campaign: Account | null;
  readonly #shots = new Map<string, Account>();
  readonly #models: ReadonlyMap<string, Account>;
  readonly #scenes: ReadonlyMap<string, Account>;

  constructor(caps: Caps, used: UsedMoney) {
    this.#caps = caps;
    this.#used = used;
    this.#campaign =
      caps.cap === null ? null : this.#open("cap", null, caps.cap, { of: "everything" });
    this.#models = this.#named("by_model", "model", caps.byModel);
    this.#scenes = this.#named("by_scene", "scene", caps.byScene);
  }

  of(ask: Ask): readonly Account[] {
    const accounts = [
      this.#campaign,
      this.#shot(ask.shot),
      this.#models.get(ask.endpoint),
      ask.scene === null ? undefined : this.#scenes.get(ask.scene),
    ];
    return accounts.filter((account) => account !== null && account !== undefined);
  }

  all(): readonly Account[] {
    const campaign = this.#campaign === null ? [] : [this.#campaign];
    return [
      ...campaign,
      ...this.#shots.values(),
      ...this.#models.values(),
      ...this.#scenes.values(),
    ];
  }

  #shot(name: string): Account | undefined {
    const limit = this.#caps.perShot;
    if (limit === null) return undefined;
    const known =
      this.#shots.get(name) ?? this.#open("per_shot", name, limit, { of: "shot", name });
    this.#shots.set(name, known);
    return known;
  }

  #named(
    cap: MoneyCap,
    of: "model" | "scene",
    caps: readonly NamedCap[],
  ): ReadonlyMap<string, Account> {
    return new Map(
      caps.map((named) => [
        named.of,
        this.#open(cap, named.name, named.limit, { of, name: named.of }),
      ]),
    );
  }

  #open(cap: MoneyCap, of: string | null, limit: MicroUsd, scope: Scope): Account {
    return { cap, of, limit, used: this.#used(scope, null), planned: NOTHING, started: NOTHING };
  }
}

/** A cap on pace, or the breaker's hour, that a cost can never fit under, however long one waits. */
export function tooDear(caps: Caps, cost: MicroUsd): NeverFits | null {
  for (const cap of PACE_CAPS) {
    const limit = caps.pace.get(cap);
    if (limit !== undefined && cost > limit) return { cap, limit };
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
  /** The shot, model or scene that the cap is for; null for the campaign's. */
  readonly of: string | null;
  readonly limit: MicroUsd;
  readonly planned: MicroUsd;
  readonly left: MicroUsd;
  readonly verdict: CapVerdict;
}

/** What a row says of a cap before it is judged. */
interface CapAccount<Name extends string> {
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
