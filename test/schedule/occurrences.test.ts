import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { readCron } from "../../src/manifest/cron.ts";
import type { ScheduledTime } from "../../src/plan/project-schedule.ts";
import { listOccurrences } from "../../src/schedule/due.ts";

const listBetween = (cron: string, timezone: string, from: string, to: string): ScheduledTime[] => [
  ...listOccurrences({ cron, timezone }, Date.parse(from), Date.parse(to)),
];

const describeOccurrence = ({ at, local }: ScheduledTime): string =>
  `${local} = ${new Date(at).toISOString().slice(0, 16)}Z`;

/** What a schedule does when the clock changes: the local time, and the moment. */
test.for<readonly [why: string, cron: string, zone: string, from: string, to: string, string[]]>([
  [
    "an hour that does not exist: when the clock jumps over it",
    "30 1 * * *",
    "Europe/London",
    "2026-03-28T12:00Z",
    "2026-03-30T12:00Z",
    ["2026-03-29T02:00 = 2026-03-29T01:00Z", "2026-03-30T01:30 = 2026-03-30T00:30Z"],
  ],
  [
    "an hour that does not exist, beside one that does: once",
    "0 1,2 * * *",
    "Europe/London",
    "2026-03-28T12:00Z",
    "2026-03-29T12:00Z",
    ["2026-03-29T02:00 = 2026-03-29T01:00Z"],
  ],
  [
    "a list of hours, one of which does not exist: both",
    "30 1,2 * * *",
    "Europe/London",
    "2026-03-28T12:00Z",
    "2026-03-29T12:00Z",
    ["2026-03-29T02:00 = 2026-03-29T01:00Z", "2026-03-29T02:30 = 2026-03-29T01:30Z"],
  ],
  [
    "every half hour: what does not exist is left out",
    "*/30 * * * *",
    "Europe/London",
    "2026-03-29T00:00Z",
    "2026-03-29T02:00Z",
    [
      "2026-03-29T00:00 = 2026-03-29T00:00Z",
      "2026-03-29T00:30 = 2026-03-29T00:30Z",
      "2026-03-29T02:00 = 2026-03-29T01:00Z",
      "2026-03-29T02:30 = 2026-03-29T01:30Z",
    ],
  ],
  [
    "an hour that comes twice: the first time",
    "30 1 * * *",
    "Europe/London",
    "2026-10-24T12:00Z",
    "2026-10-26T12:00Z",
    ["2026-10-25T01:30 = 2026-10-25T00:30Z", "2026-10-26T01:30 = 2026-10-26T01:30Z"],
  ],
  [
    "every half hour through an hour that comes twice: each time on the wall once",
    "*/30 * * * *",
    "Europe/London",
    "2026-10-25T00:00Z",
    "2026-10-25T02:30Z",
    [
      "2026-10-25T01:00 = 2026-10-25T00:00Z",
      "2026-10-25T01:30 = 2026-10-25T00:30Z",
      "2026-10-25T02:00 = 2026-10-25T02:00Z",
    ],
  ],
  [
    "New York, spring",
    "15 2 * * 0",
    "America/New_York",
    "2026-03-07T12:00Z",
    "2026-03-16T12:00Z",
    ["2026-03-08T03:00 = 2026-03-08T07:00Z", "2026-03-15T02:15 = 2026-03-15T06:15Z"],
  ],
  [
    "New York, autumn",
    "15 1 1 11 *",
    "America/New_York",
    "2026-10-30T12:00Z",
    "2026-11-02T12:00Z",
    ["2026-11-01T01:15 = 2026-11-01T05:15Z"],
  ],
  [
    "Lord Howe, half an hour forward",
    "15 2 * * *",
    "Australia/Lord_Howe",
    "2026-10-02T16:00Z",
    "2026-10-04T16:00Z",
    ["2026-10-04T02:30 = 2026-10-03T15:30Z", "2026-10-05T02:15 = 2026-10-04T15:15Z"],
  ],
  [
    "Lord Howe, half an hour back",
    "45 1 * * *",
    "Australia/Lord_Howe",
    "2026-04-03T16:00Z",
    "2026-04-05T16:00Z",
    ["2026-04-05T01:45 = 2026-04-04T14:45Z", "2026-04-06T01:45 = 2026-04-05T15:15Z"],
  ],
  [
    "29 February comes every four years",
    "0 0 29 2 *",
    "UTC",
    "2026-11-01T00:00Z",
    "2033-01-01T00:00Z",
    ["2028-02-29T00:00 = 2028-02-29T00:00Z", "2032-02-29T00:00 = 2032-02-29T00:00Z"],
  ],
  [
    "a day of the month or a day of the week: either",
    "0 0 13 * 5",
    "UTC",
    "2026-10-09T00:00Z",
    "2026-10-17T00:00Z",
    [
      "2026-10-09T00:00 = 2026-10-09T00:00Z",
      "2026-10-13T00:00 = 2026-10-13T00:00Z",
      "2026-10-16T00:00 = 2026-10-16T00:00Z",
    ],
  ],
  [
    "from a moment on, up to but without another",
    "0 0 * * *",
    "UTC",
    "2026-10-09T00:00Z",
    "2026-10-11T00:00Z",
    ["2026-10-09T00:00 = 2026-10-09T00:00Z", "2026-10-10T00:00 = 2026-10-10T00:00Z"],
  ],
])("lists the occurrences of %s", ([, cron, zone, from, to, expected]) => {
  expect(listBetween(cron, zone, from, to).map(describeOccurrence)).toEqual(expected);
});

