import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test, type TestContext } from "vitest";
import { readEntries, readHolds, findRequests } from "../rig/read-ledger.ts";
import { statesByKey, readRun } from "../rig/read-documents.ts";
import { waitForEvent } from "../rig/read-events.ts";
import { RecordingProxy } from "../rig/recording-proxy.ts";
import { WriteLock } from "../rig/write-lock.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { runOther, type RunningProgram } from "../rig/start-program.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { CampaignFolder, WATCHED } from "../rig/campaign-folder.ts";
import { waitUntil } from "../rig/wait-until.ts";

const SIX = manifest(shots(6), { budget: { cap: 2.52 }, concurrency: 2 });
const JSON_TOO = [...WATCHED, "--format", "json"];
const IN_FLIGHT = "2 lines for $0.84 in flight, waiting for them.";
const LEAVING =
  "Leaving. Jobs in flight continue, their ids are in the ledger; run again to resume them.\n";

/** A run with two of its six lines in flight, of which it hears nothing before `answer` is called. */
async function withTwoInFlight(context: TestContext) {
  const stage = await CampaignFolder.set(cleanUpAfter(context), SIX);
  const proxy = await RecordingProxy.open(stage.cleanup, stage.simulator.url);
  stage.proxyUrl = proxy.proxyUrl;
  const answer = proxy.holdBack();
  const going = stage.begin({ options: JSON_TOO });
  await waitForEvent(going, stage.cwd, { event: "waiting", times: 2 });
  return { stage, going, answer };
}

/** Waits until a program has said something on standard error. */
async function hears(going: RunningProgram, words: string): Promise<void> {
  await waitUntil(words, () => (going.told.err.includes(words) ? true : null));
}

test.concurrent("on Ctrl-C it starts nothing more, says what is in flight, waits for it and exits with 130", async (context) => {
  const { stage, going, answer } = await withTwoInFlight(context);
  going.kill("SIGINT");
  await hears(going, IN_FLIGHT);
  answer();
  const { code, out, err } = await going.ended;
  expect(code).toBe(130);
  expect(err).toContain(`${IN_FLIGHT} Ctrl-C again leaves; the jobs continue.\n`);
  expect(err).toContain("Nothing more is started: interrupted.\n");
  expect(statesByKey(readRun(out))).toEqual({
    "s01~t1": "settled",
    "s02~t1": "settled",
    "s03~t1": "to-buy",
    "s04~t1": "to-buy",
    "s05~t1": "to-buy",
    "s06~t1": "to-buy",
  });
  expect(readRun(out).totals).toMatchObject({ delivered: 2, spent: "0.84", held: "0.00" });
  expect((await stage.simulator.bill()).submits).toBe(2);
  expect((await stage.run()).code).toBe(0);
  expect(await findProblems(stage, { cap: "2.52" })).toEqual([]);
});

test.concurrent("on a second Ctrl-C it leaves at once with the ids in the ledger, and the next run resumes the jobs without an order", async (context) => {
  const { stage, going, answer } = await withTwoInFlight(context);
  going.kill("SIGINT");
  await hears(going, IN_FLIGHT);
  going.kill("SIGINT");
  const { code, out, err } = await going.ended;
  // Money is on its way: that comes before having been interrupted.
  expect(code).toBe(6);
  expect(err).toContain(`${IN_FLIGHT} Ctrl-C again leaves; the jobs continue.\n`);
  expect(err).toContain(LEAVING);
  expect(statesByKey(readRun(out))).toMatchObject({ "s01~t1": "in-flight", "s02~t1": "in-flight" });
  const ids = (await stage.simulator.jobs()).map(({ requestId }) => requestId);
  expect(findRequests(await readEntries(stage.ledger)).toSorted()).toEqual(ids.toSorted());
  answer();
  const next = await stage.run({ options: ["--only", "s01", "--only", "s02"] });
  expect(next.code).toBe(0);
  for (const id of ids) expect(next.err).toContain(`resumes: request ${id}`);
  expect((await stage.simulator.bill()).submits).toBe(2);
});

// A terminal that is closed hangs up.
test.concurrent.for(["SIGTERM", "SIGHUP"] as const)(
  "on %s it starts nothing more, waits for what is soon done and exits with 143",
  async (signal, context) => {
    const { stage, going, answer } = await withTwoInFlight(context);
    going.kill(signal);
    await hears(going, IN_FLIGHT);
    answer();
    const { code, out, err } = await going.ended;
    expect(code).toBe(143);
    expect(err).toContain(`${IN_FLIGHT}\n`);
    expect(err).not.toContain("Leaving.");
    expect(readRun(out).totals).toMatchObject({ settled: 2, delivered: 2, held: "0.00" });
    expect((await stage.simulator.bill()).submits).toBe(2);
  },
);

