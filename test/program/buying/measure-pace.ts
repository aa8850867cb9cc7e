import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type EventLine, readEvents } from "../rig/read-events.ts";
import type { CampaignFolder } from "../rig/campaign-folder.ts";

export interface Pace {
  readonly code: number | null;
  /** From the run's first event to its last, in seconds. */
  readonly makespan: number;
  /** From the start of the process to its end. */
  readonly process: number;
  /** The most lines that were at fal at once. */
  readonly atOnce: number;
  /** Resident, in MB, on average while lines went from 20 to 30 % delivered, and from 90 to 100 %. */
  readonly quarter: number;
  readonly all: number;
  readonly peak: number;
  readonly requestsPerLine: number;
  readonly requests: Readonly<Record<string, number>>;
}

const EVENTS = "pace.jsonl";

/** Runs a campaign of so many lines to its end, and measures it. */
export async function measurePace(stage: CampaignFolder, lines: number): Promise<Pace> {
  const began = performance.now();
  const going = stage.begin({ options: ["--events", EVENTS, "--quiet"] });
  const samples: { readonly share: number; readonly resident: number }[] = [];
  while (!going.over()) {
    const delivered = (await readEvents(stage.cwd, EVENTS)).filter(
      ({ event }) => event === "delivered",
    ).length;
    const resident = await residentMegabytes(going.pid);
    if (resident !== null) samples.push({ share: delivered / lines, resident });
    await sleep(200);
  }
  const { code } = await going.ended;
  const process = (performance.now() - began) / 1_000;
  const events = await readEvents(stage.cwd, EVENTS);
  const times = events.map(({ at }) => Date.parse(at));
  const makespan = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  const { counts } = await stage.simulator.requests();
  const sent = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const between = (from: number, to: number): number => {
    const within = samples.filter(({ share }) => share >= from && share <= to);
    const off = ({ share }: { readonly share: number }): number =>
      Math.abs(share - (from + to) / 2);
    // On a busy machine no look may fall in between: then the nearest one counts.
    const nearest = samples.toSorted((one, other) => off(one) - off(other)).slice(0, 1);
    return mean((within.length > 0 ? within : nearest).map(({ resident }) => resident));
  };
  return {
    code,
    makespan,
    process,
    atOnce: mostAtOnce(events),
    quarter: between(0.2, 0.3),
    all: between(0.9, 1),
    peak: Math.max(...samples.map(({ resident }) => resident)),
    requestsPerLine: sent / lines,
    requests: counts,
  };
}

function mostAtOnce(events: readonly EventLine[]): number {
  let [now, most] = [0, 0];
  for (const { event } of events) {
    if (event === "submitted") now += 1;
    if (event === "settled") now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}

async function residentMegabytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
}
