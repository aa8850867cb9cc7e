import type { Unit } from "./unit.ts";

export type Fields = Unit["schedule"]["fields"];

/** Fields as a cron line that every cron reads alike: values written out, for a step makes some take "either" for "both". */
export function cronText(fields: Fields): string {
  const { minutes, hours, days, months, weekdays } = fields;
  const any = firesDaily(fields);
  return [
    listed(minutes, 60),
    listed(hours, 24),
    any || fields.anyDay ? "*" : days.join(","),
    listed(months, 12),
    any || fields.anyWeekday ? "*" : ranges(weekdays),
  ].join(" ");
}

/** Whether every day of its months fires: where day and weekday are both stated, either will do. */
export function firesDaily({ anyDay, anyWeekday, days, weekdays }: Fields): boolean {
  const allDays = days.length === 31;
  const allWeekdays = weekdays.length === 7;
  if (anyDay) return allWeekdays;
  return anyWeekday ? allDays : allDays || allWeekdays;
}

function listed(values: readonly number[], all: number): string {
  return values.length === all ? "*" : ranges(values);
}

/** `1-5`, `0,15,30,45`: three in a row or more are a range. */
function ranges(values: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < values.length;) {
    let to = from;
    while (values[to + 1] === (values[to] ?? 0) + 1) to += 1;
    const [first = 0, last = 0] = [values[from], values[to]];
    if (to - from >= 2) parts.push(`${first}-${last}`);
    else parts.push(...values.slice(from, to + 1).map(String));
    from = to + 1;
  }
  return parts.join(",");
}
