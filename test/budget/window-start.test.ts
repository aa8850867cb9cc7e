import fc from "fast-check";
import { expect, test } from "vitest";
import { findWindowStart } from "../../src/budget/window.ts";
import { ZONES } from "./zones.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Returns the local date in a zone, from Intl: YYYY-MM-DD. */
function makeLocalDate(timezone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" });
  return (instant) => format.format(instant);
}

/** Returns the date on which the day, week (Monday) or month of a date began, by calendar arithmetic only. */
function findFirstDate(cap: "day" | "week" | "month", date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  if (cap === "week") day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  if (cap === "month") day.setUTCDate(1);
  return day.toISOString().slice(0, 10);
}

/** Returns the first minute of that local date, by bisection: local dates never go back. */
function findStartByHand(cap: "day" | "week" | "month", now: number, timezone: string): number {
  const date = makeLocalDate(timezone);
  const first = findFirstDate(cap, date(now));
  let before = Math.floor(now / MINUTE) - 33 * 24 * 60;
  let since = Math.floor(now / MINUTE);
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    if (date(middle * MINUTE) >= first) since = middle;
    else before = middle;
  }
  return since * MINUTE;
}

const moment = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) });

test.for(ZONES)("%s: a day, week and month begin when the local calendar says", (timezone) => {
  fc.assert(
    fc.property(moment, fc.constantFrom("day", "week", "month"), (now, cap) => {
      expect(findWindowStart(cap, now, timezone)).toBe(findStartByHand(cap, now, timezone));
    }),
    { seed: 20_261_121, numRuns: 400 },
  );
});

test.for(ZONES)(
  "%s: windows also begin correctly around every clock change and every new year",
  (timezone) => {
    for (const year of [2026, 2027]) {
      for (const noon of listNoonsOfChanges(timezone, year)) {
        for (const now of [noon - DAY, noon, noon + DAY]) {
          for (const cap of ["day", "week", "month"] as const) {
            expect(
              findWindowStart(cap, now, timezone),
              `${cap} at ${new Date(now).toISOString()}`,
            ).toBe(findStartByHand(cap, now, timezone));
          }
        }
      }
    }
  },
);

/** Lists noon (UTC) of the days on which a zone's offset changes, and of the year's first and last day. */
function listNoonsOfChanges(timezone: string, year: number): readonly number[] {
  const format = new Intl.DateTimeFormat("en", { timeZone: timezone, timeZoneName: "longOffset" });
  const offset = (at: number): string => format.format(at).replace(/^.*GMT/, "");
  const noons = [Date.UTC(year, 0, 1, 12), Date.UTC(year, 11, 31, 12)];
  for (let noon = Date.UTC(year, 0, 1, 12); noon < Date.UTC(year, 11, 31); noon += DAY) {
    if (offset(noon) !== offset(noon + DAY)) noons.push(noon, noon + DAY);
  }
  return noons;
}

test.for([
  ["day", "UTC", "2026-11-21T09:00:00Z", "2026-11-21T00:00:00Z"],
  ["week", "UTC", "2026-11-21T09:00:00Z", "2026-11-16T00:00:00Z"],
  ["week", "UTC", "2026-11-16T00:00:00Z", "2026-11-16T00:00:00Z"],
  ["week", "UTC", "2026-11-15T23:59:59.999Z", "2026-11-09T00:00:00Z"],
  ["week", "UTC", "2027-01-01T12:00:00Z", "2026-12-28T00:00:00Z"],
  ["month", "UTC", "2028-02-29T23:59:59.999Z", "2028-02-01T00:00:00Z"],
  ["month", "UTC", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z"],
  ["day", "America/New_York", "2027-01-01T04:59:59Z", "2026-12-31T05:00:00Z"],
  ["month", "America/New_York", "2027-01-01T04:59:59Z", "2026-12-01T05:00:00Z"],
  ["month", "America/New_York", "2026-03-31T12:00:00Z", "2026-03-01T05:00:00Z"],
  ["day", "Europe/London", "2026-03-29T00:30:00Z", "2026-03-29T00:00:00Z"],
  ["day", "Europe/London", "2026-03-29T22:59:59Z", "2026-03-29T00:00:00Z"],
  ["day", "Europe/London", "2026-03-29T23:00:00Z", "2026-03-29T23:00:00Z"],
  ["day", "Europe/London", "2026-10-25T23:59:59Z", "2026-10-24T23:00:00Z"],
  ["week", "Europe/London", "2026-10-25T23:59:59Z", "2026-10-18T23:00:00Z"],
  ["month", "Europe/London", "2026-10-31T12:00:00Z", "2026-09-30T23:00:00Z"],
  ["day", "Asia/Kathmandu", "2026-11-21T18:15:00Z", "2026-11-21T18:15:00Z"],
  ["day", "Asia/Kathmandu", "2026-11-21T18:14:59Z", "2026-11-20T18:15:00Z"],
  ["day", "Australia/Lord_Howe", "2026-04-05T03:00:00Z", "2026-04-04T13:00:00Z"],
  // The clocks jump from midnight to one: the day begins at one.
  ["day", "America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z"],
  ["day", "Asia/Beirut", "2026-03-29T12:00:00Z", "2026-03-28T22:00:00Z"],
  ["month", "America/Havana", "2012-04-15T12:00:00Z", "2012-04-01T05:00:00Z"],
  // The clocks fall back from one to midnight: the day has two midnights and begins at the first.
  ["day", "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z"],
  ["month", "America/Havana", "2026-11-15T12:00:00Z", "2026-11-01T04:00:00Z"],
] as const)("the %s in %s that includes %s began at %s", ([cap, timezone, now, from]) => {
  expect(new Date(findWindowStart(cap, Date.parse(now), timezone) ?? NaN)).toEqual(new Date(from));
});

test("a run has no start in time", () => {
  expect(findWindowStart("run", Date.UTC(2026, 10, 21), "Europe/London")).toBeNull();
});