const DAY_MS = 86_400_000;

/** Both changes of each zone, half an hour's too. */
const CHANGES = [
  ["Europe/London", "2026-03-29T01:00Z"],
  ["Europe/London", "2026-10-25T01:00Z"],
  ["America/New_York", "2026-03-08T07:00Z"],
  ["America/New_York", "2026-11-01T06:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
] as const;

const list = (most: number, length: number): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: most }), { minLength: 1, maxLength: length })
    .map((values) => values.join(","));

describe("in the 30 days around each change of the clock", () => {
  test.for(CHANGES)("fires once at each local time in %s at %s", ([timezone, change]) => {
    const from = Date.parse(change) - 15 * DAY_MS;
    const to = from + 30 * DAY_MS;
    let looked = 0;
    fc.assert(
      fc.property(
        list(59, 2),
        // The hours in which clocks change, and others.
        fc.oneof(fc.constantFrom("0", "1", "2", "3", "1,2", "0-3"), list(23, 3)),
        fc.constantFrom("*", "1-5", "0", "6,7"),
        (minute, hour, weekday) => {
          const cron = `${minute} ${hour} * * ${weekday}`;
          const read = readCron(cron);
          if (!read.ok) throw new Error(read.problem);
          const fields = read.value;
          const found = [...listOccurrences({ cron, timezone }, from, to)];
          looked += found.length;
          // By hand: every time on the wall of every day; one that does not exist is the end of its gap.
          const expected = new Map<number, string>();
          const end = Temporal.Instant.fromEpochMilliseconds(to).toZonedDateTimeISO(timezone);
          let day = Temporal.Instant.fromEpochMilliseconds(from)
            .toZonedDateTimeISO(timezone)
            .toPlainDate();
          for (; Temporal.PlainDate.compare(day, end) <= 0; day = day.add({ days: 1 })) {
            if (!fields.weekdays.includes(day.dayOfWeek % 7)) continue;
            for (const at of fields.hours.flatMap((h) => fields.minutes.map((m) => [h, m]))) {
              const [h = 0, m = 0] = at;
              const wall = day.toPlainDateTime({ hour: h, minute: m });
              const before = wall.toZonedDateTime(timezone, { disambiguation: "earlier" });
              const exists = before.toPlainDateTime().equals(wall);
              const met = exists ? before : before.getTimeZoneTransition("next");
              const moment = met?.epochMilliseconds ?? Number.NaN;
              const local = met?.toPlainDateTime().toString({ smallestUnit: "minute" }) ?? "";
              if (moment >= from && moment < to) expected.set(moment, local);
            }
          }
          const inOrder = [...expected].toSorted(([a], [b]) => a - b);
          expect(found.map(({ at, local }) => [at, local])).toEqual(inOrder);
          expect(new Set(found.map(({ local }) => local)).size).toBe(found.length);
        },
      ),
      { seed: 20_261_121, numRuns: 6 },
    );
    expect(looked).toBeGreaterThan(50);
  });

  test.for(CHANGES)(
    "names no local time twice in %s at %s if it is made with * or /",
    ([timezone, change]) => {
      const from = Date.parse(change) - 15 * DAY_MS;
      for (const cron of ["7 */2 * * *", "*/20 0-3 * * *"]) {
        const found = [...listOccurrences({ cron, timezone }, from, from + 30 * DAY_MS)];
        expect(found.length).toBeGreaterThan(300);
        expect(new Set(found.map(({ local }) => local)).size).toBe(found.length);
        expect(found).toEqual(found.toSorted((a, b) => a.at - b.at));
        // Of a time that comes once there is one: the last days have as many as the first.
        const within = (days: number): number =>
          found.filter(({ at }) => at < from + days * DAY_MS).length;
        expect(found.length - within(20)).toBe(within(10));
      }
    },
  );
});
