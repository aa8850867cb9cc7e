import { join } from "node:path";
import type { Clock } from "../run/ports.ts";
import { wallClock } from "../cli/wall-clock.ts";

/** A run against the built-in simulator: everything of its own, nothing of it costs. */
export interface Rehearsal {
  readonly url: string;
  readonly clock: Clock;
  readonly close: () => Promise<void>;
}

export interface RehearsalOptions {
  /** How many times faster than life. */
  readonly speed: number;
  /** As written: `reset:5%,422:2%`. */
  readonly faults: string | null;
  readonly seed: number | null;
}

export async function startRehearsal({
  speed,
  faults,
  seed,
}: RehearsalOptions): Promise<Rehearsal | { readonly problem: string }> {
  const { startSimulator } = await import("./simulator.ts");
  const { parseFaults } = await import("./faults.ts");
  const parsed = faults === null ? { rates: new Map() } : parseFaults(faults);
  if ("problem" in parsed) return { problem: parsed.problem };
  const simulator = await startSimulator({
    speed,
    faults: parsed.rates,
    ...(seed === null ? {} : { seed }),
  });
  return {
    url: simulator.url,
    clock: wallClock(speed),
    close: async () => await simulator.close(),
  };
}

/** A folder for one rehearsal, ledger and videos together, to be thrown away as one. */
export function rehearsalFolder(out: string, now: number, random: () => number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
  const mark = Math.floor(random() * 36 ** 3)
    .toString(36)
    .padStart(3, "0");
  return join(out, `rehearsal-${stamp}-${mark}`);
}
