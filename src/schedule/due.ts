import { Cron } from "croner";
import { Temporal } from "temporal-polyfill";
import type { How } from "../ledger/occurrence.ts";
import type { Schedule } from "../plan/campaign.ts";

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
interface DueAndNext {
  readonly due: readonly Due[];
  /** What was missed before those, which is too much to be looked at; null for nothing. */
  readonly left: PassedOver | null;
  readonly next: Occurrence | null;
}

/** Occurrences that are passed over. */
export interface PassedOver {
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

/** The newest occurrences in [from, to], in order: piece by piece backwards, for there may be millions. */
function findNewest(schedule: Schedule, from: number, to: number, most: number): Occurrence[] {
  const { minutes, hours } = schedule.fields;
  const piece = minutes.length * hours.length > most ? HOUR_MS : DAY_MS;
  let found: Occurrence[] = [];
  for (let at = Math.floor(to / piece) * piece; at + piece > from; at -= piece) {
    if (!mayFireNear(schedule.fields, at)) continue;
    const end = Math.min(at + piece, to + 1);
    found = [...listOccurrences(schedule, Math.max(at, from), end), ...found];
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

function countLeft(schedule: Schedule, from: number, last: Occurrence): PassedOver {
  let first = last;
  let count = 0;
  for (const occurrence of listOccurrences(schedule, from, last.at + 1)) {
    if (count === MOST_COUNTED) return { first, last, count, more: true };
    if (count === 0) first = occurrence;
    count += 1;
  }
  return { first, last, count, more: false };
}

/** What of a schedule says when it fires. */
type Times = Pick<Schedule, "cron" | "timezone">;

/** One time at which a schedule fires. */
export interface Occurrence {
  /** Milliseconds UTC. */
  readonly at: number;
  /** The local time then, `2026-11-21T01:00`: the name of an edition. */
  readonly local: string;
}

/**
 * Every occurrence in [from, to), milliseconds UTC, in order. Each local time fires once: of an hour that comes twice
 * the first counts, and what stands in an hour that does not exist fires when the clock jumps over it, unless its
 * minutes or hours are made with `*` or `/`: then nothing of it is missed for long.
 */
export function* listOccurrences(
  { cron, timezone }: Times,
  from: number,
  to: number,
): Generator<Occurrence, undefined> {
  const pattern = readPattern(cron, timezone);
  // It looks after a moment, in whole seconds.
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
    // It only answers: it sets no timer, and reads no clock where it is told when to start from.
    paused: true,
    mode: "5-part",
    // Lists and ranges of hours are times on the wall too, as in cron itself.
    fixedTimeRule: "no-wildcard",
  });
  patterns.set(name, pattern);
  return pattern;
}

/** `2026-11-21T01:00`: what the clock shows at a moment. */
export function formatLocalTime(at: number, timezone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  return local.toPlainDateTime().toString({ smallestUnit: "minute" });
}

/** The local time of a moment; null where the same has been before, in an hour that comes twice. */
function nameFirst(at: number, timezone: string): string | null {
  const local = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime();
  const first = local.toZonedDateTime(timezone, { disambiguation: "earlier" });
  return first.epochMilliseconds === at ? local.toString({ smallestUnit: "minute" }) : null;
}
