import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { buyUntilSettled } from "../rig/settle-unknowns.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { WorkerProcesses } from "./rig/worker-processes.ts";
import { buildWithShortLeases } from "./rig/short-leases.ts";
import { killWorkers } from "./rig/random-kills.ts";

// On PostgreSQL a worker that was killed counts as dead when its lease is over: a minute, here four seconds. Three
// hundred lines: test/scripts/soak/killed-workers.ts.

process.env["TOPSHEET_CLI"] = await buildWithShortLeases();

test("pays for everything once although workers are killed and the database is stopped", async (context) => {
  const written = manifest(shots(40), { budget: { cap: 16.8 }, concurrency: 12 });
  const fal = { speed: 60, faults: "lost:5%,cut:5%,503:3%", seed: 5 };
  const fleet = await WorkerProcesses.set(cleanUpAfter(context), written, { fal, ownServer: true });
  const told = await killWorkers(fleet, {
    workers: 3,
    every: 1_000,
    kills: 3,
    outages: 1,
    seed: 5,
  });
  expect(told).toMatchObject({ kills: 3, outages: 1 });
  expect((await buyUntilSettled(fleet.stage)).at(-1)).toBe("0");
  expect(await findProblems(fleet.stage, { cap: "16.80" })).toEqual([]);
});
