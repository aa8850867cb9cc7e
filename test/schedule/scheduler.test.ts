import { describe, expect, test } from "vitest";
import { MOST_COUNTED, MOST_MISSED, listOccurrences } from "../../src/schedule/due.ts";
import { postgres } from "../ledger/rig/postgres-ledgers.ts";
import { order, usd } from "../ledger/rig/test-ledger.ts";
import { sqlite } from "../ledger/rig/sqlite-ledgers.ts";
import { LONG } from "../rig/effort.ts";
import { makeSchedule, ScheduledCampaign } from "./scheduled-campaign.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const CHANGES = [
  ["Europe/London", "2026-03-29T01:00Z"],
  ["Europe/London", "2026-10-25T01:00Z"],
  ["America/New_York", "2026-03-08T07:00Z"],
  ["America/New_York", "2026-11-01T06:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
] as const;

const DAYS = LONG ? 30 : 6;

const databases = { SQLite: sqlite, PostgreSQL: postgres() };

const fired = (stage: ScheduledCampaign): readonly string[] =>
  stage.fired.map(({ turn }) => `${turn.local} ${turn.how}${turn.resumed ? " resumed" : ""}`);

describe(`two schedulers, one ledger, ${DAYS} days around a change of the clock`, () => {
  test.for<readonly [keyof typeof databases, zone: string, change: string, days: number]>([
    ...CHANGES.map(([zone, change]) => ["SQLite", zone, change, DAYS] as const),
    // Where every look takes longer.
    ["PostgreSQL", ...CHANGES[1], 2],
  ])(
    "fire every occurrence exactly once on %s, in %s at %s",
    async ([database, zone, change, days]) => {
      const from = Date.parse(change) - (days / 2) * DAY_MS;
      const to = from + days * DAY_MS;
      const schedule = makeSchedule("30 1,2 * * *", zone);
      const stage = await ScheduledCampaign.of(databases[database], from, schedule);
      // Shorter than the time between any two.
      stage.takes = 3 * MINUTE_MS;
      await stage.keeper("a");
      await stage.keeper("b");
      await stage.until(to);
      const expected = [...listOccurrences(schedule, from, to)];
      expect(expected.length).toBeGreaterThanOrEqual(2 * days - 1);
      expect(stage.fired.map(({ turn }) => turn.local)).toEqual(expected.map(({ local }) => local));
      expect(new Set(stage.fired.map(({ turn }) => turn.how))).toEqual(new Set(["on-time"]));
      // Never before its time, and soon after it.
      for (const { at, turn } of stage.fired) {
        expect(at).toBeGreaterThanOrEqual(turn.at);
        expect(at - turn.at).toBeLessThanOrEqual(10 * MINUTE_MS);
      }
      expect(await stage.end()).toEqual([]);
    },
  );
});

const NIGHTLY = makeSchedule("0 1 * * *", "UTC");

test("keeps an occurrence that comes due during another waiting for its end, and loses neither", async () => {
  const stage = await ScheduledCampaign.of(
    sqlite,
    "2026-11-20T12:00Z",
    makeSchedule("*/30 1 * * *", "UTC"),
  );
  stage.takes = 50 * MINUTE_MS;
  await stage.keeper("a");
  await stage.keeper("b");
  await stage.until("2026-11-21T12:00Z");
  expect(fired(stage)).toEqual(["2026-11-21T01:00 on-time", "2026-11-21T01:30 on-time"]);
  const [first, second] = stage.fired;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(stage.takes);
  expect(await stage.end()).toEqual([]);
});

test.for([
  [
    "catch-up",
    [
      "2026-11-21T01:00 on-time",
      "2026-11-22T01:00 caught-up",
      "2026-11-23T01:00 caught-up",
      "2026-11-24T01:00 on-time",
    ],
  ],
  ["skip", ["2026-11-21T01:00 on-time", "2026-11-24T01:00 on-time"]],
] as const)("what was missed while none was there: %s", async ([missed, expected]) => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", { ...NIGHTLY, missed });
  const first = await stage.keeper("a");
  await stage.until("2026-11-21T12:00Z");
  first.stop();
  await stage.until("2026-11-23T12:00Z");
  const next = await stage.keeper("b");
  await stage.keeper("c");
  await stage.until("2026-11-24T12:00Z");
  expect(fired(stage)).toEqual(expected);
  const skipped = next.told.filter(({ event }) => event === "skipped");
  expect(skipped).toHaveLength(missed === "skip" ? 1 : 0);
  expect(await stage.end()).toEqual([]);
});

test("counts nothing before the first scheduler started as missed", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T01:30Z", NIGHTLY);
  await stage.keeper("a");
  await stage.until("2026-11-20T12:00Z");
  expect(fired(stage)).toEqual([]);
  // From now on the ledger knows the schedule, whoever keeps it.
  await stage.until("2026-11-21T12:00Z");
  expect(fired(stage)).toEqual(["2026-11-21T01:00 on-time"]);
  expect(await stage.end()).toEqual([]);
});

