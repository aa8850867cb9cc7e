import type { How } from "../ledger/occurrence.ts";
import type { Schedule } from "../plan/schedule.ts";
import { type Occurrence, occurrencesIn } from "./occurrences.ts";

interface Due extends Occurrence {
  readonly how: How;
}

/** So late, and before the next, it is still its time: other people's schedulers are not punctual. Milliseconds. */
export const ON_TIME_MS = 3_600_000;

/** Only so many that were missed are looked at, the newest: a month of days. A clock that is years wrong buys no years. */
export const MOST_MISSED = 31;

/** What was missed before that is counted up to here: each takes a quarter of a millisecond to find. */
export const MOST_COUNTED = 1_000;

/** What is due, oldest first, and what comes next; null where nothing does any more. */
export interface DueAndNext {
  readonly due: readonly Due[];
  /** What was missed before those, which is too much to be looked at; null for nothing. */
  readonly left: Left | null;
  readonly next: Occurrence | null;
}

/** Occurrences that are passed over. */
export interface Left {
  readonly first: Occurrence;
  readonly last: Occurrence;
  readonly count: number;
  /** Whether there are more than could be counted. */
  readonly more: boolean;
}

/**
 * What is due after a moment: that from which on the schedule has been kept, or the newest occurrence
 * that had its turn, for turns come in order. Times in milliseconds UTC.
 */
export function dueAfter(schedule: Schedule, after: number, now: number): DueAndNext {
  const come = newestOf(schedule, after + 1, now, MOST_MISSED + 1);
  const last = come.length > MOST_MISSED ? come.shift() : undefined;
  const newest = come.at(-1);
  const due = come.map((occurrence): Due => {
    const onTime = occurrence === newest && now - occurrence.at <= ON_TIME_MS;
    const missed = schedule.missed === "skip" ? "skipped" : "caught-up";
    return { ...occurrence, how: onTime ? "on-time" : missed };
  });
  const [next = null] = occurrencesIn(schedule, now + 1, Infinity);
  return { due, left: last === undefined ? null : leftUpTo(schedule, after + 1, last), next };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The newest occurrences in [from, to], in order: piece by piece backwards, for there may be millions. */
function newestOf(schedule: Schedule, from: number, to: number, most: number): Occurrence[] {
  const { minutes, hours } = schedule.fields;
  const piece = minutes.length * hours.length > most ? HOUR_MS : DAY_MS;
  let found: Occurrence[] = [];
  for (let at = Math.floor(to / piece) * piece; at + piece > from; at -= piece) {
    if (!mayFireNear(schedule.fields, at)) continue;
    const end = Math.min(at + piece, to + 1);
    found = [...occurrencesIn(schedule, Math.max(at, from), end), ...found];
    if (found.length >= most) break;
  }
  return found.slice(-most);
}

/** Whether anything can fire on the day of a moment, wherever: on the wall it may be a day earlier or later. */
function mayFireNear(fields: Schedule["fields"], moment: number): boolean {
  return [moment - DAY_MS, moment, moment + DAY_MS].some((at) => {
    const date = new Date(at);
    if (!fields.months.includes(date.getUTCMonth() + 1)) return false;
    const isDay = fields.days.includes(date.getUTCDate());
    const isWeekday = fields.weekdays.includes(date.getUTCDay());
    // Where both are stated, either will do.
    return fields.anyDay || fields.anyWeekday ? isDay && isWeekday : isDay || isWeekday;
  });
}

function leftUpTo(schedule: Schedule, from: number, last: Occurrence): Left {
  let first = last;
  let count = 0;
  for (const occurrence of occurrencesIn(schedule, from, last.at + 1)) {
    if (count === MOST_COUNTED) return { first, last, count, more: true };
    if (count === 0) first = occurrence;
    count += 1;
  }
  return { first, last, count, more: false };
}
