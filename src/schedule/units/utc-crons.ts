import { Temporal } from "temporal-polyfill";
import { cronText, type Fields, firesDaily } from "./cron-fields.ts";

/** A cron line in UTC, and the clock that it is for: minutes ahead of UTC. */
export interface UtcCron {
  readonly cron: string;
  readonly offset: number;
}

/**
 * The same times in UTC, for each clock that the zone has within a year. Together they wake at every occurrence, and
 * at some other times: UTC knows no daylight saving, and a day of a month that becomes the day before cannot be said.
 */
export function utcCrons(fields: Fields, timezone: string, now: number): readonly UtcCron[] {
  return offsetsOf(timezone, now).flatMap((offset) => {
    // Minutes and the day they fall on, by hour.
    const groups = new Map<string, { shift: number; minute: number; hours: number[] }>();
    for (const hour of fields.hours) {
      for (const minute of fields.minutes) {
        const total = hour * 60 + minute - offset;
        const shift = Math.floor(total / DAY);
        const utc = total - shift * DAY;
        const key = `${shift} ${utc % 60}`;
        const group = groups.get(key) ?? { shift, minute: utc % 60, hours: [] };
        groups.set(key, group);
        group.hours.push(Math.floor(utc / 60));
      }
    }
    const lines = new Map<string, { shift: number; minutes: number[]; hours: readonly number[] }>();
    for (const { shift, minute, hours } of groups.values()) {
      const key = `${shift} ${hours.join(",")}`;
      const line = lines.get(key) ?? { shift, minutes: [], hours };
      lines.set(key, line);
      line.minutes.push(minute);
    }
    return [...lines.values()].map(({ shift, minutes, hours }) => ({
      offset,
      cron: cronText({
        ...shifted(fields, shift),
        minutes: minutes.toSorted((a, b) => a - b),
        hours: hours.toSorted((a, b) => a - b),
      }),
    }));
  });
}

const DAY = 24 * 60;

/** Every clock that the zone has in the year from now, in minutes ahead of UTC. */
function offsetsOf(timezone: string, now: number): readonly number[] {
  const offsets = new Set<number>();
  let moment: Temporal.ZonedDateTime | null =
    Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone);
  const end = moment.add({ years: 1 });
  while (moment !== null && Temporal.ZonedDateTime.compare(moment, end) < 0) {
    offsets.add(Math.round(moment.offsetNanoseconds / 60e9));
    moment = moment.getTimeZoneTransition("next");
  }
  return [...offsets].toSorted((a, b) => a - b);
}

/** The days on which a time falls that is on the day before or after in UTC; more of them where that cannot be said. */
function shifted(fields: Fields, shift: number): Fields {
  if (shift === 0) return fields;
  const { anyDay, anyWeekday, months, weekdays } = fields;
  const everyDay = firesDaily(fields);
  const byDate = !everyDay && !anyDay;
  const monthsBeside =
    months.length === 12
      ? months
      : [...new Set(months.flatMap((month) => [month, ((month - 1 + shift + 12) % 12) + 1]))];
  return {
    ...fields,
    months: monthsBeside.toSorted((a, b) => a - b),
    // The day before the first is the last of a month that has 28 to 31.
    anyDay: true,
    anyWeekday: everyDay || byDate || anyWeekday,
    weekdays: weekdays.map((day) => (day + shift + 7) % 7).toSorted((a, b) => a - b),
  };
}
