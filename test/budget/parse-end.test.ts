import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEnd, findWindowStart } from "../../src/budget/window.ts";
import { ZONES } from "./zones.ts";

test.for([
  ["2026-11-21", "UTC", "2026-11-22T00:00:00Z"],
  ["2026-12-31", "UTC", "2027-01-01T00:00:00Z"],
  ["2028-02-28", "UTC", "2028-02-29T00:00:00Z"],
  ["2026-11-21", "America/New_York", "2026-11-22T05:00:00Z"],
  ["2026-03-29", "Europe/London", "2026-03-29T23:00:00Z"],
  ["2026-10-25", "Europe/London", "2026-10-26T00:00:00Z"],
  ["2026-11-21", "Asia/Kathmandu", "2026-11-21T18:15:00Z"],
  // The next day begins at one o'clock; the next day has two midnights.
  ["2026-03-07", "America/Havana", "2026-03-08T05:00:00Z"],
  ["2026-10-31", "America/Havana", "2026-11-01T04:00:00Z"],
  // The day after was left out of the calendar.
  ["2011-12-29", "Pacific/Apia", "2011-12-30T10:00:00Z"],
  // An instant is one, whatever the zone.
  ["2026-12-24T18:00:00+01:00", "America/New_York", "2026-12-24T17:00:00Z"],
  ["2026-12-24T18:00Z", "Asia/Kathmandu", "2026-12-24T18:00:00Z"],
  ["2026-12-24T18:00:00.001Z", "UTC", "2026-12-24T18:00:00.001Z"],
] as const)("%s in %s ends at %s", ([written, timezone, ends]) => {
  expect(new Date(parseEnd(written, timezone) ?? NaN)).toEqual(new Date(ends));
});

test.for([
  "",
  "tomorrow",
  "2026",
  "2026-12",
  "2026-02-29",
  "2026-13-01",
  "2026-12-00",
  "24.12.2026",
  "2026-12-24 ",
  "2026-12-24T18:00",
  "2026-12-24T25:00Z",
  "1798000000000",
])("%j is neither a date nor an instant", (written) => {
  expect(parseEnd(written, "Europe/London")).toBeUndefined();
});

test.for(ZONES)(
  "%s: the last millisecond is on that date in local time, and the next is not",
  (timezone) => {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" });
    const day = fc
      .integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) })
      .map((at) => new Date(at).toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, (date) => {
        const end = parseEnd(date, timezone) ?? NaN;
        expect(format.format(end - 1)).toBe(date);
        expect(format.format(end) > date).toBe(true);
        // The day that begins there is the next one's.
        expect(findWindowStart("day", end, timezone)).toBe(end);
      }),
      { seed: 20_261_121, numRuns: 300 },
    );
  },
);
