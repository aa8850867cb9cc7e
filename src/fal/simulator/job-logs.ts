import type { KeptJob } from "./job.ts";

const STEPS = 12;
const WINDOW = 5;

/** The newest few lines, as fal sends them: a moving window, not all from the beginning. */
export function logsOf(job: KeptJob): readonly unknown[] {
  const { startedAt, endsAt } = job;
  if (startedAt === null) return [];
  const length = endsAt - startedAt;
  const done = length === 0 ? 1 : Math.min(1, (performance.now() - startedAt) / length);
  const last = Math.floor(done * STEPS);
  const lines: unknown[] = [];
  for (let step = Math.max(0, last - WINDOW + 1); step <= last; step += 1) {
    const at = performance.timeOrigin + startedAt + (length * step) / STEPS;
    lines.push({
      message: `generating ${Math.round((step / STEPS) * 100)}%`,
      timestamp: new Date(at).toISOString(),
      level: "INFO",
      source: "USER",
    });
  }
  return lines;
}
