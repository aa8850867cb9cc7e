import { expect, test } from "vitest";
import { readPurchases } from "../../src/run/read-purchases.ts";
import { Bench, order, STANDINGS, type Standing, step, usd } from "./rig/test-ledger.ts";
import { sqlite } from "./rig/sqlite-ledgers.ts";

const NOW: Readonly<Record<Standing, string>> = {
  reserved: "in-flight",
  sending: "in-flight",
  submitted: "in-flight",
  settled: "settled",
  released: "unbought",
  "failed, charge none": "failed",
  "failed, charge unknown": "failed",
  "failed, charged": "failed",
  unknown: "unknown",
};
const line = { campaign: "film", edition: "", fingerprint: "a", ordinal: 1, key: "a~t1" };

/** A plan sees the ledger as the next run will find it, before dead runs are reclaimed. */
test.for(STANDINGS)("a plan reads of a hold that is %s what a run would find", async (where) => {
  const bench = await Bench.create(sqlite);
  await bench.makeHold(order("a", { shot: "Hero", scene: "1" }), where);
  const asked = { retryFailed: false };
  const living = await readPurchases(await bench.openReader(), "Film", asked);
  expect(living.findState(line)).toBe(NOW[where]);
  bench.world.dead.add("a");
  const reader = await bench.openReader();
  const before = await readPurchases(reader, "film", asked);
  const other = await bench.openElsewhere("b");
  await other.reclaimDeadRuns("film");
  const after = await readPurchases(reader, "film", asked);
  expect(before.findState(line)).toBe(after.findState(line));
  const scopes = [
    { by: "campaign" },
    { by: "shot", name: "hero" },
    { by: "endpoint", name: "fal-ai/one" },
    { by: "scene", name: "1" },
  ] as const;
  const money = scopes.map((scope) => before.used(scope, null));
  expect(money).toEqual(scopes.map((scope) => after.used(scope, null)));
  // One hold: all four count it alike.
  expect(money).toEqual(scopes.map(() => money[0]));
});

test("a plan counts a bill's excess over the held amount as spent", async () => {
  const bench = await Bench.create(sqlite);
  const { id } = await bench.makeHold(order("a"), "submitted");
  await bench.advance(id, step.settled(usd(0.5)));
  const { used } = await readPurchases(bench.ledger, "film", { retryFailed: false });
  expect(used({ by: "campaign" }, null)).toEqual({ spent: usd(1.5), held: 0 });
  expect(used({ by: "campaign" }, bench.world.at + 1)).toEqual({ spent: 0, held: 0 });
});
