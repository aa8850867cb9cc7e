import type { How } from "../ledger/occurrence.ts";
import type { Schedule } from "../plan/schedule.ts";
import { type Occurrence, occurrencesIn } from "./occurrences.ts";

interface Due extends Occurrence {
  readonly how: How;
}

/** So late, and before the next, it is still its time: other people's schedulers are not punctual. Milliseconds. */
export const ON_TIME_MS = 3_600_000;

/** What was missed beyond so many is left: a machine that was off for a year does not buy a year. */
export const MOST_MISSED = 366;

/** What is due, oldest first, and what comes next; null where nothing does any more. */
export interface DueAndNext {
  readonly due: readonly Due[];
  readonly next: Occurrence | null;
}

/**
 * What is due after a moment: that from which on the schedule has been kept, or the newest occurrence
 * that had its turn, for turns come in order. Times in milliseconds UTC.
 */
export function dueAfter(schedule: Schedule, after: number, now: number): DueAndNext {
  const come: Occurrence[] = [];
  let next: Occurrence | null = null;
  for (const occurrence of occurrencesIn(schedule, after + 1, Infinity)) {
    if (occurrence.at > now) {
      next = occurrence;
      break;
    }
    come.push(occurrence);
    if (come.length > MOST_MISSED) come.shift();
  }
  const newest = come.at(-1);
  const due = come.map((occurrence): Due => {
    const onTime = occurrence === newest && now - occurrence.at <= ON_TIME_MS;
    const missed = schedule.missed === "skip" ? "skipped" : "caught-up";
    return { ...occurrence, how: onTime ? "on-time" : missed };
  });
  return { due, next };
}
