import { manifest, shots } from "../../program/rig/manifest.ts";
import { buyUntilSettled, settleUnknowns } from "../../program/rig/settle-unknowns.ts";
import { findProblems } from "../../program/rig/check-campaign.ts";
import { Cleanup } from "../../program/rig/cleanup.ts";
import { WorkerProcesses } from "../../program/workers/rig/worker-processes.ts";
import { buildWithShortLeases } from "../../program/workers/rig/short-leases.ts";
import { killWorkers } from "../../program/workers/rig/random-kills.ts";

// `npx tsx test/scripts/soak/killed-workers.ts [lines] [outages] [seed]`: three workers with quick leases share the lines,
// one of them is killed every two seconds or so until all is over, and PostgreSQL is stopped or crashed in the middle.

const SECONDS = 3;
// What the simulator takes for a video of turbo pro at speed 1, its queue included; a fifth more or less.
const SLOW_SECONDS = 63;
const FAULTS = "reset:2%,503:2%,429:2%,lost:5%,cut:5%,slow:10%";

const [lines = 300, outages = 0, seed = 1] = process.argv.slice(2).map(Number);
process.env["TOPSHEET_CLI"] = await buildWithShortLeases();
const cleanup = new Cleanup();
const problems: string[] = [];
try {
  const cap = lines * 0.42;
  const written = manifest(shots(lines), { budget: { cap }, concurrency: 30 });
  const fal = { speed: SLOW_SECONDS / SECONDS, faults: FAULTS, seed };
  const fleet = await WorkerProcesses.set(cleanup, written, { fal, ownServer: true });
  const began = performance.now();
  const told = await killWorkers(fleet, {
    workers: 3,
    every: 2_000,
    kills: Infinity,
    outages,
    seed,
  });
  const took = (performance.now() - began) / 1_000;
  console.log(
    `${lines} lines, ${told.kills} workers killed, ${told.outages} outages, ${took.toFixed(0)} s`,
  );
  console.log(
    `  the command that queued them ended with ${String(told.code)}: ${told.err.trim().split("\n").at(-1) ?? ""}`,
  );
  const settled = await settleUnknowns(fleet.stage);
  console.log(`  unknown and found ${settled.found}, not found ${settled.notCharged}`);
  const codes = await buyUntilSettled(fleet.stage);
  console.log(`  bought to the end: ${codes.join(", ")}`);
  problems.push(...(await findProblems(fleet.stage, { cap: cap.toFixed(2) })));
  const { submits, accepted } = await fleet.stage.simulator.bill();
  console.log(`  orders sent ${submits}, accepted ${accepted}, for ${lines} lines`);
} finally {
  await cleanup.clear();
}
console.log(problems.length === 0 ? "  all as promised" : problems.join("\n"));
process.exitCode = problems.length === 0 ? 0 : 1;