test.for(["SQLite", "PostgreSQL"] as const)(
  "resumes the occurrence of a scheduler that died in the middle, as the same edition: %s",
  async (database) => {
    const stage = await ScheduledCampaign.of(databases[database], "2026-11-20T12:00Z", NIGHTLY);
    const keepers = [await stage.keeper("a"), await stage.keeper("b")];
    await stage.until("2026-11-21T01:10Z");
    const [first] = stage.fired;
    keepers.find(({ name }) => name === first?.by)?.die();
    // The manifest says something else meanwhile: what was begun stays what it was.
    stage.schedule = { ...NIGHTLY, mode: "continue" };
    await stage.until("2026-11-22T12:00Z");
    expect(fired(stage)).toEqual([
      "2026-11-21T01:00 on-time",
      "2026-11-21T01:00 on-time resumed",
      "2026-11-22T01:00 on-time",
    ]);
    expect(stage.fired.map(({ turn }) => turn.edition)).toEqual([
      "2026-11-21T01:00",
      "2026-11-21T01:00",
      "",
    ]);
    expect(stage.fired[1]?.by).not.toBe(first?.by);
    expect(await stage.end()).toEqual([]);
  },
);

test("resumes an occurrence that was stopped in the middle when the next scheduler starts", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  const first = await stage.keeper("a");
  await stage.until("2026-11-21T01:10Z");
  first.stop();
  await stage.until("2026-11-21T06:00Z");
  await stage.keeper("b");
  await stage.until("2026-11-21T12:00Z");
  expect(fired(stage)).toEqual(["2026-11-21T01:00 on-time", "2026-11-21T01:00 on-time resumed"]);
  expect(await stage.end()).toEqual([]);
});

test.for([
  ["back by a day", -DAY_MS],
  ["back by ten minutes", -10 * MINUTE_MS],
  ["forward by half an hour, over it", 30 * MINUTE_MS],
  ["forward by three days, over several", 3 * DAY_MS],
] as const)("fires nothing twice and misses nothing when the clock is set %s", async ([, by]) => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  await stage.keeper("a");
  await stage.keeper("b");
  await stage.until("2026-11-21T00:45Z");
  stage.clock.set(stage.clock.now() + by);
  await stage.until("2026-11-21T01:30Z");
  stage.clock.set(Date.parse("2026-11-21T01:05Z"));
  await stage.until("2026-11-27T12:00Z");
  const locals = stage.fired.map(({ turn }) => turn.local);
  const days = [21, 22, 23, 24, 25, 26, 27];
  expect(locals).toEqual(days.map((day) => `2026-11-${day}T01:00`));
  expect(await stage.end()).toEqual([]);
});

test("buys at most a month of days under one limit after the clock jumps five years, says so, and recovers", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  stage.limits = [{ name: "--max-usd", limit: usd(5) }];
  stage.buys = [order("a")];
  stage.takes = 30_000;
  const keeper = await stage.keeper("a");
  await stage.until("2026-11-21T12:00Z");
  stage.clock.set(Date.parse("2031-11-21T01:30Z"));
  await stage.until("2031-11-21T20:00Z");
  const caughtUp = stage.fired.filter(({ turn }) => turn.how === "caught-up");
  expect(caughtUp).toHaveLength(MOST_MISSED - 1);
  expect(fired(stage).at(-1)).toBe("2031-11-21T01:00 on-time");
  // Five dollars for all that was missed; each time that is on time has its own.
  expect(stage.bought.map((one) => one.split(" ")[1])).toEqual([
    "held",
    ...Array(5).fill("held"),
    ...Array(MOST_MISSED - 6).fill("over"),
    "held",
  ]);
  const skipped = keeper.told.filter(({ event }) => event === "skipped");
  expect(skipped).toMatchObject([
    {
      first: { local: "2026-11-22T01:00" },
      last: { local: "2031-10-21T01:00" },
      count: MOST_COUNTED,
      more: true,
      most: MOST_MISSED,
    },
  ]);
  // The clock is set right: the times that were jumped over come, each at its time.
  stage.clock.set(Date.parse("2026-11-21T12:30Z"));
  await stage.until("2026-11-23T12:00Z");
  expect(fired(stage).slice(-2)).toEqual(["2026-11-22T01:00 on-time", "2026-11-23T01:00 on-time"]);
  expect(await stage.end()).toEqual([]);
});

