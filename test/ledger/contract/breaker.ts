import { describe, expect, test } from "vitest";
import { type Breaker, NO_BREAKER } from "../../../src/budget/caps.ts";
import type { Terms } from "../../../src/budget/terms.ts";
import { Bench, capped, type Database, order, STANDINGS, step, usd } from "../rig/test-ledger.ts";
import { findProblems } from "./approvals/approved-run.ts";

const HOUR = 3_600_000;

function broken(breaker: Partial<Breaker>, more: Parameters<typeof capped>[0] = {}): Terms {
  return capped({ ...more, breaker: { ...NO_BREAKER, ...breaker } });
}

// Of the rest the outcome and the charge are known, or it is not over yet.
const UNKNOWN: readonly string[] = ["unknown", "failed, charge unknown"];

export function breaker(database: Database): void {
  describe("the breaker", () => {
    test("allows spending equal to its hourly limit, and trips at a micro-dollar more", async () => {
      const bench = await Bench.create(database, broken({ usdPerHour: usd(2) }));
      await bench.reserve(order("a"));
      const more = order("b", { cost: usd(1.000_001) });
      const over = await bench.ledger.reserve(bench.run, more);
      const from = bench.world.at - HOUR;
      expect(over).toEqual({
        is: "over",
        passed: [
          {
            cap: "breaker.usd_per_hour",
            of: null,
            limit: usd(2),
            used: usd(1),
            counts: { by: "campaign" },
            from,
            trips: true,
          },
        ],
      });
      await bench.reserve(order("b"));
      expect(await findProblems(bench)).toEqual([]);
    });

    test("counts a dollar for exactly an hour", async () => {
      const bench = await Bench.create(database, broken({ usdPerHour: usd(1) }));
      const first = bench.world.at;
      await bench.reserve(order("a"));
      for (const at of [first + 1, first + HOUR - 1, first + HOUR]) {
        bench.world.at = at;
        expect((await bench.ledger.reserve(bench.run, order("b"))).is).toBe("over");
      }
      bench.world.at = first + HOUR + 1;
      await bench.reserve(order("b"));
      // It is the hour before each moment, not the hour on the clock.
      bench.world.at = Date.parse("2026-11-21T11:00:00Z");
      expect((await bench.ledger.reserve(bench.run, order("c"))).is).toBe("over");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("does not count an end without a charge, and counts a bill's excess at the time of its reservation", async () => {
      const bench = await Bench.create(database, broken({ usdPerHour: usd(2) }));
      const first = bench.world.at;
      await bench.makeHold(order("a"), "failed, charge none");
      const hold = await bench.makeHold(order("b"), "submitted");
      bench.world.at += HOUR - 1;
      await bench.advance(hold.id, step.settled(usd(1)));
      const none = order("c", { cost: usd(0.000_001) });
      expect((await bench.ledger.reserve(bench.run, none)).is).toBe("over");
      bench.world.at = first + HOUR + 1;
      await bench.reserve(order("c", { cost: usd(2) }));
      expect(await findProblems(bench)).toEqual([]);
    });

    test("frees no money if the clock is set back", async () => {
      const bench = await Bench.create(database, broken({ usdPerHour: usd(1) }));
      await bench.reserve(order("a"));
      bench.world.at -= 400 * 24 * HOUR;
      expect((await bench.ledger.reserve(bench.run, order("b"))).is).toBe("over");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("counts an hour for each campaign, across all of its runs", async () => {
      const bench = await Bench.create(database, broken({ usdPerHour: usd(1) }));
      await bench.ledger.agree("other", broken({ usdPerHour: usd(1) }));
      await bench.reserve(order("a"));
      const beside = await bench.openElsewhere("b");
      const run = await beside.startRun({ campaign: "FILM", account: null, limits: [] });
      expect((await beside.reserve(run, order("b"))).is).toBe("over");
      const other = await bench.ledger.startRun({ campaign: "other", account: null, limits: [] });
      await bench.reserve(order("a", { campaign: "other" }), other);
    });

    test.for(STANDINGS)(
      "reports whether the money of a hold that is %s is unknown",
      async (where) => {
        const bench = await Bench.create(database, broken({ unknownUsd: usd(0) }));
        await bench.makeHold(order("a"), where);
        const told = await bench.ledger.reserve(bench.run, order("b"));
        const counts = { by: "unknown" };
        const tripped = { cap: "breaker.unknown_usd", limit: 0, used: usd(1), counts, trips: true };
        expect(told).toMatchObject(
          UNKNOWN.includes(where) ? { is: "over", passed: [tripped] } : { is: "held" },
        );
        expect(await findProblems(bench)).toEqual([]);
      },
    );

    test("allows unknown money equal to its limit and no more, without counting the order that is asked for", async () => {
      const bench = await Bench.create(database, broken({ unknownUsd: usd(2) }));
      await bench.makeHold(order("a", { cost: usd(1.5) }), "unknown");
      await bench.makeHold(order("b", { cost: usd(0.5) }), "failed, charge unknown");
      const big = await bench.reserve(order("c", { cost: usd(99) }));
      const more = await bench.makeHold(order("d", { cost: usd(0.000_001) }), "unknown");
      expect((await bench.ledger.reserve(bench.run, order("e"))).is).toBe("over");
      const free = order("e", { cost: usd(0) });
      expect((await bench.ledger.reserve(bench.run, free)).is).toBe("over");
      // However it is found out, it is no longer unknown.
      await bench.advance(more.id, step.failed("charged"));
      await bench.reserve(order("e"));
      expect(await bench.ledger.hold(big.id)).toMatchObject({ state: "reserved" });
      expect(await findProblems(bench)).toEqual([]);
    });

    test("counts unknown money of any age, in its own campaign only", async () => {
      const bench = await Bench.create(database, broken({ unknownUsd: usd(0.5) }));
      await bench.ledger.agree("other", broken({ unknownUsd: usd(0) }));
      await bench.makeHold(order("a"), "unknown");
      const other = await bench.ledger.startRun({ campaign: "other", account: null, limits: [] });
      await bench.reserve(order("a", { campaign: "other" }), other);
      bench.world.at += 400 * 24 * HOUR;
      expect((await bench.ledger.reserve(bench.run, order("b"))).is).toBe("over");
    });

    test("counts money as known once a person settles its charge or its request turns up", async () => {
      const bench = await Bench.create(database, broken({ unknownUsd: usd(0.5) }));
      const hold = await bench.makeHold(order("a"), "failed, charge unknown");
      expect((await bench.ledger.reserve(bench.run, order("b"))).is).toBe("over");
      await bench.advance(hold.id, step.charge("charged"));
      const other = await bench.makeHold(order("b"), "unknown");
      expect((await bench.ledger.reserve(bench.run, order("c"))).is).toBe("over");
      await bench.advance(other.id, step.submitted());
      await bench.reserve(order("c"));
      expect(await findProblems(bench)).toEqual([]);
    });

    test("reports every cap and limit that is passed at once, and marks only the breaker's as tripping", async () => {
      const terms = broken({ usdPerHour: usd(1), unknownUsd: usd(0) }, { cap: usd(1) });
      const bench = await Bench.create(database, terms);
      await bench.makeHold(order("a"), "unknown");
      const over = await bench.ledger.reserve(bench.run, order("b"));
      const passed = over.is === "over" ? over.passed : [];
      expect(passed.map(({ cap, trips }) => [cap, trips])).toEqual([
        ["cap", false],
        ["breaker.usd_per_hour", true],
        ["breaker.unknown_usd", true],
      ]);
    });

    test("gains no room from overages", async () => {
      const bench = await Bench.create(database, broken({ usdPerHour: usd(1) }, { cap: usd(1) }));
      const more = { cap: "cap", of: null, amount: usd(9), by: "Ada", why: "rain" } as const;
      await bench.ledger.addOverage("film", more);
      expect(await bench.ledger.reserve(bench.run, order("a", { cost: usd(2) }))).toMatchObject({
        is: "over",
        passed: [{ cap: "breaker.usd_per_hour" }],
      });
    });

    test("is remembered with the terms, and the ledger does not count failures in a row", async () => {
      const terms = broken({ usdPerHour: usd(1.176), unknownUsd: usd(0), failuresInARow: 1 });
      const bench = await Bench.create(database, terms);
      expect(await (await bench.openReader()).terms("FILM")).toEqual(terms);
      await bench.makeHold(order("a", { cost: usd(0.1) }), "failed, charged");
      await bench.reserve(order("b"));
    });
  });
}
