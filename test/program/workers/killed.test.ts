import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { boughtAfterAll } from "../rig/settle-unknowns.ts";
import { yardOf } from "../rig/cleanup.ts";
import { unsound } from "../rig/check-campaign.ts";
import { Fleet } from "./rig/worker-processes.ts";
import { withQuickLeases } from "./rig/short-leases.ts";
import { killWorkers } from "./rig/random-kills.ts";

// On PostgreSQL a worker that was killed counts as dead when its lease is over: a minute, here four seconds. Three
// hundred lines: test/scripts/soak/killed-workers.ts.

process.env["TOPSHEET_CLI"] = await withQuickLeases();

test("workers killed and the database stopped in the middle: everything is paid for once", async (context) => {
  const written = manifest(shots(40), { budget: { cap: 16.8 }, concurrency: 12 });
  const fal = { speed: 60, faults: "lost:5%,cut:5%,503:3%", seed: 5 };
  const fleet = await Fleet.set(yardOf(context), written, { fal, ownServer: true });
  const told = await killWorkers(fleet, {
    workers: 3,
    every: 1_000,
    kills: 3,
    outages: 1,
    seed: 5,
  });
  expect(told).toMatchObject({ kills: 3, outages: 1 });
  expect((await boughtAfterAll(fleet.stage)).at(-1)).toBe("0");
  expect(await unsound(fleet.stage, { cap: "16.80" })).toEqual([]);
});
