import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readCron } from "../../src/manifest/cron.ts";
import type { ScheduledTime } from "../../src/plan/project-schedule.ts";
import { findDue, MOST_COUNTED, MOST_MISSED, listOccurrences } from "../../src/schedule/due.ts";
import { cpuTime } from "../rig/cpu-time.ts";

function makeSchedule(
  cron: string,
  missed: "skip" | "catch-up" = "catch-up",
): Parameters<typeof findDue>[0] {
  const read = readCron(cron);
  if (!read.ok) throw new Error(read.problem);
  const fields = read.value;
  return { cron, fields, timezone: "UTC", mode: "repeat", missed };
}

const at = (text: string): number => Date.parse(`${text}Z`);

function findDueTimes(
  cron: string,
  since: string,
  now: string,
  missed: "skip" | "catch-up" = "catch-up",
): readonly string[] {
  return findDue(makeSchedule(cron, missed), at(since), at(now)).due.map(
    ({ local, how }) => `${local} ${how}`,
  );
}

const NIGHTLY = "0 1 * * *";

test.for<readonly [why: string, since: string, now: string, string[]]>([
  ["nothing before its time", "2026-11-20T12:00", "2026-11-21T00:59:59.999", []],
  ["at its time", "2026-11-20T12:00", "2026-11-21T01:00", ["2026-11-21T01:00 on-time"]],
  ["an hour late", "2026-11-20T12:00", "2026-11-21T02:00", ["2026-11-21T01:00 on-time"]],
  ["later", "2026-11-20T12:00", "2026-11-21T02:00:00.001", ["2026-11-21T01:00 caught-up"]],
  ["what has had its turn", "2026-11-21T01:00", "2026-11-21T01:30", []],
  ["what was before the schedule", "2026-11-21T01:00:01", "2026-11-21T01:30", []],
  [
    "several, oldest first",
    "2026-11-18T12:00",
    "2026-11-21T01:10",
    ["2026-11-19T01:00 caught-up", "2026-11-20T01:00 caught-up", "2026-11-21T01:00 on-time"],
  ],
])("finds what is due: %s", ([, since, now, expected]) => {
  expect(findDueTimes(NIGHTLY, since, now)).toEqual(expected);
});

test("skips what was missed if the manifest says so, but not what is on time", () => {
  const skipped = findDueTimes(NIGHTLY, "2026-11-18T12:00", "2026-11-21T01:10", "skip");
  expect(skipped).toEqual([
    "2026-11-19T01:00 skipped",
    "2026-11-20T01:00 skipped",
    "2026-11-21T01:00 on-time",
  ]);
});

test("counts the newest of occurrences every ten minutes as on time", () => {
  expect(findDueTimes("*/10 * * * *", "2026-11-21T00:05", "2026-11-21T00:25")).toEqual([
    "2026-11-21T00:10 caught-up",
    "2026-11-21T00:20 on-time",
  ]);
});

test("catches up only the newest occurrences after three weeks off", () => {
  const found = findDue(makeSchedule("0 * * * *"), at("2026-10-31T00:30"), at("2026-11-21T00:00"));
  const locals = found.due.map(({ local, how }) => `${local} ${how}`);
  expect(locals).toHaveLength(MOST_MISSED);
  expect(locals[0]).toBe("2026-11-19T18:00 caught-up");
  expect(locals.at(-1)).toBe("2026-11-21T00:00 on-time");
  expect(found.left).toMatchObject({
    first: { local: "2026-10-31T01:00" },
    last: { local: "2026-11-19T17:00" },
    count: 21 * 24 - MOST_MISSED,
    more: false,
  });
});

test.for<readonly [cron: string, newest: string]>([
  ["* * * * *", "2031-11-30T23:59"],
  ["*/7 3,4 * * *", "2031-11-30T04:56"],
  ["0 1 * * *", "2031-11-30T01:00"],
  ["* * 1 1 *", "2031-01-01T23:59"],
  ["59 23 29 2 MON", "2031-02-24T23:59"],
])(
  "finds the newest occurrences of a clock that jumped five years quickly: %s",
  ([cron, newest]) => {
    const since = at("2026-11-20T12:00");
    // Half a minute past, so that the newest is on time where it is so near.
    const now = at("2031-11-30T23:59:30");
    const began = cpuTime();
    const { due, left, next } = findDue(makeSchedule(cron), since, now);
    // All of them would be 2.6 million: eleven minutes, as measured.
    expect(cpuTime() - began).toBeLessThan(20_000);
    expect(due.at(-1)?.local).toBe(newest);
    expect(due.length).toBeLessThanOrEqual(MOST_MISSED);
    expect(left?.count ?? 0).toBeLessThanOrEqual(MOST_COUNTED);
    expect(next?.at).toBeGreaterThan(now);
  },
);

const NUMBERS = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 });
const crons = fc
  .record({
    minute: fc.oneof(fc.constant("*/20"), NUMBERS.map(String)),
    hour: fc.constantFrom("*", "*/5", "1,2", "23"),
    day: fc.constantFrom("*", "*/2", "1", "29", "31"),
    month: fc.constantFrom("*", "2", "3-11"),
    weekday: fc.constantFrom("*", "1-5", "SUN"),
  })
  .map(({ minute, hour, day, month, weekday }) => `${minute} ${hour} ${day} ${month} ${weekday}`)
  .filter((cron) => readCron(cron).ok);

test("finds the same due and left occurrences as listing them one by one does", () => {
  const zones = ["UTC", "Europe/London", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
  let looked = 0;
  fc.assert(
    fc.property(
      crons,
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 500_000 }),
      fc.integer({ min: 1, max: 120_000 }),
      (cron, timezone, start, minutes) => {
        const from = at("2026-01-01T00:00") + start * 60_000;
        const now = from + minutes * 60_000;
        const kept = { ...makeSchedule(cron), timezone };
        const all: ScheduledTime[] = [];
        for (const one of listOccurrences(kept, from + 1, now + 1)) {
          // So many are another property's.
          if (all.push(one) > 200) return;
        }
        looked += 1;
        const { due, left } = findDue(kept, from, now);
        expect(due.map(({ local }) => local)).toEqual(
          all.slice(-MOST_MISSED).map(({ local }) => local),
        );
        const before = all.slice(0, -MOST_MISSED);
        expect(left?.count ?? 0).toBe(before.length);
        expect(left?.last).toEqual(before.at(-1));
        expect(left?.first).toEqual(before[0]);
      },
    ),
    { numRuns: 100 },
  );
  expect(looked).toBeGreaterThan(20);
});

test("finds a next occurrence after the given moment", () => {
  const next = (now: string): string | undefined =>
    findDue(makeSchedule(NIGHTLY), at(now), at(now)).next?.local;
  expect(next("2026-11-21T00:59:59.999")).toBe("2026-11-21T01:00");
  expect(next("2026-11-21T01:00")).toBe("2026-11-22T01:00");
});
