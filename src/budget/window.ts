import { Temporal } from "temporal-polyfill";
import { formatInstant } from "../diagnostics/printable.ts";
import type { Window } from "./caps.ts";

/**
 * Returns the instant (milliseconds UTC) at which the current day, week or month of a time zone began; null for a run
 * and for a cap that counts for ever.
 */
export function findWindowStart(
  window: Window | null,
  now: number,
  timezone: string,
): number | null {
  if (window === null || window === "run") return null;
  const today = toLocalTime(now, timezone).startOfDay();
  switch (window) {
    case "day":
      return today.epochMilliseconds;
    case "week":
      // Counts dates, not hours: a week with a daylight-saving change has 167 or 169 hours.
      return startDay(today.toPlainDate().subtract({ days: today.dayOfWeek - 1 }), timezone);
    case "month":
      return startDay(today.toPlainDate().with({ day: 1 }), timezone);
  }
}

/** A day of a time zone: from its midnight up to, but not including, the next, in milliseconds UTC. */
export interface Day {
  /** `2026-11-21`. */
  readonly date: string;
  readonly from: number;
  readonly to: number;
}

/** Lists the days from the first to the last, oldest first; at most the last `most` of them. */
export function listDays(
  first: number,
  last: number,
  timezone: string,
  most: number,
): readonly Day[] {
  const end = toLocalTime(last, timezone).toPlainDate();
  const start = toLocalTime(first, timezone).toPlainDate();
  const count = Math.min(most, start.until(end).days + 1);
  return Array.from({ length: count }, (_, index) => {
    const date = end.subtract({ days: count - 1 - index });
    return {
      date: date.toString(),
      from: startDay(date, timezone),
      to: startDay(date.add({ days: 1 }), timezone),
    };
  });
}

/**
 * Returns when a date ends in a time zone, or an instant that is written with its offset, in milliseconds UTC; undefined
 * for any other text.
 */
export function parseEnd(written: string, timezone: string): number | undefined {
  try {
    return /^\d{4}-\d\d-\d\d$/.test(written)
      ? startDay(Temporal.PlainDate.from(written).add({ days: 1 }), timezone)
      : Temporal.Instant.from(written).epochMilliseconds;
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** Returns `through 2026-12-24` if that is the end of a day in the time zone, otherwise the instant. */
export function describeUntil(until: number, timezone: string): string {
  const end = toLocalTime(until, timezone);
  const isMidnight = end.startOfDay().epochMilliseconds === until;
  if (!isMidnight) return `until ${formatInstant(until)}`;
  return `through ${end.toPlainDate().subtract({ days: 1 }).toString()} (${timezone})`;
}

/** Returns the date of a moment in a time zone: `2026-11-23`. */
export function toLocalDate(moment: number, timezone: string): string {
  return toLocalTime(moment, timezone).toPlainDate().toString();
}

function toLocalTime(moment: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(timezone);
}

function startDay(date: Temporal.PlainDate, timezone: string): number {
  return date.toZonedDateTime(timezone).epochMilliseconds;
}
