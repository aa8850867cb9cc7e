import { failure, ok, type Result } from "../diagnostics/result.ts";

// The grammar that every scheduler reads alike: five fields of numbers, names, `*`, lists, ranges and steps. What only
// some schedulers know (seconds, @daily, L, W, #, ranges that wrap around) is refused, so that a systemd unit, a crontab
// line and a workflow that are made from it mean the same.

/** A cron line's fields, every value written out. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  /** Whether the day of the month, or of the week, is `*`; if both are stated, either will do. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

export const CRON_SAYS =
  "five fields such as 0 1 * * 1-5 (minute, hour, day of the month, month, day of the week)";

interface Field {
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const WEEKDAYS = "SUN MON TUE WED THU FRI SAT SUN".split(" ");

const FIELDS: readonly Field[] = [
  { what: "minutes are 0 to 59", least: 0, most: 59 },
  { what: "hours are 0 to 23", least: 0, most: 23 },
  { what: "days of the month are 1 to 31", least: 1, most: 31 },
  { what: "months are 1 to 12 or JAN to DEC", least: 1, most: 12, names: MONTHS },
  {
    what: "days of the week are 0 to 7 or SUN to SAT, Sunday 0 or 7",
    least: 0,
    most: 7,
    names: WEEKDAYS,
  },
];

/** Reads a cron line. The problem says what is legal. */
export function readCron(text: string): Result<Cron, string> {
  const written = text.trim().split(/\s+/);
  if (written.length !== 5) {
    const more = written.length === 6 || written.length === 7;
    return refuseCron(more ? `${CRON_SAYS}, with no seconds and no year` : CRON_SAYS);
  }
  const values = FIELDS.map((field, index) => parseField(written[index] ?? "", field));
  const wrong = FIELDS.find((_, index) => values[index]?.length === 0);
  if (wrong !== undefined) {
    return refuseCron(`a cron line whose ${wrong.what}, with * , - and / at most`);
  }
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = values;
  const [anyDay, anyWeekday] = [written[2] === "*", written[4] === "*"];
  const fires = months.some((one) => days.some((date) => date <= (LONGEST[one - 1] ?? 0)));
  if (!fires && anyWeekday)
    return refuseCron("a cron line that fires: no such month has such a day");
  const week = [...new Set(weekdays.map((one) => one % 7))].toSorted((a, b) => a - b);
  return ok({ minutes, hours, days, months, weekdays: week, anyDay, anyWeekday });
}

// With 29 February, which comes every few years.
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function refuseCron(problem: string): Result<Cron, string> {
  return failure(problem);
}

/** Lists every value of a field, in order. Returns none if the field cannot be read. */
function parseField(text: string, field: Field): readonly number[] {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const range = parseRange(part, field);
    if (range === null) return [];
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

function parseRange(
  part: string,
  field: Field,
): { readonly from: number; readonly to: number; readonly step: number } | null {
  const [, first = "", last, every] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
  const step = every === undefined ? 1 : Number(every);
  if (step < 1 || step > getLastValue(field) - field.least + 1) return null;
  if (first === "*")
    return last === undefined ? { from: field.least, to: getLastValue(field), step } : null;
  const from = parseValue(first, field, "first");
  const to = last === undefined ? from : parseValue(last, field, "last");
  if (from === null || to === null || to < from) return null;
  // `5/15` means one thing here and another there.
  return last === undefined && every !== undefined ? null : { from, to, step };
}

/** Returns the last value of `*`: Sunday is 0, and 7 is the same day again. */
function getLastValue({ names, most }: Field): number {
  return names === WEEKDAYS ? 6 : most;
}

function parseValue(
  text: string,
  { least, most, names }: Field,
  end: "first" | "last",
): number | null {
  const name = text.toUpperCase();
  // As an end, Sunday is the seventh day: FRI-SUN.
  const place = (end === "first" ? names?.indexOf(name) : names?.lastIndexOf(name)) ?? -1;
  if (place >= 0) return place + least;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : null;
}
