import { Temporal } from "temporal-polyfill";
import type { PaceCap } from "./caps.ts";

/** The instant (milliseconds UTC) at which the current day, week or month of a time zone began; null for a run. */
export function windowStart(cap: PaceCap, now: number, timezone: string): number | null {
  if (cap === "per_run") return null;
  const today = Temporal.Instant.fromEpochMilliseconds(now)
    .toZonedDateTimeISO(timezone)
    .startOfDay();
  switch (cap) {
    case "per_day":
      return today.epochMilliseconds;
    case "per_week":
      // Through the date, not through hours: a week with a daylight-saving change has 167 or 169 of them.
      return startOf(today.toPlainDate().subtract({ days: today.dayOfWeek - 1 }), timezone);
    case "per_month":
      return startOf(today.toPlainDate().with({ day: 1 }), timezone);
  }
}

function startOf(date: Temporal.PlainDate, timezone: string): number {
  return date.toZonedDateTime(timezone).epochMilliseconds;
}
