import { describe, expect, test } from "vitest";
import { Bench, capped, type Database, usd } from "../../rig/test-ledger.ts";
import { findProblems } from "./approved-run.ts";
import { fits, more, paced } from "./overages.ts";

/** An overage that ends at midnight: a zone, and the last millisecond of its day. */
const MIDNIGHTS: readonly (readonly [zone: string, given: string, last: string])[] = [
  ["UTC", "2026-11-21T00:00Z", "2026-11-21T23:59:59.999Z"],
  ["America/New_York", "2026-11-21T05:00Z", "2026-11-22T04:59:59.999Z"],
  // The clocks go forward, then back: 23 and 25 hours.
  ["Europe/London", "2026-03-29T00:00Z", "2026-03-29T22:59:59.999Z"],
  ["Europe/London", "2026-10-24T23:00Z", "2026-10-25T23:59:59.999Z"],
  ["America/Havana", "2026-11-01T04:00Z", "2026-11-02T04:59:59.999Z"],
];

/** For databases that take the time from `LedgerEnvironment`. */
export function overageWindows(database: Database): void {
  describe("overages of a day, a week and a month", () => {
    test.for(MIDNIGHTS)(
      "per_day in %s: an overage from %s ends after %s",
      async ([zone, given, last]) => {
        const bench = await Bench.create(database, capped(paced("per_day"), zone));
        bench.world.at = Date.parse(given);
        await bench.ledger.addOverage("film", more("per_day", 1));
        expect(await fits(bench, Date.parse(last), { cost: usd(2.000_001) })).toBe("over");
        expect(await fits(bench, Date.parse(last), { cost: usd(2) })).toBe("held");
        const next = Date.parse(last) + 1;
        expect(await fits(bench, next, { ordinal: 2, cost: usd(1.000_001) })).toBe("over");
        expect(await fits(bench, next, { ordinal: 2 })).toBe("held");
        expect(await findProblems(bench)).toEqual([]);
      },
    );

    test("an overage recorded in the last millisecond of a day does not count in the next", async () => {
      const bench = await Bench.create(database, capped(paced("per_day"), "Europe/London"));
      bench.world.at = Date.parse("2026-03-29T22:59:59.999Z");
      await bench.ledger.addOverage("film", more("per_day", 1));
      expect(await fits(bench, bench.world.at + 1, { cost: usd(1.000_001) })).toBe("over");
    });

    test.for([
      ["per_week", "2026-11-16T00:00Z", "2026-11-22T23:59:59.999Z"],
      ["per_month", "2026-11-01T00:00Z", "2026-11-30T23:59:59.999Z"],
    ] as const)("%s: from %s to %s", async ([cap, given, last]) => {
      const bench = await Bench.create(database, capped(paced(cap)));
      bench.world.at = Date.parse(given);
      await bench.ledger.addOverage("film", more(cap, 1));
      expect(await fits(bench, Date.parse(last) + 1, { cost: usd(1.000_001) })).toBe("over");
      expect(await fits(bench, Date.parse(last), { cost: usd(2) })).toBe("held");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an overage of the campaign's cap stays, whatever day it is", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(1) }));
      await bench.ledger.addOverage("film", more("cap", 1));
      expect(await fits(bench, bench.world.at + 1e10, { cost: usd(2) })).toBe("held");
    });

    // Sums have only a lower bound in time, so what was spent tomorrow is counted today, and what was added, too.
    test("a clock that is set back affects overages as it affects what was spent", async () => {
      const bench = await Bench.create(database, capped(paced("per_day")));
      await bench.ledger.addOverage("film", more("per_day", 1));
      expect(await fits(bench, null, { cost: usd(1.5) })).toBe("held");
      const yesterday = bench.world.at - 86_400_000;
      expect(await fits(bench, yesterday, { ordinal: 2, cost: usd(0.500_001) })).toBe("over");
      expect(await fits(bench, yesterday, { ordinal: 2, cost: usd(0.5) })).toBe("held");
      expect(await findProblems(bench)).toEqual([]);
    });
  });
}
