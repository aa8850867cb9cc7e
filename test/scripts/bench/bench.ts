import { spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makespan } from "./buying.ts";
import { holding } from "./holding.ts";
import { flat, multiplied } from "./manifests.ts";
import { sharing } from "./sharing.ts";

// Whole processes, in turn with their yardstick, and the ratio pair by pair: the machine's speed drifts, the
// ratio of two neighbours does not. Medians; `npm run bench` prints them, no test depends on them.

const HERE = fileURLToPath(new URL(".", import.meta.url));
const BIN = join(HERE, "../../../dist/bin/cli.cjs");
const HOOK = pathToFileURL(join(HERE, "peak-memory.mjs")).href;

interface Comparison {
  readonly what: string;
  readonly yardstick: string;
  readonly aim: string;
  readonly runs: number;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const folder = await mkdtemp(join(tmpdir(), "topsheet-bench-"));
try {
  const small = await manifest("small.yaml", flat(12));
  const large = await manifest("large.yaml", flat(10_000));
  const many = await manifest("many.yaml", multiplied(100));
  const plain = join(HERE, "plain-script.mjs");
  const parse = join(HERE, "parse-only.mjs");
  const runs = Number(process.argv[2] ?? "9");
  console.log(`Node ${process.version}, medians of ${runs} pairs (small: ${runs * 3})\n`);
  await compare({
    what: "plan, 12 shots",
    yardstick: "a plain script with yaml, zod, cli-table3",
    aim: "time ≤ 1.0",
    runs: runs * 3,
    ours: [BIN, "plan", small],
    theirs: [plain, small],
  });
  await compare({
    what: "--help",
    yardstick: "a plain script with yaml, zod, cli-table3",
    aim: "less",
    runs: runs * 3,
    ours: [BIN, "--help"],
    theirs: [plain, small],
  });
  for (const format of ["json", "table"]) {
    await compare({
      what: `plan --format ${format}, 10,000 shots`,
      yardstick: "yaml.parse of the same text",
      aim: "time ≤ 1.25, memory ≤ 1.5",
      runs,
      ours: [BIN, "plan", large, "--format", format],
      theirs: [parse, large],
    });
  }
  await compare({
    what: "plan --format json, 100 shots × 1,000 combinations",
    yardstick: "plan --format json, 10,000 shots",
    aim: "time < 2",
    runs,
    ours: [BIN, "plan", many, "--format", "json"],
    theirs: [BIN, "plan", large, "--format", "json"],
  });
  const shots = await manifest("buying.yaml", flat(200));
  console.log(await makespan(BIN, shots, folder, runs));
  console.log(await holding(folder));
  console.log(await sharing());
} finally {
  await rm(folder, { recursive: true });
}

async function manifest(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function compare({ what, yardstick, aim, runs, ours, theirs }: Comparison): Promise<void> {
  await timed(ours);
  await timed(theirs);
  const times: number[] = [];
  const own: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const a = await timed(ours);
    own.push(a);
    times.push(a / (await timed(theirs)));
  }
  const memories: number[] = [];
  for (let run = 0; run < 3; run += 1) memories.push((await peak(ours)) / (await peak(theirs)));
  const spread = `${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)}`;
  console.log(`${what}\n  against ${yardstick} (aim: ${aim})`);
  console.log(
    `  time × ${median(times).toFixed(2)} (${spread}), memory × ${median(memories).toFixed(2)}`,
  );
  console.log(`  ${median(own).toFixed(0)} ms on this machine\n`);
}

/** Milliseconds of a whole process. */
async function timed(args: readonly string[]): Promise<number> {
  const started = performance.now();
  await run(args, ["ignore", "pipe", "inherit"]);
  return performance.now() - started;
}

/** Peak memory of a whole process in KiB: in runs of its own, for the hook that tells it takes time. */
async function peak(args: readonly string[]): Promise<number> {
  return Number(await run(["--import", HOOK, ...args], ["ignore", "pipe", "inherit", "pipe"]));
}

/** Resolves to what the process said on file descriptor 3. */
async function run(args: readonly string[], stdio: StdioOptions): Promise<string> {
  const child = spawn(process.execPath, args, { stdio });
  child.stdout?.resume();
  let told = "";
  child.stdio[3]?.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  const [code]: unknown[] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.join(" ")} left with ${String(code)}`);
  return told;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
