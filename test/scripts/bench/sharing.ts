import { readEntries } from "../../program/rig/read-ledger.ts";
import { manifest, shots } from "../../program/rig/manifest.ts";
import { Cleanup } from "../../program/rig/cleanup.ts";
import { WorkerProcesses } from "../../program/workers/rig/worker-processes.ts";

const LINES = 600;
const PLACES = 20;
const SECONDS = 2;
// What the simulator takes for a video of turbo pro at speed 1, its queue included; a fifth more or less.
const SLOW_SECONDS = 63;

/** How long the same lines take one worker and three, each with as many places: at best a third. */
export async function sharing(): Promise<string> {
  const one = await makespanWith(1);
  const three = await makespanWith(3);
  const ratio = `time × ${(three / one).toFixed(2)} (${three.toFixed(1)} s, ${one.toFixed(1)} s)`;
  return `${LINES} lines, three workers of ${PLACES} places\n  against one (aim: ≤ 0.40)\n  ${ratio}\n`;
}

/** Seconds from the first line that is reserved to the last that is delivered, as the ledger has them. */
async function makespanWith(workers: number): Promise<number> {
  const cleanup = new Cleanup();
  try {
    const written = manifest(shots(LINES), { concurrency: PLACES * workers });
    const fal = { speed: SLOW_SECONDS / SECONDS };
    const fleet = await WorkerProcesses.set(cleanup, written, { fal, ownServer: true });
    for (let begun = 0; begun < workers; begun += 1) fleet.worker(["-q", "-j", String(PLACES)]);
    const told = await fleet.queue(["-q"]).ended;
    if (told.code !== 0) throw new Error(`the lines were not bought: ${told.err}`);
    const at = (await readEntries(fleet.stage.ledger)).flatMap(({ hold, at }) =>
      hold === null ? [] : [at],
    );
    return ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1_000;
  } finally {
    await cleanup.clear();
  }
}
