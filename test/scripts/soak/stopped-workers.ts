import { setTimeout as sleep } from "node:timers/promises";
import { readEntries } from "../../program/rig/read-ledger.ts";
import { seededRandom } from "../../program/rig/seeded-random.ts";
import { startCorporateProxy } from "../../program/rig/corporate-proxy.ts";
import { manifest, shots } from "../../program/rig/manifest.ts";
import { buyUntilSettled, settleUnknowns } from "../../program/rig/settle-unknowns.ts";
import type { RunningProgram } from "../../program/rig/start-program.ts";
import { findProblems } from "../../program/rig/check-campaign.ts";
import { Cleanup } from "../../program/rig/cleanup.ts";
import { WorkerProcesses } from "../../program/workers/rig/worker-processes.ts";
import { LEASE_MS, buildWithShortLeases } from "../../program/workers/rig/short-leases.ts";

// `npx tsx test/scripts/soak/stopped-workers.ts [seconds] [lines] [seed]`: campaigns of so many lines until the time is over,
// each bought for money, as far as anyone can tell, by four workers on two hosts that share nothing but a ledger on
// PostgreSQL. At every beat one is killed, or stopped for up to five leases, or the server is stopped or crashed in
// the middle of what it commits. A connection takes a while, so that many stop between `sending` and the POST. All
// along a person settles what is unknown, as early as the ledger lets them. Leases are fifteen times shorter than life.

const [seconds = 600, lines = 60, first = 1] = process.argv.slice(2).map(Number);
process.env["TOPSHEET_CLI"] = await buildWithShortLeases();

const BEAT_MS = 1_000;
const FAULTS = "reset:2%,503:2%,429:2%,lost:4%,cut:4%,slow:10%";
const CAP = lines * 0.42;

const sums = {
  campaigns: 0,
  kills: 0,
  stops: 0,
  outages: 0,
  "leases stopped": 0,
  "runs given up": 0,
  "orders not cleared": 0,
  "of runs that were given up": 0,
  early: 0,
  found: 0,
  notCharged: 0,
  submits: 0,
  accepted: 0,
};
const problems: string[] = [];
const until = performance.now() + seconds * 1_000;
for (let seed = first; performance.now() < until; seed += 1) {
  const cleanup = new Cleanup();
  try {
    problems.push(...(await soaked(cleanup, seed)).map((what) => `seed ${seed}: ${what}`));
  } finally {
    await cleanup.clear();
  }
  sums.campaigns += 1;
  console.log(JSON.stringify({ seed, ...sums }));
}
console.log(problems.length === 0 ? "all as promised" : problems.join("\n"));
process.exitCode = problems.length === 0 ? 0 : 1;

async function soaked(cleanup: Cleanup, seed: number): Promise<readonly string[]> {
  const chance = seededRandom(seed);
  const written = manifest(shots(lines), { budget: { cap: CAP }, concurrency: 16 });
  const fal = { speed: 30, faults: FAULTS, seed };
  const fleet = await WorkerProcesses.set(cleanup, written, {
    fal,
    ownServer: true,
    purpose: "real",
  });
  const { stage, server } = fleet;
  const delay = (): number => chance() * 900;
  const disguise = await startCorporateProxy(cleanup, stage.simulator.url, { frank: false, delay });
  stage.proxyUrl = null;
  stage.env = { ...disguise.env, FAL_KEY: "an-id:a-secret-of-topsheet" };

  const queued = fleet.queue(["-q"]);
  const living: RunningProgram[] = Array.from({ length: 4 }, () => fleet.worker());
  const stopped = new Map<RunningProgram, number>();
  let over = false;
  const person = (async (): Promise<void> => {
    while (!over) {
      // While the database is away nobody can say anything.
      const settled = await settleUnknowns(stage).catch(() => null);
      sums.found += settled?.found ?? 0;
      sums.notCharged += settled?.notCharged ?? 0;
      sums.early += settled?.early ?? 0;
      await sleep(500);
    }
  })();
  while (!queued.over()) {
    await Promise.race([sleep(BEAT_MS * (0.5 + chance())), queued.ended]);
    for (const [going, at] of stopped) {
      if (performance.now() < at) continue;
      going.kill("SIGCONT");
      stopped.delete(going);
    }
    const which = Math.floor(chance() * living.length);
    const one = living[which];
    const deed = chance();
    if (one === undefined || queued.over()) continue;
    if (deed < 0.6) {
      if (stopped.has(one)) continue;
      const ms = chance() * 5 * LEASE_MS;
      one.kill("SIGSTOP");
      stopped.set(one, performance.now() + ms);
      sums.stops += 1;
      sums["leases stopped"] += Math.floor(ms / LEASE_MS);
    } else if (deed < 0.85) {
      one.kill("SIGKILL");
      stopped.delete(one);
      living[which] = fleet.worker();
      sums.kills += 1;
    } else if (server !== null && deed < 0.92) {
      sums.outages += 1;
      await (chance() < 0.5 ? server.stop() : server.crash());
      await sleep(chance() * LEASE_MS);
      await server.start();
    }
  }
  for (const one of living) {
    one.kill("SIGCONT");
    one.kill("SIGTERM");
  }
  for (const one of living) await one.ended;
  over = true;
  await person;
  const codes = await buyUntilSettled(stage);
  console.log(`  queue ended with ${String((await queued.ended).code)}, then ${codes.join(", ")}`);
  const wrong = await findProblems(stage, { cap: CAP.toFixed(2) });

  const entries = await readEntries(stage.ledger);
  const dead = new Set<string>();
  for (const { fact, run } of entries) {
    if (fact.kind === "run-ended" && fact.how === "dead") dead.add(run ?? "");
    if (fact.kind !== "released" || !fact.why.startsWith("not sent:")) continue;
    sums["orders not cleared"] += 1;
    if (dead.has(run ?? "")) sums["of runs that were given up"] += 1;
  }
  sums["runs given up"] += dead.size;
  const { submits, accepted } = await stage.simulator.bill();
  sums.submits += submits;
  sums.accepted += accepted;
  return accepted === lines ? wrong : [...wrong, `${accepted} orders accepted for ${lines} lines`];
}
