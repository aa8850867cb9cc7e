import { expect, test } from "vitest";
import { readRun } from "../rig/read-documents.ts";
import { readEvents } from "../rig/read-events.ts";
import { manifest, shots } from "../rig/manifest.ts";
import { cleanUpAfter } from "../rig/cleanup.ts";
import { findProblems } from "../rig/check-campaign.ts";
import { waitUntil } from "../rig/wait-until.ts";
import { WorkerProcesses, PASSWORD } from "./rig/worker-processes.ts";

// `topsheet run --queue` and `topsheet worker` as processes, on a real PostgreSQL. What becomes of single lines:
// test/workers; three hundred lines: test/scripts/soak/killed-workers.ts.

test.concurrent("shares a plan's lines between three workers, and reports them as any run does", async (context) => {
  const written = manifest(shots(12), { budget: { cap: 5.04 }, concurrency: 6 });
  const fleet = await WorkerProcesses.set(cleanUpAfter(context), written);
  const workers = [fleet.worker(), fleet.worker(), fleet.worker()];
  const told = await fleet.queue(["--format", "json", "--events", "events.jsonl"]).ended;
  expect(told).toMatchObject({ code: 0 });
  // Beside what any run's events say, how the line stands in the ledger.
  const events = await readEvents(fleet.stage.cwd);
  const settled = events.filter(({ event }) => event === "settled");
  expect(settled).toHaveLength(12);
  expect(settled[0]).toMatchObject({
    line: { cost: "0.42" },
    spent: "0.42",
    excess: "0.00",
    state: "settled",
    held: "0.00",
    charge: null,
    why: null,
  });
  expect(readRun(told.out).totals).toMatchObject({ lines: 12, delivered: 12, spent: "5.04" });
  for (const worker of workers) worker.kill("SIGTERM");
  const ended = await Promise.all(workers.map(async (worker) => await worker.ended));
  expect(ended.map(({ code }) => code)).toEqual([143, 143, 143]);
  for (const { out, err } of [told, ...ended]) expect(`${out}${err}`).not.toContain(PASSWORD);
  expect(await findProblems(fleet.stage, { cap: "5.04" })).toEqual([]);
});

test.concurrent("does not queue a plan that nobody has approved", async (context) => {
  const fleet = await WorkerProcesses.set(cleanUpAfter(context), manifest(shots(1)), {
    limit: null,
  });
  expect(await fleet.queue().ended).toMatchObject({
    code: 4,
    err: "error: this needs an approval: `topsheet approve plan.json --by NAME --limit USD`\n",
  });
});

test.concurrent("refuses what is not for workers, and says what to do instead", async (context) => {
  const fleet = await WorkerProcesses.set(cleanUpAfter(context), manifest(shots(1)));
  const { stage } = fleet;
  const refused = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const { code, err } = await stage.topsheet(args);
    return [code, err];
  };
  const shared =
    "error: workers share a ledger in PostgreSQL: name it with --ledger postgres://HOST/DATABASE, or in TOPSHEET_LEDGER\n";
  expect(await refused("run", "plan.json", "--queue", "--ledger", "own.sqlite")).toEqual([
    2,
    shared,
  ]);
  expect(await refused("worker", "--ledger", "own.sqlite")).toEqual([2, shared]);
  expect(await refused("run", "shots.yaml", "--queue", "--ledger", stage.ledger)).toEqual([
    2,
    "error: --queue takes a saved plan: make one with `topsheet plan FILE -o plan.json`\n",
  ]);
  expect(await refused("run", "plan.json", "--detach", "--ledger", stage.ledger)).toEqual([
    2,
    "error: --detach is for lines on the queue: add --queue\n",
  ]);
  expect(await refused("worker", "--ledger", stage.ledger)).toEqual([
    2,
    "error: FAL_KEY is not set: set it to your fal key (or FAL_PROXY_URL to a server that has one), or add --rehearse to try everything without\n",
  ]);
});

test.concurrent("continues a batch that was detached from, or left with Ctrl-C", async (context) => {
  const fleet = await WorkerProcesses.set(cleanUpAfter(context), manifest(shots(3)));
  const detached = await fleet.queue(["--detach"]).ended;
  expect(detached).toMatchObject({ code: 0, out: "" });
  expect(detached.err).toContain("3 lines for $1.26 on the queue, for workers.\n");
  expect(detached.err).toContain(
    "See how they go: topsheet status proof --watch --ledger postgres",
  );
  const following = fleet.queue();
  await waitUntil("the second batch", () =>
    following.told.err.includes("on the queue") ? true : null,
  );
  following.kill("SIGINT");
  const left = await following.ended;
  expect(left).toMatchObject({ code: 130 });
  expect(`${detached.err}${left.err}`).not.toContain(PASSWORD);
  expect(left.err).toContain(
    "The batch continues and is no longer followed: topsheet status proof",
  );
  // Both batches are of the same lines: each is bought once.
  expect(await fleet.worker(["--until-done"]).ended).toMatchObject({ code: 0 });
  expect(await findProblems(fleet.stage, { cap: "1.26" })).toEqual([]);
});