test("gives each day its own limit on a laptop that wakes at eight", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  stage.limits = [{ name: "--max-usd", limit: usd(1) }];
  stage.buys = [order("a")];
  const first = await stage.keeper("a");
  await stage.until("2026-11-20T12:10Z");
  first.stop();
  for (const day of ["21", "22", "23"]) {
    await stage.until(`2026-11-${day}T08:00Z`);
    const keeper = await stage.keeper(day);
    await stage.until(`2026-11-${day}T18:00Z`);
    keeper.stop();
  }
  expect(stage.bought).toEqual([
    "2026-11-21T01:00 held",
    "2026-11-22T01:00 held",
    "2026-11-23T01:00 held",
  ]);
  expect(await stage.end()).toEqual([]);
});

test.for(["SQLite", "PostgreSQL"] as const)(
  "refuses a second scheduler with other times while the first one is alive: %s",
  async (database) => {
    const stage = await ScheduledCampaign.of(databases[database], "2026-11-20T12:00Z", NIGHTLY);
    stage.schedules.set("b", makeSchedule("30 * * * *", "UTC"));
    stage.schedules.set("c", makeSchedule("30 * * * *", "UTC"));
    const first = await stage.keeper("a");
    await stage.until("2026-11-20T12:10Z");
    const second = await stage.keeper("b");
    await stage.until("2026-11-20T12:20Z");
    expect(second.refusedBy()).toBe("0 1 * * * UTC");
    expect(second.told.map(({ event }) => event)).toEqual(["rival"]);
    // Killed, it keeps its place for half a lease more at least, and no longer than a lease.
    first.die();
    await stage.until("2026-11-20T12:21Z");
    const third = await stage.keeper("b");
    await stage.until("2026-11-20T12:51Z");
    expect(third.refusedBy()).toBe("0 1 * * * UTC");
    const fourth = await stage.keeper("b");
    await stage.until("2026-11-20T13:40Z");
    expect(fourth.refusedBy()).toBeNull();
    expect(fired(stage)).toEqual(["2026-11-20T13:30 on-time"]);
    // Stopped, it leaves its place at once.
    fourth.stop();
    await stage.until("2026-11-20T13:55Z");
    const fifth = await stage.keeper("d");
    await stage.until("2026-11-20T14:00Z");
    expect(fifth.refusedBy()).toBeNull();
    expect(await stage.end()).toEqual([]);
  },
);

test("lets schedulers with the same times run together and follow the manifest together", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  const keepers = [await stage.keeper("a"), await stage.keeper("b")];
  // Its run takes longer than a lease, and it keeps its place.
  stage.takes = 50 * MINUTE_MS;
  await stage.until("2026-11-20T12:05Z");
  stage.schedule = makeSchedule("0 14 * * *", "UTC");
  await stage.until("2026-11-20T14:45Z");
  expect(fired(stage)).toEqual(["2026-11-20T14:00 on-time"]);
  stage.schedules.set("late", NIGHTLY);
  const late = await stage.keeper("late");
  await stage.until("2026-11-20T14:48Z");
  expect(late.refusedBy()).toBe("0 14 * * * UTC");
  expect(keepers.map((keeper) => keeper.refusedBy())).toEqual([null, null]);
  expect(await stage.end()).toEqual([]);
});

test("keeps other times of the manifest from the moment it reads them", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  const keeper = await stage.keeper("a");
  await stage.until("2026-11-20T15:30Z");
  stage.schedule = makeSchedule("0 * * * *", "UTC");
  await stage.until("2026-11-20T17:30Z");
  // The hours before were never its times.
  expect(fired(stage)).toEqual(["2026-11-20T16:00 on-time", "2026-11-20T17:00 on-time"]);
  const waits = keeper.told.flatMap((one) => (one.event === "waiting" ? [one.next?.local] : []));
  expect(waits).toEqual([
    "2026-11-21T01:00",
    "2026-11-20T16:00",
    "2026-11-20T17:00",
    "2026-11-20T18:00",
  ]);
  expect(await stage.end()).toEqual([]);
});

test("reports a ledger that cannot be reached once, and loses nothing", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  const keeper = await stage.keeper("a");
  await stage.until("2026-11-21T00:45Z");
  stage.trouble = "unreachable";
  await stage.until("2026-11-21T01:40Z");
  expect(fired(stage)).toEqual([]);
  stage.trouble = null;
  await stage.until("2026-11-21T12:00Z");
  expect(fired(stage)).toEqual(["2026-11-21T01:00 on-time"]);
  expect(keeper.told.filter(({ event }) => event === "trouble")).toHaveLength(1);
  expect(await stage.end()).toEqual([]);
});

test("does not wait for a ledger that the campaign has left", async () => {
  const stage = await ScheduledCampaign.of(sqlite, "2026-11-20T12:00Z", NIGHTLY);
  await stage.keeper("a");
  await stage.until("2026-11-20T12:05Z");
  stage.trouble = "sealed";
  await stage.until("2026-11-21T12:00Z");
  expect(fired(stage)).toEqual([]);
  expect(await stage.end()).toEqual(["LedgerFault: it is elsewhere"]);
});
