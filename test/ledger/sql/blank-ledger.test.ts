import { expect, test } from "vitest";
import { openBlankLedger } from "../../../src/ledger/sql/sqlite.ts";
import { capped, order, World } from "../rig/test-ledger.ts";

test("a ledger that is not created yet is empty, and refuses reservations", async () => {
  const world = new World();
  const ledger = await openBlankLedger(world.as("one"));
  expect(await ledger.campaigns()).toEqual([]);
  expect(ledger.purpose).toBe("real");
  await ledger.agree("film", capped({}));
  const start = { campaign: "film", account: null, limits: [] };
  const run = await ledger.startRun(start);
  await expect(ledger.reserve(run, order("a"))).rejects.toThrow("the ledger does not exist yet");
  expect(await ledger.positions("film")).toEqual([]);
  ledger.close();
});
