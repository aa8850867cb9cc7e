import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { freshDatabase } from "../rig/postgres/database.ts";
import { readProjectFile, ROOT } from "../rig/in-process.ts";
import { RecordingProxy } from "./rig/recording-proxy.ts";
import { startTestSimulator } from "./rig/test-simulator.ts";
import { Cleanup } from "./rig/cleanup.ts";
import { bash, CLI } from "./rig/run-program.ts";

// Every command of the README and of docs/ is run as it stands, each page's in order in one folder. A simulator answers
// for fal without saying that it is one, so that real runs are real to the program.

const pages = ["README.md", ...(await readdir(join(ROOT, "docs"))).map((name) => `docs/${name}`)];

/** Asked for on a terminal, these are answered with yes; a script says so. */
const YES = " --yes --max-usd 500";

/** Runs until it is interrupted: it stays for the rest of its page. */
const STAYS = /^topsheet (?:worker|simulate|schedule start(?!.*--once)|.*--(?:watch|page))\b/;

/** Has words for a person to fill in: its options are looked up in its help. */
const FILLED_IN = /\b(?:CAMPAIGN|MODEL|COMMAND|FILE|LEDGER|NAME|TEXT|ID)\b/;

function shots(campaign: string, extra = ""): string {
  return [
    "topsheet: 1",
    `campaign: ${campaign}`,
    "budget: { cap: 100 }",
    'schedule: { cron: "0 1 * * *" }',
    "defaults: { model: kling-v3-turbo-pro, duration: 3 }",
    "shots:",
    `  - { id: ${campaign}-rain${extra}, scene: "2", tags: [draft], prompt: Rain. }`,
    `  - { id: ${campaign}-sun${extra}, prompt: "Sun${extra}." }`,
    "",
  ].join("\n");
}

const FILES: Readonly<Record<string, string>> = {
  "shots.yaml": shots("shots"),
  "film.yaml": shots("film"),
  "teaser.yaml": shots("film", "-teaser"),
  "before.yaml": shots("shots"),
  "after.yaml": shots("shots", "-more"),
  "rates.yaml":
    "topsheet-prices: 1\nas_of: 2026-11-01\nsource: contract\nprices:\n  - { model: kling-v3-turbo-pro, usd_per_second: 0.13 }\n",
  "shots.csv": "Shot,Look,Secs,Budget\nrain,Rain.,5,100\nsun,Sun.,4,100\n",
};

const PREPARED = [
  "topsheet import shots.csv --map Look=prompt --map Budget=- --model kling-v3-pro -o import.yaml -q",
  "topsheet plan import.yaml -o shots.xlsx -q",
  "topsheet plan shots.yaml -o main.json -q",
  "topsheet plan film.yaml -o plan.json -q",
  "topsheet ledger init",
  `topsheet run import.yaml -q${YES}`,
];

