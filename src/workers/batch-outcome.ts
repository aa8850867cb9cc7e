import { currentHolds, type Hold, isOverbilled } from "../ledger/hold.ts";
import type { RunEnd } from "../ledger/ledger.ts";
import type { LineEnd } from "../run/line-result.ts";
import type { Halt } from "../run/work.ts";
import type { LiveOutcome } from "../cli/buying/run-exit.ts";
import type { Signal } from "../cli/shell.ts";

type Followed =
  | { readonly is: "nothing-to-do" }
  | {
      readonly is: "followed";
      readonly batch: string;
      /** Null where it was left before it ended. */
      readonly end: RunEnd | null;
      /** The holds of the batch, and what it took up, in the order in which they came. */
      readonly holds: readonly Hold[];
      /** Those that it took up. */
      readonly left: ReadonlySet<string>;
    };

/** How a batch went, told as of a run. */
export function batchOutcome(followed: Followed, signal: Signal | null): LiveOutcome {
  if (followed.is === "nothing-to-do") {
    return {
      run: "",
      halt: null,
      why: null,
      ends: [],
      others: [],
      bills: NO_BILLS,
      undelivered: [],
      signal,
    };
  }
  const { batch, end, holds, left } = followed;
  const reason = end?.reason ?? null;
  const own = [...currentHolds(holds.filter((hold) => !left.has(hold.id))).values()];
  const others = holds.filter((hold) => left.has(hold.id));
  const stopped = end === null || reason !== null;
  return {
    run: batch,
    halt: reason === null ? null : haltOf(reason.because),
    why: reason?.why ?? null,
    ends: own.map((hold) => endOf(hold, stopped)),
    others: others.map((hold) => endOf(hold, stopped)),
    bills: billsOf([...own, ...others]),
    undelivered: [...own, ...others].filter(isUndelivered).map(({ key }) => key),
    signal,
  };
}

const NO_BILLS: LiveOutcome["bills"] = { misbilled: [], unchecked: [] };

function billsOf(holds: readonly Hold[]): LiveOutcome["bills"] {
  const billed = holds.filter(({ billableUnits }) => billableUnits !== null);
  const unpriced = billed.filter(({ unitPrice }) => unitPrice === null);
  return {
    misbilled: billed
      .filter((hold) => isOverbilled(hold) || hold.doubt !== null)
      .map(({ key }) => key),
    unchecked: [...new Set(unpriced.map(({ model }) => model))].toSorted(),
  };
}

function isUndelivered({ state, delivery }: Hold): boolean {
  return state === "settled" && delivery === null;
}

function endOf({ state }: Hold, stopped: boolean): LineEnd["is"] {
  switch (state) {
    case "reserved":
    case "sending":
    case "submitted":
      return "in-flight";
    case "settled":
    case "failed":
    case "unknown":
      return state;
    case "released":
      // Not accepted, and no worker tries it again.
      return stopped ? "not-started" : "failed";
  }
}

/** What was written down when the batch was stopped, by whatever version of the program. */
function haltOf(because: string): Halt {
  switch (because) {
    case "cap":
    case "breaker":
    case "approval":
      return { because };
    default:
      return { because: "queue" };
  }
}
