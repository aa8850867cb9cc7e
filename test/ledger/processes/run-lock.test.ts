import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Ledger, RunLocks } from "../../../src/ledger/ledger.ts";
import { createRunLocks } from "../../../src/ledger/run-lock.ts";
import { type Child, startChild } from "../rig/start-child.ts";
import { Bench, order, World } from "../rig/test-ledger.ts";
import { folder, sqlite } from "../rig/sqlite-ledgers.ts";

const LEASE = 60_000;
const TMPFS = 0x01021994;
const NFS = 0x6969;

interface Place {
  readonly path: string;
  readonly world: World;
  /** Opens the ledger as a process of this machine would. */
  readonly ledger: Ledger;
}

/** A ledger on a real disk, read by real locks and a clock that can be set. */
async function place(): Promise<Place> {
  const path = join(folder(), "ledger.sqlite");
  const { world } = await Bench.create({ ...sqlite, place: async () => path });
  const environment = { ...world.as("b"), locks: makeLocks(path) };
  return { path, world, ledger: await sqlite.open(path, "write", environment) };
}

function makeLocks(path: string, ...fileSystem: [] | [(folder: string) => number]): RunLocks {
  const locks = createRunLocks(path, ...fileSystem);
  onTestFinished(() => locks.close());
  return locks;
}

/** A run in a process of its own. */
async function startRunElsewhere(
  path: string,
): Promise<{ readonly run: string; readonly process: Child }> {
  const process = startChild(["live", path, "theirs"]);
  return { run: String(await process.says()), process };
}

const alive = async (ledger: Ledger, run: string): Promise<boolean | undefined> =>
  (await ledger.openRuns("film")).find(({ id }) => id === run)?.alive;

/** Beside the ledger. */
const locksThere = (path: string): readonly string[] =>
  existsSync(`${path}.runs`) ? readdirSync(`${path}.runs`) : [];

test("a stopped process counts as alive however long, and a killed one as dead at once", async () => {
  const { path, world, ledger } = await place();
  const { run, process: theirs } = await startRunElsewhere(path);
  expect(locksThere(path)).toEqual([`${run}.lock`]);
  world.at = Date.now() + 100 * LEASE;
  expect(await alive(ledger, run)).toBe(true);
  process.kill(theirs.pid, "SIGSTOP");
  expect(await alive(ledger, run)).toBe(true);
  const before = (await ledger.entries(null)).length;
  await ledger.reclaimDeadRuns("film");
  // Only the first process's run, of which only an expired lease could be seen.
  expect((await ledger.entries(null)).slice(before).map((entry) => entry.run)).not.toContain(run);
  world.at = Date.now();
  process.kill(theirs.pid, "SIGKILL");
  expect(await theirs.ended).toBe("SIGKILL");
  // Within its lease: the lock alone says so.
  expect(await alive(ledger, run)).toBe(false);
  await ledger.reclaimDeadRuns("film");
  expect(await alive(ledger, run)).toBeUndefined();
  expect(existsSync(`${path}.runs`)).toBe(false);
});

test("checking a lock, here or in another process, does not release it", async () => {
  const { path, ledger } = await place();
  const own = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  const { run, process: theirs } = await startRunElsewhere(path);
  const asking = startChild(["ask", path, own]);
  const asked = async (): Promise<unknown> => {
    expect(await asking.says()).toBe("ready");
    asking.go();
    return await asking.says();
  };
  for (let turn = 0; turn < 20; turn += 1) {
    // By the ledger that holds it, and by another of the same process, which closes the file again.
    expect(await alive(ledger, own)).toBe(true);
    expect(makeLocks(path).lives(own)).toBe(true);
    expect(makeLocks(path).lives(run)).toBe(true);
    expect(await asked()).toBe(true);
  }
  expect(readdirSync(`${path}.runs`).toSorted()).toEqual([`${own}.lock`, `${run}.lock`].toSorted());
  theirs.go();
  expect(await theirs.says()).toBe("ended");
  await ledger.endRun(own);
  expect(await asked()).toBe(null);
  expect(existsSync(`${path}.runs`)).toBe(false);
});

test("only a lock file that exists and is free proves that a run is dead", async () => {
  const { path } = await place();
  const [locks, other] = [makeLocks(path), makeLocks(path)];
  const file = (run: string): string => join(`${path}.runs`, `${run}.lock`);
  expect(other.lives("none")).toBe(null);
  expect(existsSync(`${path}.runs`)).toBe(false);
  locks.take("a");
  expect([locks.lives("a"), other.lives("a")]).toEqual([true, true]);
  locks.drop("a");
  expect([locks.lives("a"), other.lives("a")]).toEqual([false, false]);
  other.remove("a");
  expect([locks.lives("a"), other.lives("a")]).toEqual([null, null]);
  mkdirSync(dirname(file("b")), { recursive: true });
  writeFileSync(file("b"), "no SQLite file, and longer than the header of one has to be".repeat(9));
  expect(other.lives("b")).toBe(null);
  mkdirSync(file("c"));
  expect(other.lives("c")).toBe(null);
  // An id in a ledger cannot lead out of its folder.
  writeFileSync(join(dirname(path), "d.lock"), "");
  expect(other.lives("../d")).toBe(null);
  other.remove("../d");
  expect(existsSync(join(dirname(path), "d.lock"))).toBe(true);
  // A run whose lock cannot be made has its lease, but a file that looks like its lock must go.
  locks.take("b");
  expect(locks.lives("b")).toBe(null);
  expect(() => locks.take("c")).toThrow(/neither locked nor removed/);
});

test("uses no locks on a file system that other machines may write to", async () => {
  const { path } = await place();
  const [here, shared] = [makeLocks(path, () => TMPFS), makeLocks(path, () => NFS)];
  shared.take("a");
  expect(locksThere(path)).toEqual([]);
  here.take("b");
  expect([here.lives("b"), shared.lives("b")]).toEqual([true, null]);
  here.drop("b");
  expect([here.lives("b"), shared.lives("b")]).toEqual([false, null]);
  expect(
    makeLocks(path, () => {
      throw new Error("no such call");
    }).lives("b"),
  ).toBe(null);
});

test("a run without a visible lock has its lease", async () => {
  const { path, world, ledger } = await place();
  // As an older version starts one, or a process that sees only the ledger itself.
  const old = await sqlite.open(path, "write", world.as("old"));
  world.elsewhere.add("old");
  const run = await old.startRun({ campaign: "film", account: null, limits: [] });
  await old.reserve(run, order("a"));
  world.at += LEASE - 1;
  expect(await alive(ledger, run)).toBe(true);
  expect((await ledger.reclaimDeadRuns("film")).map(({ state }) => state)).toEqual([]);
  world.at += 1;
  expect(await alive(ledger, run)).toBe(false);
  expect((await ledger.reclaimDeadRuns("film")).map(({ state }) => state)).toEqual(["released"]);
});

test("a run is over even if its end cannot be written, and so is one whose ledger is closed", async () => {
  const { path, ledger } = await place();
  const ended = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  const closed = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  const other = makeLocks(path);
  expect([ended, closed].map((run) => other.lives(run))).toEqual([true, true]);
  ledger.close();
  expect([ended, closed].map((run) => other.lives(run))).toEqual([false, false]);
});