test.concurrent("on SIGTERM it leaves what takes longer, before a supervisor kills it", async (context) => {
  const { stage, going } = await withTwoInFlight(context);
  going.kill("SIGTERM");
  const { code, err } = await going.ended;
  expect(code).toBe(6);
  expect(err).toContain(LEAVING);
  expect(findRequests(await readEntries(stage.ledger))).toHaveLength(2);
});

test.concurrent("interrupted before anything was sent, it sends nothing, holds nothing and exits with 130", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), SIX);
  // The run waits for a reader of its events, after its terms and before it looks at its lines.
  await promisify(execFile)("mkfifo", [join(stage.cwd, "events.jsonl")]);
  const going = stage.begin({ options: JSON_TOO });
  await waitUntil("its terms", async () =>
    (await readEntries(stage.ledger)).some(({ fact }) => fact.kind === "terms") ? true : null,
  );
  const writeLock = new WriteLock(stage.cleanup, stage.ledger);
  void runOther(stage.cleanup, "cat", ["events.jsonl"], { cwd: stage.cwd });
  await waitUntil("its ear for signals", async () => await catchesHangUp(going.pid));
  going.kill("SIGINT");
  await waitUntil("an answer", () => (going.told.err.includes("in flight") ? true : null));
  writeLock.open();
  const { code, out, err } = await going.ended;
  expect(code).toBe(130);
  expect(err).toContain("Nothing is in flight.\n");
  expect(new Set(Object.values(statesByKey(readRun(out))))).toEqual(new Set(["to-buy"]));
  expect(await stage.simulator.bill()).toMatchObject({ submits: 0 });
  expect(await readHolds(stage.ledger, "proof")).toEqual([]);
});

/** Whether a program has a listener for SIGHUP, the last that it adds; null until then. */
async function catchesHangUp(pid: number): Promise<true | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return Number(BigInt(`0x${caught}`) & 1n) === 1 ? true : null;
}

test.concurrent("interrupted during a pause that the vendor asked for, it ends at once with nothing in flight", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), SIX);
  const pause = { "retry-after": "3600", "x-fal-simulated": "1" };
  const proxy = await RecordingProxy.open(stage.cleanup, stage.simulator.url, async () => ({
    status: 429,
    headers: pause,
    body: '{"detail":"slow down"}',
  }));
  stage.proxyUrl = proxy.proxyUrl;
  const going = stage.begin({ options: JSON_TOO });
  await waitForEvent(going, stage.cwd, { event: "pausing" });
  going.kill("SIGINT");
  // By itself it would never end.
  const { code, err } = await going.ended;
  expect(code).toBe(130);
  expect(err).toContain("Nothing is in flight.\n");
  expect(await stage.simulator.jobs()).toEqual([]);
  const holds = await readHolds(stage.ledger, "proof");
  expect(new Set(holds.map(({ state }) => state))).toEqual(new Set(["released"]));
});

test.concurrent("on a third Ctrl-C with an unanswered order it ends at once, and status says what to paste", async (context) => {
  const stage = await CampaignFolder.set(cleanUpAfter(context), manifest(shots(2)), {
    faults: "hang:100%",
  });
  const going = stage.begin({ options: [...WATCHED, "-j", "1"] });
  await waitUntil("an accepted job", async () =>
    (await stage.simulator.jobs()).length > 0 ? true : null,
  );
  going.kill("SIGINT");
  await hears(going, "in flight, waiting for them.");
  going.kill("SIGINT");
  await hears(going, LEAVING);
  going.kill("SIGINT");
  const { code, err } = await going.ended;
  expect(code).toBe(130);
  expect(err).toContain("1 line for $0.42 in flight, waiting for them.");
  expect(err).toContain(LEAVING);
  expect(err).toContain("Gone. What was being sent is unknown until ");
  const told = await stage.topsheet(["status", "--ledger", "ledger.sqlite"]);
  expect(told.out).toContain("s01~t1 may have been bought: ");
  expect(told.out).toContain("topsheet resolve 'proof/s01~t1' --request-id ID");
  expect((await stage.run({ options: ["--only", "s01"] })).code).toBe(6);
  expect((await stage.simulator.bill()).submits).toBe(1);
});
