import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import Database from "libsql";
import { NO_CAPS } from "../../src/budget/caps.ts";
import { startSimulator } from "../../src/fal/simulator/simulator.ts";
import { createSqlite } from "../../src/ledger/sqlite.ts";
import { microUsd } from "../../src/money/usd.ts";

const LINES = 200;
const AT_ONCE = 20;
const SECONDS_EACH = 0.1;
const HOLDS = 2_000;

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
      const started = performance.now();
      const args = [bin, "run", manifest, "-q", "--yes", "--max-usd", "1000", "--ledger", ledger];
      const child = spawn(process.execPath, [...args, "--out", out, "-j", String(AT_ONCE)], {
        stdio: ["ignore", "ignore", "ignore"],
        env: { ...process.env, FAL_PROXY_URL: `${simulator.url}/api/fal/proxy` },
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

/** Holds a second in one process, one after the other, against bare durable inserts into such a file. */
export async function holding(folder: string): Promise<string> {
  const path = join(folder, "holds.sqlite");
  const ledger = await createSqlite(path, "rehearsal", {
    now: () => Date.now(),
    newId: randomUUID,
    owner: "bench",
    lives: () => true,
  });
  const caps = {
    ...NO_CAPS,
    cap: microUsd(1e12),
    pace: new Map([["per_day", microUsd(1e12)]] as const),
  };
  await ledger.agree("bench", { timezone: "Europe/London", caps, approval: "optional" });
  const run = await ledger.startRun({ campaign: "bench", account: null, limits: [] });
  const started = performance.now();
  for (let ordinal = 1; ordinal <= HOLDS; ordinal += 1) {
    const reservation = await ledger.reserve(run, {
      campaign: "bench",
      edition: "",
      fingerprint: "f".repeat(64),
      ordinal,
      key: `line-${ordinal}`,
      shot: "shot",
      scene: null,
      model: "kling-v3-turbo-pro",
      endpoint: "fal-ai/kling-video/v3/turbo/pro/text-to-video",
      seconds: 5,
      input: { prompt: "A neon-lit skyline at dusk, slow dolly in.", duration: "5" },
      cost: microUsd(700_000),
      unitPrice: null,
    });
    if (reservation.is !== "held") throw new Error(`not held: ${reservation.is}`);
  }
  const held = performance.now() - started;
  ledger.close();
  const bare = bareInserts(join(folder, "bare.sqlite"));
  return [
    `ledger, ${HOLDS} holds under two caps`,
    "  against as many bare inserts, each durable",
    `  time × ${(held / bare).toFixed(2)}; ${Math.round((HOLDS / held) * 1_000)} holds a second on this machine\n`,
  ].join("\n");
}

function bareInserts(path: string): number {
  const database = new Database(path);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE holds (line TEXT)",
  );
  const insert = database.prepare<[string]>("INSERT INTO holds VALUES (?)");
  const started = performance.now();
  for (let turn = 0; turn < HOLDS; turn += 1) insert.run("x".repeat(400));
  const took = performance.now() - started;
  database.close();
  return took;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
