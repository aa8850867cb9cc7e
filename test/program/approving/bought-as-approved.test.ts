import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEntries, micros, moneyThroughout } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { WriteLock } from "../rig/write-lock.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { waitForEvent } from "../rig/read-events.ts";
import { WATCHED } from "../rig/campaign-folder.ts";
import { stderrLines } from "../rig/stderr-lines.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { clockAhead, HOUR } from "../rig/set-clock.ts";
import { approve, approvedStage, LEDGER, ordered, PLAN, sent, textOf } from "./approve-and-run.ts";

// What an approved plan buys: its own lines, whatever became of the manifest, and never more than its limit.

const BUDGET = { budget: { cap: 20 } };
const TWO = manifest(shots(2), BUDGET);
const PROMPTS = ["The prompt of s01.", "The prompt of s02."];

test.concurrent("buys the approved lines although the manifest was changed after the approval", async (context) => {
  const stage = await approvedStage(context, TWO);
  const other = shots(2).map((shot) => ({ ...shot, prompt: "Another.", duration: 10 }));
  await stage.write("shots.yaml", manifest(other, { budget: { cap: 0.1 } }));
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await ordered(stage)).toEqual(PROMPTS);
  expect(await findProblems(stage, { cap: "0.84", file: "plan.json" })).toEqual([]);
});

test.concurrent("buys the approved lines although the manifest was deleted", async (context) => {
  const stage = await approvedStage(context, TWO);
  await rm(join(stage.cwd, "shots.yaml"));
  const { code, out } = await stage.run({ ...PLAN, options: ["--format", "json"] });
  expect(code).toBe(0);
  expect(statesByKey(readRun(out))).toEqual({ "s01~t1": "settled", "s02~t1": "settled" });
  expect(await ordered(stage)).toEqual(PROMPTS);
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await sent(stage)).toBe(2);
});

test.concurrent("buys a line of the plan with --only, then the rest", async (context) => {
  const stage = await approvedStage(context, TWO, { limit: "0.84" });
  expect((await stage.run({ ...PLAN, options: ["--only", "s02"] })).code).toBe(0);
  expect(await ordered(stage)).toEqual(PROMPTS.slice(1));
  expect((await stage.run(PLAN)).code).toBe(0);
  expect(await ordered(stage)).toEqual(PROMPTS);
});

const REHEARSE = ["--rehearse", "--speed", "2000", "--out", "films"];

test.concurrent("needs no approval to rehearse, whether none is there or it is required, over its limit, expired or edited", async (context) => {
  const required = TWO.replace('"defaults"', '"approval": "required",\n  "defaults"');
  const until = new Date(Date.now() + HOUR).toISOString();
  const options = ["--until", until];
  const stage = await approvedStage(context, required, { limit: "0.10", options });
  const before = await readEntries(stage.ledger);
  const late = clockAhead(2 * HOUR);
  await stage.write("edited.json", `${await textOf(stage, "plan.json")}\n`);
  await stage.write("edited.approval.json", await textOf(stage, "plan.approval.json"));
  for (const [file, more] of [
    ["shots.yaml", []],
    ["shots.yaml", ["--require-approval"]],
    ["plan.json", ["--require-approval"]],
    ["edited.json", []],
  ] as const) {
    const args = ["run", file, ...REHEARSE, ...more, "--format", "json"];
    const { code, out, err } = await stage.topsheet(args, late);
    expect({ file, more, code, err: err.includes("approv") }).toEqual({
      file,
      more,
      code: 0,
      err: false,
    });
    expect(readRun(out)).toMatchObject({ rehearsal: true, totals: { settled: 2 } });
  }
  expect(await readEntries(stage.ledger)).toEqual(before);
  expect(await sent(stage)).toBe(0);
});

test.concurrent("never passes a limit with two runs at once under it", async (context) => {
  const six = manifest(shots(6), { ...BUDGET, concurrency: 3 });
  const stage = await approvedStage(context, six, { limit: "1.26" });
  // While no one can write, both find the whole limit free.
  const writeLock = new WriteLock(stage.cleanup, stage.ledger);
  const halves = [shots(3), shots(3, 4)].map((half) => half.flatMap(({ id }) => ["--only", id]));
  const runs = halves.map((options) => stage.begin({ ...PLAN, options }));
  for (const run of runs) {
    await waitUntil("its admission", () =>
      run.told.err.includes("Jo approved $1.26, of which $0.00 is spent or held.") ? true : null,
    );
  }
  writeLock.open();
  const ended = await Promise.all(runs.map(async (run) => await run.ended));
  const lines = ended.flatMap(({ err }) => stderrLines(err));
  const refused = lines.filter((line) => line.includes(" is not started: "));
  expect(ended.map(({ code }) => code)).toContain(4);
  expect(refused.length).toBeGreaterThan(0);
  for (const line of refused) {
    expect(line.replace(/^s0\d~t1/, "LINE")).toBe(
      "LINE is not started: Jo approved $1.26, of which $1.26 is spent or held",
    );
  }
  const money = moneyThroughout(await readEntries(stage.ledger));
  expect(Math.max(...money.map(({ spent, held }) => spent + held))).toBe(micros("1.26"));
  expect(await stage.simulator.bill()).toEqual({ dollars: "1.26", accepted: 3, submits: 3 });
  const verified = await stage.topsheet(["ledger", "verify", ...LEDGER]);
  expect(verified.code).toBe(0);
});

test.concurrent("finishes what is in flight and sends nothing more if an approval is taken back during a run", async (context) => {
  const three = manifest(shots(3), { ...BUDGET, concurrency: 1 });
  const stage = await approvedStage(context, three, { simulator: { speed: 30 } });
  const going = stage.begin({ ...PLAN, options: [...WATCHED, "--format", "json"] });
  await waitForEvent(going, stage.cwd, { event: "waiting", key: "s01~t1" });
  await approve(stage, [], { limit: "0" });
  const { code, out, err } = await going.ended;
  expect(code).toBe(4);
  expect(stderrLines(err).filter((line) => / (?:not|more) /.test(line))).toEqual([
    "s02~t1 is not started: Jo approved $0.00, of which $0.42 is spent or held",
    "Nothing more is started: what is left is not approved.",
  ]);
  expect(JSON.parse(out)).toMatchObject({ stopped: { because: "approval" } });
  expect(statesByKey(readRun(out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "to-buy",
    "s03~t1": "to-buy",
  });
  expect(await stage.simulator.bill()).toEqual({ dollars: "0.42", accepted: 1, submits: 1 });
});