/** The commands of a page: what stands in its code, without the remarks behind it. */
function commandsOf(page: string): readonly string[] {
  return [...page.matchAll(/^```\w*\n([^]*?)^```$/gm)].flatMap(([, code = ""]) =>
    code
      .split("\n")
      .filter((line) => /^(?:topsheet |export TOPSHEET_LEDGER=)/.test(line))
      .map((line) => line.replace(/\s+#.*$/, "")),
  );
}

const cleanup = new Cleanup();
let proxy = "";
/** A folder with everything in it that the pages name. */
let prepared = "";
beforeAll(async () => {
  const simulator = await startTestSimulator(cleanup);
  const board = await RecordingProxy.open(cleanup, simulator.url, undefined, "fal");
  proxy = board.proxyUrl;
  prepared = await cleanup.folder(FILES);
  for (const command of PREPARED) {
    const { code, err } = await bash(command, { cwd: prepared, env: { FAL_PROXY_URL: proxy } });
    if (code !== 0) throw new Error(`${command} exits with ${code}: ${err}`);
  }
});
afterAll(async () => await cleanup.clear());

test("there are pages, and each that has commands has some that are run", () => {
  expect(pages.length).toBeGreaterThanOrEqual(15);
});

let ran = 0;

test.concurrent.for(pages)("%s: each command does what it says", async (page, context) => {
  const { onTestFinished } = context;
  const commands = commandsOf(await readProjectFile(page));
  if (commands.length === 0) return;
  const cwd = await mkdtemp(join(tmpdir(), "topsheet-docs-"));
  onTestFinished(async () => await rm(cwd, { recursive: true, force: true }));
  await cp(prepared, cwd, { recursive: true });
  const database = commands.some((command) => command.includes("postgres://"))
    ? await freshDatabase()
    : null;
  if (database !== null) onTestFinished(async () => await database.drop());
  const env: Record<string, string> = { FAL_PROXY_URL: proxy };
  const staying: ChildProcess[] = [];
  const begun: Promise<unknown>[] = [];
  onTestFinished(() => {
    for (const child of staying) child.kill("SIGKILL");
  });
  for (const written of commands) {
    const command = written
      .replaceAll(/postgres:\/\/\S+/g, database?.url ?? "")
      .replace(/--port \d+/, "--port 0");
    const [, ledger] = /^export TOPSHEET_LEDGER=(\S+)/.exec(command) ?? [];
    if (ledger !== undefined) {
      env["TOPSHEET_LEDGER"] = ledger;
      continue;
    }
    ran += 1;
    if (FILLED_IN.test(command)) {
      await hasItsOptions(command);
      continue;
    }
    if (STAYS.test(command)) {
      const args = command.split(" ").slice(1);
      const path = { PATH: process.env["PATH"] ?? "", HOME: cwd, XDG_STATE_HOME: "/dev/null" };
      const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...path, ...env } });
      staying.push(child);
      begun.push(Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]));
      continue;
    }
    // What a command makes anew is not there yet for the reader; with a new ledger, nothing was bought before it.
    const [, made] = /^topsheet (?:init|import .*-o) (\S+)$/.exec(command) ?? [];
    if (made !== undefined) await rm(join(cwd, made), { force: true });
    if (/^topsheet ledger init(?! \S)/.test(command)) {
      for (const name of [".topsheet", "out"]) {
        await rm(join(cwd, name), { recursive: true, force: true });
      }
    }
    const asks = /^topsheet run (?!.*(?:--rehearse|--yes|\.json))/.test(command);
    const { code, err } = await bash(command + (asks ? YES : ""), { cwd, env });
    // Faults on demand: some lines fail, some outcomes are unknown.
    const fine = command.includes("--faults") ? [0, 5, 6] : [0];
    expect({ command, code, err }).toEqual({ command, code: expect.toBeOneOf(fine), err });
  }
  // Whoever has not said anything yet may not listen to Ctrl-C either.
  await Promise.all(begun);
  for (const child of staying) {
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} ended by itself`);
    child.kill("SIGINT");
    expect([0, 130]).toContain(await ended);
  }
});

const keyed = z.record(z.string(), z.unknown());

test("each JSON document has the keys that docs/json.md lists", async () => {
  const rows = (await readProjectFile("docs/json.md")).matchAll(
    /^\| `(\S+@1)` +\| `(.+?)` +\| (.+?) +\|$/gm,
  );
  const files: Readonly<Record<string, string>> = {
    check: "shots.yaml",
    plan: "shots.yaml",
    diff: "before.yaml after.yaml",
    run: "shots.yaml --rehearse",
    "schedule list": "shots.yaml",
  };
  const seen: string[] = [];
  for (const [, schema, command = "", keys = ""] of rows) {
    const line = `topsheet ${command} ${files[command] ?? ""} --format json`;
    const { out, err } = await bash(line, { cwd: prepared, env: { FAL_PROXY_URL: proxy } });
    const document = keyed.parse(
      JSON.parse(out === "" ? `{ "err": ${JSON.stringify(err)} }` : out),
    );
    expect(document["schema"]).toBe(schema);
    expect(`${schema}: ${Object.keys(document).join(", ")}`).toBe(
      `${schema}: ${keys.replaceAll("`", "")}`,
    );
    seen.push(command);
  }
  expect(seen).toHaveLength(9);
});

test("they were many", () => {
  expect(ran).toBeGreaterThan(60);
});

async function hasItsOptions(command: string): Promise<void> {
  const [, names = ""] = /^topsheet ((?:[a-z]+ ?)+)/.exec(command) ?? [];
  const { code, out } = await bash(`topsheet ${names.trim()} --help`, { cwd: prepared });
  expect(code).toBe(0);
  for (const [option] of command.matchAll(/--[a-z-]+/g)) expect(out).toContain(option);
}
