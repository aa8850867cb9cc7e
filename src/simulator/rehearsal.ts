import { wallClock } from "../cli/wall-clock.ts";
import type { Rehearsal, RehearsalOptions } from "../cli/wing.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";

/** Starts the simulator for one run. */
export async function startRehearsal({
  speed,
  faults,
  seed,
}: RehearsalOptions): Promise<Result<Rehearsal>> {
  const { startSimulator } = await import("./simulator.ts");
  const { parseFaults } = await import("./faults.ts");
  const parsed = faults === null ? { rates: new Map() } : parseFaults(faults);
  if ("problem" in parsed) return refused(parsed.problem);
  const simulator = await startSimulator({
    speed,
    faults: parsed.rates,
    ...(seed === null ? {} : { seed }),
  });
  return ok({
    url: simulator.url,
    clock: wallClock(speed),
    close: async () => await simulator.close(),
  });
}
