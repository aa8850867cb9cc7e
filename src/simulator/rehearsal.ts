import { wallClock } from "../cli/wall-clock.ts";
import type { Rehearsal, RehearsalOptions } from "../cli/wing.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";

/** Starts the simulator for one run, in which it is the vendor of every model. */
export async function startRehearsal({
  speed,
  faults,
  seed,
  fetch,
}: RehearsalOptions): Promise<Result<Rehearsal>> {
  const { startSimulator } = await import("./simulator.ts");
  const { falVendor, silenceAt } = await import("../vendors/fal/fal-vendor.ts");
  const { parseFaults } = await import("./faults.ts");
  const parsed = faults === null ? { rates: new Map() } : parseFaults(faults);
  if ("problem" in parsed) return refused(parsed.problem);
  const simulator = await startSimulator({
    speed,
    faults: parsed.rates,
    ...(seed === null ? {} : { seed }),
  });
  return ok({
    vendor: falVendor({
      credentials: "rehearsal",
      proxyUrl: null,
      queueUrl: simulator.url,
      fetch,
      silence: silenceAt(speed),
      simulated: true,
    }),
    clock: wallClock(speed),
    close: async () => await simulator.close(),
  });
}
