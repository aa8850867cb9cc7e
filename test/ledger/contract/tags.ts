import { describe, expect, test } from "vitest";
import { createParcel } from "../../../src/ledger/move.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { Bench, type Database, order } from "../rig/test-ledger.ts";

export function tags(database: Database): void {
  describe("tags", () => {
    test("a hold keeps each of its order's tags once, and has none if the order has none", async () => {
      const bench = await Bench.create(database);
      const { ledger } = bench;
      await bench.reserve(order("a", { tags: ["wide", 'a "b", [c]', "wide"] }));
      await bench.makeHold(order("b", { tags: ["Wide"] }), "settled");
      await bench.makeHold(order("c", { tags: [] }), "unknown");
      await bench.reserve(order("d"));
      const kept = [["wide", 'a "b", [c]'], ["Wide"], [], []];
      expect((await ledger.positions("film")).map((position) => position.tags)).toEqual(kept);
      expect((await ledger.holds("film")).map((hold) => hold.tags)).toEqual(kept);
      expect((await verifyLedger(ledger)).problems).toEqual([]);
    });

    test("a campaign that moves keeps its tags", async () => {
      const bench = await Bench.create(database);
      await bench.reserve(order("a", { tags: ["wide", "night"] }));
      await bench.ledger.endRun(bench.run);
      const there = await database.create(await database.place(), "real", bench.world.as("b"));
      await bench.ledger.seal("film", { into: "there", ledger: there.id });
      await there.receive(await createParcel("film", bench.ledger));
      expect((await there.positions("film")).map((position) => position.tags)).toEqual([
        ["wide", "night"],
      ]);
      expect((await verifyLedger(there)).problems).toEqual([]);
    });
  });
}
