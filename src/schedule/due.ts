import { Cron } from "croner";
import { Temporal } from "temporal-polyfill";
import type { How } from "../ledger/entry.ts";
import type { Schedule } from "../plan/campaign.ts";
import type { ScheduledTime } from "../plan/project-schedule.ts";

interface Due extends ScheduledTime {
  readonly how: How;
}

/** An occurrence that is at most this late counts as on time: other schedulers are not punctual. Milliseconds. */
export const ON_TIME_MS = 3_600_000;

/** At most this many missed occurrences are caught up, so that a clock that is years wrong does not buy years. */
export const MOST_MISSED = 31;

/** Older missed occurrences are counted up to this number: finding each takes a quarter of a millisecond. */
export const MOST_COUNTED = 1_000;

/** What is due, oldest first, and what comes next; null if nothing does. */
interface DueAndNext {
  readonly due: readonly Due[];
  /** Older occurrences that are too many to catch up; null if there are none. */
  readonly left: PassedOver | null;
  readonly next: ScheduledTime | null;
}

/** Occurrences that are too many to look at. */
export interface PassedOver {
  readonly first: ScheduledTime;
  readonly last: ScheduledTime;
  readonly count: number;
  /** Whether there are more than could be counted. */
  readonly more: boolean;
}

/**
 * Finds what is due after a moment: when the schedule began to be kept, or the newest occurrence that had its turn, for
 * turns come in order. Times are in milliseconds UTC.
 */
export function findDue(schedule: Schedule, after: number, now: number): DueAndNext {
  const come = findNewest(schedule, after + 1, now, MOST_MISSED + 1);
  const last = come.length > MOST_MISSED ? come.shift() : undefined;
  const newest = come.at(-1);
  const due = come.map((occurrence): Due => {
    const onTime = occurrence === newest && now - occurrence.at <= ON_TIME_MS;
    const missed = schedule.missed === "skip" ? "skipped" : "caught-up";
    return { ...occurrence, how: onTime ? "on-time" : missed };
  });
  const [next = null] = listOccurrences(schedule, now + 1, Infinity);
  return { due, left: last === undefined ? null : countLeft(schedule, after + 1, last), next };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Finds the newest occurrences in [from, to], in order. Looks backwards piece by piece: there may be millions. */
function findNewest(schedule: Schedule, from: number, to: number, most: number): ScheduledTime[] {
  const { minutes, hours } = schedule.fields;
  const piece = minutes.length * hours.length > most ? HOUR_MS : DAY_MS;
  let found: ScheduledTime[] = [];
  for (let at = Math.floor(to / piece) * piece; at + piece > from; at -= piece) {
    if (!mayFireNear(schedule.fields, at)) continue;
    const end = Math.min(at + piece, to + 1);
    found = [...listOccurrences(schedule, Math.max(at, from), end), ...found];
    if (found.length >= most) break;
  }
  return found.slice(-most);
}

/** Whether anything can fire on the day of a moment in any time zone: the local day may be one earlier or later. */
function mayFireNear(fields: Schedule["fields"], moment: number): boolean {
  return [moment - DAY_MS, moment, moment + DAY_MS].some((at) => {
    const date = new Date(at);
    if (!fields.months.includes(date.getUTCMonth() + 1)) return false;
    const isDay = fields.days.includes(date.getUTCDate());
    const isWeekday = fields.weekdays.includes(date.getUTCDay());
    // If a manifest states both, either will do.
    return fields.anyDay || fields.anyWeekday ? isDay && isWeekday : isDay || isWeekday;
  });
}

function countLeft(schedule: Schedule, from: number, last: ScheduledTime): PassedOver {
  let first = last;
  let count = 0;
  for (const occurrence of listOccurrences(schedule, from, last.at + 1)) {
    if (count === MOST_COUNTED) return { first, last, count, more: true };
    if (count === 0) first = occurrence;
    count += 1;
  }
  return { first, last, count, more: false };
}

/** The part of a schedule that says when it fires. */
type Times = Pick<Schedule, "cron" | "timezone">;

/**
 * Lists every occurrence in [from, to), milliseconds UTC, in order. Each local time fires once: if an hour comes twice,
 * the first counts; a time in an hour that does not exist fires when the clock jumps over it, unless its minutes or
 * hours are written with `*` or `/`: then the next one comes soon.
 */
export function* listOccurrences(
  { cron, timezone }: Times,
  from: number,
  to: number,
): Generator<ScheduledTime, undefined> {
  const pattern = readPattern(cron, timezone);
  // croner finds the next time after a moment, in whole seconds.
  let last = Math.ceil(from / 1_000) * 1_000 - 1_000;
  for (;;) {
    const next = pattern.nextRun(new Date(last))?.getTime();
    if (next === undefined || next >= to) return undefined;
    last = next;
    const local = nameFirst(next, timezone);
    if (local !== null) yield { at: next, local };
  }
}

// A scheduler needs the same pattern every few minutes, and reading one takes longer than asking it.
const patterns = new Map<string, Cron>();

function readPattern(cron: string, timezone: string): Cron {
  const name = `${cron} ${timezone}`;
  const known = patterns.get(name);
  if (known !== undefined) return known;
  const pattern = new Cron(cron, {
    timezone,
    // It has no timer of its own, and reads no clock if it is given a start.
    paused: true,
    mode: "5-part",
    // Lists and ranges of hours are local times too, as in cron.
    fixedTimeRule: "no-wildcard",
  });
  patterns.set(name, pattern);
  return pattern;
}

/** Formats a local time for people: `2026-11-21 01:00`. */
export function formatLocalTime(local: string): string {
  return local.replace("T", " ");
}

/** Finds the local time of a moment: `2026-11-21T01:00`. */
export function findLocalTime(at: number, timezone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  return local.toPlainDateTime().toString({ smallestUnit: "minute" });
}

/** Formats the local time of a moment; returns null if an hour comes twice and this is the second. */
function nameFirst(at: number, timezone: string): string | null {
  const local = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime();
  const first = local.toZonedDateTime(timezone, { disambiguation: "earlier" });
  return first.epochMilliseconds === at ? local.toString({ smallestUnit: "minute" }) : null;
}
