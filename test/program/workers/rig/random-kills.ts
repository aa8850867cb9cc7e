import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../rig/seeded-random.ts";
import { readEntries } from "../../rig/read-ledger.ts";
import type { RunningProgram } from "../../rig/start-program.ts";
import { waitUntil } from "../../rig/wait-until.ts";
import type { WorkerProcesses } from "./worker-processes.ts";

export interface Kills {
  readonly kills: number;
  /** Of the command that queued the lines. */
  readonly code: number | null;
  readonly err: string;
  /** How often the database went away, in whatever way. */
  readonly outages: number;
}

/**
 * Queues the plan, has workers buy it, and kills one of them at every beat with another in its place, until the batch
 * is over or enough were killed. Where the server is the fleet's own, it is stopped or crashed `outages` times.
 */
export async function killWorkers(
  fleet: WorkerProcesses,
  plan: {
    readonly workers: number;
    /** Milliseconds between kills. */
    readonly every: number;
    readonly kills: number;
    readonly outages?: number;
    readonly seed: number;
  },
): Promise<Kills> {
  const chance = seededRandom(plan.seed);
  const queued = fleet.queue(["-q"]);
  const living: RunningProgram[] = Array.from({ length: plan.workers }, () => fleet.worker());
  await waitUntil(
    "the first line",
    async () =>
      queued.over() || (await readEntries(fleet.stage.ledger)).some(({ hold }) => hold !== null)
        ? true
        : null,
    50,
  );
  let [kills, outages] = [0, 0];
  const { server } = fleet;
  while (!queued.over()) {
    await Promise.race([sleep(plan.every * (0.5 + chance())), queued.ended]);
    if (queued.over()) break;
    if (kills < plan.kills) {
      const which = Math.floor(chance() * living.length);
      living[which]?.kill("SIGKILL");
      living[which] = fleet.worker();
      kills += 1;
    }
    if (server !== null && outages < (plan.outages ?? 0)) {
      outages += 1;
      await (outages % 2 === 1 ? server.stop() : server.crash());
      await sleep(1_000 + chance() * 2_000);
      await server.start();
    }
  }
  const { code, err } = await queued.ended;
  for (const worker of living) worker.kill("SIGTERM");
  for (const worker of living) await worker.ended;
  return { kills, code, err, outages };
}
