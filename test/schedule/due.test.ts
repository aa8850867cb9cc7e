import { expect, test } from "vitest";
import { readCron } from "../../src/manifest/cron.ts";
import { dueAfter, MOST_MISSED } from "../../src/schedule/due.ts";

function schedule(
  cron: string,
  missed: "skip" | "catch-up" = "catch-up",
): Parameters<typeof dueAfter>[0] {
  const fields = readCron(cron);
  if ("mustBe" in fields) throw new Error(fields.mustBe);
  return { cron, fields, timezone: "UTC", mode: "repeat", missed };
}

const at = (text: string): number => Date.parse(`${text}Z`);

function due(
  cron: string,
  since: string,
  now: string,
  missed: "skip" | "catch-up" = "catch-up",
): readonly string[] {
  return dueAfter(schedule(cron, missed), at(since), at(now)).due.map(
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
])("%s", ([, since, now, expected]) => {
  expect(due(NIGHTLY, since, now)).toEqual(expected);
});

test("what was missed is skipped where the manifest says so, what is on time is not", () => {
  const skipped = due(NIGHTLY, "2026-11-18T12:00", "2026-11-21T01:10", "skip");
  expect(skipped).toEqual([
    "2026-11-19T01:00 skipped",
    "2026-11-20T01:00 skipped",
    "2026-11-21T01:00 on-time",
  ]);
});

test("of what comes every ten minutes, the newest is on time", () => {
  expect(due("*/10 * * * *", "2026-11-21T00:05", "2026-11-21T00:25")).toEqual([
    "2026-11-21T00:10 caught-up",
    "2026-11-21T00:20 on-time",
  ]);
});

test("of a machine that was off for three weeks, the newest are caught up and no more", () => {
  const missed = due("0 * * * *", "2026-10-31T00:30", "2026-11-21T00:00");
  expect(missed).toHaveLength(MOST_MISSED);
  expect(missed[0]).toBe("2026-11-05T19:00 caught-up");
  expect(missed.at(-1)).toBe("2026-11-21T00:00 on-time");
});

test("the next is after the moment that is asked about", () => {
  const next = (now: string): string | undefined =>
    dueAfter(schedule(NIGHTLY), at(now), at(now)).next?.local;
  expect(next("2026-11-21T00:59:59.999")).toBe("2026-11-21T01:00");
  expect(next("2026-11-21T01:00")).toBe("2026-11-22T01:00");
});
