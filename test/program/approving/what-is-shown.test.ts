import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifest, shots } from "../rig/manifest.ts";
import { clockAt } from "../rig/set-clock.ts";
import {
  alike,
  approve,
  approvedStage,
  LEDGER,
  PLAN,
  savePlan,
  sha256Of,
  stageOf,
} from "./approve-and-run.ts";

// Where approvals can be seen, and what must not be seen anywhere.

const TWO = manifest(shots(2), { budget: { cap: 20 } });
const NINE = clockAt("2026-11-21T09:00:00Z");

test.concurrent("shows every approval in status, newest first, with what was bought under it", async (context) => {
  const stage = await approvedStage(context, TWO, { limit: "1" });
  expect((await stage.run({ ...PLAN, options: ["--only", "s02"] })).code).toBe(0);
  await stage.write("shots.yaml", manifest(shots(3), { budget: { cap: 20 } }));
  await savePlan(stage, "more.json");
  await approve(stage, ["--until", "2036-01-31"], { file: "more.json", limit: "9.5" });
  const { out } = await stage.topsheet(["status", ...LEDGER]);
  const [first, second] = [await sha256Of(stage, "plan.json"), await sha256Of(stage, "more.json")];
  expect(out.slice(out.indexOf("\nPlan "))).toBe(
    [
      "",
      `Plan ${second.slice(0, 12)}: Jo approved $9.50, of which $0.00 is spent or held, through 2036-01-31 (UTC).`,
      `Plan ${first.slice(0, 12)}: Jo approved $1.00, of which $0.42 is spent or held.`,
      "",
      "$0.42 spent, $0.00 held.",
      "",
    ].join("\n"),
  );
});

test.concurrent("shows each approval whole in status as JSON, with amounts as text and a count of lines", async (context) => {
  const stage = await stageOf(context, TWO);
  await savePlan(stage);
  await approve(stage, ["--until", "2036-01-31T12:30:00+01:00"], { limit: "1.005", env: NINE });
  expect((await stage.run({ ...PLAN, options: ["--only", "s01"] })).code).toBe(0);
  const { out } = await stage.topsheet(["status", "--format", "json", ...LEDGER]);
  expect(JSON.parse(out)).toMatchObject({
    approvals: [
      {
        plan_sha256: await sha256Of(stage, "plan.json"),
        by: "Jo",
        limit: "1.005",
        used: "0.42",
        until: "2036-01-31T11:30:00Z",
        approved: "2026-11-21T09:00:00Z",
        lines: 2,
        bought: 1,
      },
    ],
    overages: [],
  });
});

test.concurrent("prints in a run what it buys under, and nothing with --quiet", async (context) => {
  const stage = await approvedStage(context, TWO, { limit: "1" });
  const first = await stage.run({ ...PLAN, options: ["--only", "s01"] });
  expect(alike(first.err)[0]).toBe(
    "Plan SHA256: Jo approved $1.00, of which $0.00 is spent or held.",
  );
  const quiet = await stage.run({ ...PLAN, options: ["--quiet"] });
  expect(alike(quiet.err)).toEqual([]);
});

test.concurrent("shows in plan what is approved", async (context) => {
  const stage = await approvedStage(context, TWO);
  const { err } = await stage.topsheet(["plan", "shots.yaml", ...LEDGER]);
  expect(err).toContain("Jo approved $5.00");
});

test.concurrent("shows until when as it was asked for", async (context) => {
  const zoned = TWO.replace('"defaults"', '"timezone": "America/New_York",\n  "defaults"');
  const stage = await approvedStage(context, zoned, { options: ["--until", "2036-12-24"] });
  const { err } = await stage.run(PLAN);
  expect(err).toContain("through 2036-12-24 (America/New_York)");
  const { out } = await stage.topsheet(["status", ...LEDGER]);
  expect(out).toContain("through 2036-12-24 (America/New_York)");
});

const SECRET = "5ecre7ha1fca11edf00d5ecre7ha1fca";
const KEY = `0f1e2d3c-id-of-the-key:${SECRET}`;
const TRACES = [KEY, SECRET, Buffer.from(KEY).toString("base64")];

test.concurrent("writes the key into no plan, approval, ledger or output", async (context) => {
  const stage = await stageOf(context, manifest(shots(2), { budget: { cap: 0.5 } }));
  const env = { FAL_KEY: KEY, FAL_PROXY_URL: stage.simulator.proxyUrl };
  const who = ["--by", "Jo"];
  const over = ["overage", "--campaign", "proof", "--cap", "cap", "--usd", "1", "--why", "more"];
  const steps: readonly (readonly [readonly string[], number])[] = [
    [["plan", "shots.yaml", "-o", "plan.json", ...LEDGER], 3],
    [["run", "plan.json", "--require-approval", ...LEDGER], 4],
    [["approve", "plan.json", "--limit", "1", "--until", "2036-01-01", ...who, ...LEDGER], 0],
    [["run", "plan.json", ...LEDGER], 3],
    [[...over, ...who, ...LEDGER], 0],
    [["run", "plan.json", "--events", "events.jsonl", "--format", "json", ...LEDGER], 0],
    [["status", ...LEDGER], 0],
    [["status", "--format", "json", ...LEDGER], 0],
  ];
  for (const [args, code] of steps) {
    const told = await stage.topsheet(args, env);
    expect({ args, code: told.code }).toEqual({ args, code });
    for (const trace of TRACES) expect(told.out + told.err).not.toContain(trace);
  }
  const plan = await readFile(join(stage.cwd, "plan.json"), "utf8");
  await stage.write("plan.json", `${plan} `);
  const told = await stage.topsheet(["run", "plan.json", ...LEDGER], env);
  expect(told.code).toBe(4);
  for (const trace of TRACES) expect(told.out + told.err).not.toContain(trace);
  const found = await readdir(stage.cwd, { recursive: true, withFileTypes: true });
  const files = found.filter((name) => name.isFile());
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["plan.json", "plan.approval.json", "ledger.sqlite", "events.jsonl"]),
  );
  const traced: string[] = [];
  for (const { parentPath, name } of files) {
    const text = await readFile(join(parentPath, name));
    if (TRACES.some((trace) => text.includes(trace))) traced.push(name);
  }
  expect(traced).toEqual([]);
});
