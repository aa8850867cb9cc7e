import { Cron } from "croner";
import { Temporal } from "temporal-polyfill";
import type { How } from "../ledger/entry.ts";
import type { Schedule } from "../plan/campaign.ts";
import type { ScheduledTime } from "../plan/project-schedule.ts";

interface Due extends ScheduledTime {
  readonly how: How;
}

/** An occurrence that is no later than this is on time: other schedulers are not punctual. Milliseconds. */
export const ON_TIME_MS = 3_600_000;

/** Only the newest of the missed occurrences count, a month of days: a clock that is years wrong buys no years. */
export const MOST_MISSED = 31;

/** Older missed occurrences are counted up to this number: each takes a quarter of a millisecond to find. */
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
 * Finds what is due after a moment: since when the schedule has been kept, or the newest occurrence that had its turn,
 * for turns come in order. Times in milliseconds UTC.
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

/** Finds the newest occurrences in [from, to], in order: piece by piece backwards, for there may be millions. */
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

/** Tells whether anything can fire on the day of a moment, in any zone: the local day may be one earlier or later. */
function mayFireNear(fields: Schedule["fields"], moment: number): boolean {
  return [moment - DAY_MS, moment, moment + DAY_MS].some((at) => {
    const date = new Date(at);
    if (!fields.months.includes(date.getUTCMonth() + 1)) return false;
    const isDay = fields.days.includes(date.getUTCDate());
    const isWeekday = fields.weekdays.includes(date.getUTCDay());
    // If both are stated, either will do.
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
 * hours are made with `*` or `/`: then the next one comes soon.
 */
export function* listOccurrences(
  { cron, timezone }: Times,
  from: number,
  to: number,
): Generator<ScheduledTime, undefined> {
  const pattern = readPattern(cron, timezone);
  // croner looks after a moment, in whole seconds.
  let last = Math.ceil(from / 1_000) * 1_000 - 1_000;
  for (;;) {
    const next = pattern.nextRun(new Date(last))?.getTime();
    if (next === undefined || next >= to) return undefined;
    last = next;
    const local = nameFirst(next, timezone);
    if (local !== null) yield { at: next, local };
  }
}

// A scheduler asks for the same one every few minutes, and reading it takes longer than asking it.
const patterns = new Map<string, Cron>();

function readPattern(cron: string, timezone: string): Cron {
  const name = `${cron} ${timezone}`;
  const known = patterns.get(name);
  if (known !== undefined) return known;
  const pattern = new Cron(cron, {
    timezone,
    // Without a timer of its own; it reads no clock if it is told when to start from.
    paused: true,
    mode: "5-part",
    // Lists and ranges of hours are local times too, as in cron itself.
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
