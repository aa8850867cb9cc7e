import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { createEmptyLedger } from "../../program/rig/read-ledger.ts";

const LINES = 200;
const AT_ONCE = 20;
const SECONDS_EACH = 0.1;

/** Whole runs of 200 lines of 100 ms, 20 at once, against the second that they take at best; and what they ask. */
export async function makespan(
  bin: string,
  manifest: string,
  folder: string,
  runs: number,
): Promise<string> {
  const latency = { queueSeconds: 0, generateSeconds: SECONDS_EACH };
  const simulator = await startSimulator({ latency });
  const ideal = (LINES / AT_ONCE) * SECONDS_EACH * 1_000;
  const ratios: number[] = [];
  try {
    for (let turn = 0; turn < runs; turn += 1) {
      const ledger = join(folder, `${randomUUID()}.sqlite`);
      const out = join(folder, "out");
      // Off a terminal a run makes none.
      await createEmptyLedger(ledger);
      const started = performance.now();
      const args = [bin, "run", manifest, "-q", "--yes", "--max-usd", "1000", "--ledger", ledger];
      const child = spawn(process.execPath, [...args, "--out", out, "-j", String(AT_ONCE)], {
        stdio: ["ignore", "ignore", "ignore"],
        env: {
          ...process.env,
          XDG_STATE_HOME: "/dev/null",
          FAL_PROXY_URL: `${simulator.url}/api/fal/proxy`,
        },
      });
      const [code]: unknown[] = await once(child, "close");
      if (code !== 0) throw new Error(`the run left with ${String(code)}`);
      ratios.push((performance.now() - started) / ideal);
      await rm(out, { recursive: true });
    }
    const { submit, stream, status, result, file } = simulator.counts;
    const each = (count: number): string => (count / (LINES * runs)).toFixed(2);
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    return [
      `run, ${LINES} lines of ${SECONDS_EACH * 1_000} ms, ${AT_ONCE} at once`,
      "  against the second that they take at best (aim: GNU parallel 1.4, snakemake 2.9, promptfoo 5.0)",
      `  time × ${middle(ratios).toFixed(2)} (${spread})`,
      `  requests a line: ${each(submit)} submit, ${each(stream)} stream, ${each(status)} status, ${each(result)} result, ${each(file)} download\n`,
    ].join("\n");
  } finally {
    await simulator.close();
  }
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
