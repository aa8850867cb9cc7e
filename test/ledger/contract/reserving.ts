import { describe, expect, test } from "vitest";
import type { Order } from "../../../src/ledger/entry.ts";
import { NOTHING } from "../../../src/money.ts";
import { Bench, capped, type Database, order, STANDINGS, step, usd } from "../rig/test-ledger.ts";

// A definite end that cost nothing: only then can the same purchase be bought again.
const FREE: readonly string[] = ["released", "failed, charge none"];

export function reserving(database: Database): void {
  describe("reserving", () => {
    test("a hold has everything of its order, and its money counts at once", async () => {
      const bench = await Bench.create(database);
      const wanted = order("a", {
        scene: "1",
        tags: ["wide"],
        unitPrice: usd(0.2),
        input: { a: [1, null], b: {} },
      });
      const hold = await bench.reserve(wanted);
      expect(hold).toMatchObject({ ...wanted, run: bench.run, reservedAt: bench.world.at });
      expect(hold).toMatchObject({ state: "reserved", held: usd(1), spent: NOTHING, charge: null });
      expect(await bench.ledger.hold(hold.id)).toEqual(hold);
      expect(await bench.ledger.holds("film")).toEqual([hold]);
      const { id, run, reservedAt, state, charge, spent, held } = hold;
      const { fingerprint, ordinal, edition, key, shot, scene, tags, endpoint } = wanted;
      const what = { fingerprint, ordinal, edition, key, shot, scene, tags, endpoint };
      expect(await bench.ledger.positions("film")).toEqual([
        { id, run, reservedAt, state, charge, spent, held, duplicate: false, ...what },
      ]);
    });

    test.for(STANDINGS)(
      "answers taken for a purchase that is %s, unless that leaves it free",
      async (where) => {
        const bench = await Bench.create(database);
        const first = await bench.makeHold(order("a"), where);
        const before = await bench.countEntries();
        const next = await bench.ledger.startRun({ campaign: "film", account: null, limits: [] });
        const again = await bench.ledger.reserve(next, order("a"));
        const free = FREE.includes(where);
        expect(again.is).toBe(free ? "held" : "taken");
        expect(again).toMatchObject({ hold: free ? { run: next, state: "reserved" } : first });
        // The run's start, and the hold's if there is one.
        expect(await bench.countEntries()).toBe(before + (free ? 2 : 1));
      },
    );

    test.for<readonly [string, Partial<Order>, "held" | "taken"]>([
      ["another fingerprint", { fingerprint: "b" }, "held"],
      ["another ordinal", { ordinal: 2 }, "held"],
      ["another edition", { edition: "2026-11-21T01:00" }, "held"],
      ["another campaign", { campaign: "other" }, "held"],
      ["the campaign in capitals", { campaign: "FILM" }, "taken"],
      ["another key, shot and scene", { key: "z~t1", shot: "z", scene: "9" }, "taken"],
      ["another price", { cost: usd(2), seconds: 9 }, "taken"],
    ])("reports whether an order with %s is another purchase", async ([, more, is]) => {
      const bench = await Bench.create(database);
      await bench.ledger.agree("other", capped({}));
      await bench.reserve(order("a"));
      const reservation = await bench.ledger.reserve(bench.run, order("a", more));
      expect(reservation.is).toBe(is);
    });

    test("a run tries a purchase three times, and the next run can try again", async () => {
      const bench = await Bench.create(database);
      for (const end of [step.released(), step.failed("none"), step.released()]) {
        const hold = await bench.reserve(order("a"));
        if (end.kind === "failed") {
          await bench.advance(hold.id, step.sending());
          await bench.advance(hold.id, step.submitted());
        }
        await bench.advance(hold.id, end);
      }
      const before = await bench.countEntries();
      expect(await bench.ledger.reserve(bench.run, order("a"))).toEqual({ is: "tried-enough" });
      expect(await bench.countEntries()).toBe(before);
      expect((await bench.ledger.reserve(bench.run, order("a", { ordinal: 2 }))).is).toBe("held");
      const next = await bench.ledger.startRun({ campaign: "film", account: null, limits: [] });
      expect((await bench.ledger.reserve(next, order("a"))).is).toBe("held");
    });

    test("reserves nothing for a run that has ended, was reclaimed or never started", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.endRun(bench.run);
      expect(await bench.ledger.reserve(bench.run, order("a"))).toEqual({ is: "run-over" });
      const other = await bench.openElsewhere("b");
      const run = await other.startRun({ campaign: "film", account: null, limits: [] });
      bench.world.dead.add("b");
      await bench.ledger.reclaimDeadRuns("film");
      expect(await other.reserve(run, order("a"))).toEqual({ is: "run-over" });
      expect(await bench.ledger.reserve("no-run", order("a"))).toEqual({ is: "run-over" });
      expect(await bench.ledger.positions("film")).toEqual([]);
    });

    test("of five processes that ask for the same purchase at once, one gets it", async () => {
      const bench = await Bench.create(database);
      const other = await bench.openElsewhere("b");
      const run = await other.startRun({ campaign: "film", account: null, limits: [] });
      const answers = await Promise.all([
        ...Array.from({ length: 3 }, () => bench.ledger.reserve(bench.run, order("a"))),
        ...Array.from({ length: 2 }, () => other.reserve(run, order("a"))),
      ]);
      const said = answers.map(({ is }) => is);
      expect(said.toSorted()).toEqual(["held", "taken", "taken", "taken", "taken"]);
      expect(await bench.ledger.positions("film")).toHaveLength(1);
    });

    test("of twenty orders at once, holds as many as fit under the cap", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(7.5) }));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => bench.ledger.reserve(bench.run, order(`f${turn}`))),
      );
      expect(answers.map(({ is }) => is)).toEqual([
        ...Array.from({ length: 7 }, () => "held"),
        ...Array.from({ length: 13 }, () => "over"),
      ]);
      expect(await bench.ledger.positions("film")).toHaveLength(7);
    });

    test("an order that cannot be written does not affect those written together with it", async () => {
      const bench = await Bench.create(database);
      const [before, bad, behind] = await Promise.allSettled([
        bench.ledger.reserve(bench.run, order("a")),
        bench.ledger.advance("no-hold", step.sending()),
        bench.ledger.reserve(bench.run, order("b")),
      ]);
      expect([before.status, bad.status, behind.status]).toEqual([
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      const positions = await bench.ledger.positions("film");
      expect(positions.map(({ key }) => key)).toEqual(["a~t1", "b~t1"]);
    });
  });
}
