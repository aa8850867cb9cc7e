import type { CapRow } from "../budget/cap-row.ts";
import type { UsedMoney } from "../budget/caps.ts";
import { decide } from "../budget/decide.ts";
import { type Overage, raisedCaps } from "../budget/overage.ts";
import { pace } from "../budget/pace.ts";
import type { Terms } from "../budget/terms.ts";
import { currentHolds, type HoldState, unknownMoney } from "../ledger/hold.ts";
import type { OpenRun, Position, Purpose } from "../ledger/ledger.ts";
import { type MicroUsd, NOTHING, sum } from "../money/usd.ts";

/** How a campaign stands at a moment, as far as it can be told without reading what was sent. */
export interface Watched {
  readonly campaign: string;
  readonly purpose: Purpose;
  /** The hold that each purchase has now, counted by its state. */
  readonly lines: ReadonlyMap<HoldState, number>;
  readonly runs: readonly WatchedRun[];
  /** Under way at fal, with no run to look after them: those a run has to take up. */
  readonly adrift: readonly Position[];
  /** Whose outcome or charge nobody knows. */
  readonly unknown: readonly Position[];
  readonly caps: readonly CapRow[];
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
}

export interface WatchedRun {
  readonly id: string;
  readonly machine: string;
  readonly pid: string;
  readonly startedAt: number;
  readonly alive: boolean;
  /** Queued for workers, each of which has a run of its own. */
  readonly batch: boolean;
  readonly inFlight: number;
  readonly made: number;
}

export interface WatchFacts {
  readonly campaign: string;
  readonly purpose: Purpose;
  /** As found: what a dead run was sending is not known. */
  readonly positions: readonly Position[];
  readonly runs: readonly (OpenRun & { readonly machine: string; readonly pid: string })[];
  readonly terms: Terms | null;
  readonly overages: readonly Overage[];
  readonly used: UsedMoney;
  /** Milliseconds UTC. */
  readonly now: number;
}

export function watchedOf(facts: WatchFacts): Watched {
  const { campaign, purpose, positions, runs } = facts;
  const inFlight = new Map<string, number>();
  const made = new Map<string, number>();
  const adrift: Position[] = [];
  const living = new Set(runs.filter(({ alive }) => alive).map(({ id }) => id));
  const count = (counts: Map<string, number>, run: string): void => {
    counts.set(run, (counts.get(run) ?? 0) + 1);
  };
  for (const position of positions) {
    const { run, state } = position;
    if (UNDER_WAY.has(state)) count(inFlight, run);
    if (state === "settled") count(made, run);
    if (state === "submitted" && !living.has(run)) adrift.push(position);
  }
  const lines = new Map<HoldState, number>();
  for (const { state } of currentHolds(positions).values())
    lines.set(state, (lines.get(state) ?? 0) + 1);
  return {
    campaign,
    purpose,
    lines,
    runs: runs.map((run) => ({
      ...run,
      inFlight: inFlight.get(run.id) ?? 0,
      made: made.get(run.id) ?? 0,
    })),
    adrift,
    unknown: positions.filter((position) => unknownMoney(position) > NOTHING),
    caps: capsOf(facts),
    spent: sum(positions.map(({ spent }) => spent)),
    held: sum(positions.map(({ held }) => held)),
  };
}

const UNDER_WAY: ReadonlySet<HoldState> = new Set(["reserved", "sending", "submitted"]);

/** Every cap that something counts under, as it is now; a run's own is not remembered beside the campaign's. */
function capsOf({ terms, overages, used, positions, now }: WatchFacts): readonly CapRow[] {
  if (terms === null) return [];
  const caps = raisedCaps(terms, overages, now);
  const shots = new Map(positions.map((position) => [position.shot, position]));
  // Nothing is asked for: only what each shot has used is to be known.
  const asks = [...shots.values()].map(({ shot, endpoint, scene }) => {
    return { shot, endpoint, scene, cost: NOTHING };
  });
  const clock = { now, timezone: terms.timezone };
  const paces = pace(caps, [], used, clock).filter(({ cap }) => cap !== "per_run");
  return [...decide(caps, asks, used).rows, ...paces];
}
