import { describe, expect, test } from "vitest";
import type { PaceCap } from "../../../src/budget/caps.ts";
import type { Reservation } from "../../../src/ledger/ledger.ts";
import { NOTHING } from "../../../src/money.ts";
import { Bench, capped, type Database, order, step, usd } from "../rig/test-ledger.ts";

type Window = Exclude<PaceCap, "per_run">;

// Where each window begins and ends, worked out on paper: UTC instants, the end being the next one's beginning.
const WINDOWS: readonly (readonly [cap: Window, zone: string, begins: string, ends: string])[] = [
  ["per_day", "UTC", "2026-11-21T00:00Z", "2026-11-22T00:00Z"],
  // 23 hours, then 25: London's clocks change at 01:00 UTC.
  ["per_day", "Europe/London", "2026-03-29T00:00Z", "2026-03-29T23:00Z"],
  ["per_day", "Europe/London", "2026-10-24T23:00Z", "2026-10-26T00:00Z"],
  ["per_day", "America/New_York", "2026-03-08T05:00Z", "2026-03-09T04:00Z"],
  ["per_day", "America/New_York", "2026-11-01T04:00Z", "2026-11-02T05:00Z"],
  ["per_day", "Asia/Kolkata", "2026-11-20T18:30Z", "2026-11-21T18:30Z"],
  ["per_day", "Asia/Kathmandu", "2026-11-20T18:15Z", "2026-11-21T18:15Z"],
  ["per_day", "America/St_Johns", "2026-11-21T03:30Z", "2026-11-22T03:30Z"],
  ["per_day", "Pacific/Chatham", "2026-11-20T10:15Z", "2026-11-21T10:15Z"],
  // Half an hour of daylight saving: 24.5 hours, then 23.5.
  ["per_day", "Australia/Lord_Howe", "2026-04-04T13:00Z", "2026-04-05T13:30Z"],
  ["per_day", "Australia/Lord_Howe", "2026-10-03T13:30Z", "2026-10-04T13:00Z"],
  // From Monday on, across a year and across a change of the clocks.
  ["per_week", "UTC", "2026-12-28T00:00Z", "2027-01-04T00:00Z"],
  ["per_week", "Europe/London", "2026-03-23T00:00Z", "2026-03-29T23:00Z"],
  ["per_week", "Europe/London", "2026-10-18T23:00Z", "2026-10-26T00:00Z"],
  ["per_week", "America/New_York", "2026-10-26T04:00Z", "2026-11-02T05:00Z"],
  // In Cairo they change on a Friday, in the middle of the week.
  ["per_week", "Africa/Cairo", "2026-04-19T22:00Z", "2026-04-26T21:00Z"],
  ["per_month", "UTC", "2028-02-01T00:00Z", "2028-03-01T00:00Z"],
  ["per_month", "Europe/London", "2026-03-01T00:00Z", "2026-03-31T23:00Z"],
  ["per_month", "America/New_York", "2026-11-01T04:00Z", "2026-12-01T05:00Z"],
  ["per_month", "Asia/Kathmandu", "2026-11-30T18:15Z", "2026-12-31T18:15Z"],
];

const DAY = 24 * 60 * 60 * 1_000;

/** Whether an order fits: one of a dollar is held already, and the window's cap is a dollar. */
async function asked(bench: Bench, at: number, ordinal: number): Promise<Reservation["is"]> {
  bench.world.at = at;
  return (await bench.ledger.reserve(bench.run, order("a", { ordinal }))).is;
}

/** For databases that take the time from `LedgerEnvironment`. */
export function windows(database: Database): void {
  describe("days, weeks and months", () => {
    test.for(WINDOWS)("%s in %s: %s to %s", async ([cap, zone, begins, ends]) => {
      const bench = await Bench.create(database, capped({ [cap]: usd(1) }, zone));
      const [first, next] = [Date.parse(begins), Date.parse(ends)];
      expect(await asked(bench, first - 1, 1)).toBe("held");
      // The millisecond before belongs to the window before.
      expect(await asked(bench, first, 2)).toBe("held");
      for (const at of [first, (first + next) / 2, next - 1]) {
        bench.world.at = at;
        const over = await bench.ledger.reserve(bench.run, order("b"));
        expect(over).toMatchObject({ is: "over", passed: [{ cap, from: first, used: usd(1) }] });
      }
      expect(await asked(bench, next, 3)).toBe("held");
    });

    test.for<readonly [Window, number]>([
      ["per_day", 1],
      ["per_week", 8],
      ["per_month", 40],
    ])("%s: setting the clock back by %i days frees no money", async ([cap, days]) => {
      const bench = await Bench.create(database, capped({ [cap]: usd(1) }));
      const { at } = bench.world;
      expect(await asked(bench, at, 1)).toBe("held");
      expect(await asked(bench, at - days * DAY, 2)).toBe("over");
      expect(await asked(bench, at - 400 * DAY, 3)).toBe("over");
      expect(await asked(bench, at, 4)).toBe("over");
      expect(await asked(bench, at + days * DAY, 5)).toBe("held");
    });

    test("a hold that settles tomorrow counts in the day in which it was reserved", async () => {
      const bench = await Bench.create(database, capped({ per_day: usd(1) }));
      const { at } = bench.world;
      const hold = await bench.makeHold(order("a"), "submitted");
      bench.world.at = at + DAY;
      const settled = await bench.advance(hold.id, step.settled(usd(3)));
      expect(settled).toMatchObject({ reservedAt: at, endedAt: at + DAY, spent: usd(4) });
      expect(await asked(bench, at + DAY, 2)).toBe("held");
      expect(await asked(bench, at + 1, 3)).toBe("over");
    });

    test("freed money is free in its own day only", async () => {
      const bench = await Bench.create(database, capped({ per_day: usd(1) }));
      const { at } = bench.world;
      const hold = await bench.reserve(order("a"));
      expect(await asked(bench, at + DAY, 2)).toBe("held");
      expect(await bench.advance(hold.id, step.released())).toMatchObject({ held: NOTHING });
      expect(await asked(bench, at + DAY, 3)).toBe("over");
    });

    test("another time zone moves the start of the day for existing holds", async () => {
      const pace = { per_day: usd(1) };
      const bench = await Bench.create(database, capped({ ...pace }));
      expect(await asked(bench, Date.parse("2026-11-20T23:30Z"), 1)).toBe("held");
      const after = Date.parse("2026-11-21T00:30Z");
      await bench.ledger.agree("film", capped({ ...pace }, "America/New_York"));
      expect(await asked(bench, after, 2)).toBe("over");
      await bench.ledger.agree("film", capped({ ...pace }, "Europe/London"));
      expect(await asked(bench, after, 3)).toBe("held");
    });
  });
}
