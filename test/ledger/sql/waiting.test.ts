import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { expect, test, vi } from "vitest";
import { openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { Bench, capped, order, step, usd } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

/** A bench, and another program that can keep its file to itself. */
async function makeLockedBench(): Promise<{
  readonly bench: Bench;
  readonly path: string;
  readonly lock: () => void;
  readonly unlock: () => void;
}> {
  const path = await sqlite.place();
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  const other = new Database(path);
  return {
    bench,
    path,
    lock: () => void other.exec("BEGIN IMMEDIATE"),
    unlock: () => {
      other.exec("COMMIT");
      other.close();
    },
  };
}

/** Returns the longest time for which the program was blocked during some work, in milliseconds. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 2);
  await work;
  clearInterval(ticking);
  return longest;
}

test("every operation waits while another program writes, and then does its work", async () => {
  const { bench, path, lock, unlock } = await makeLockedBench();
  const { ledger, run } = bench;
  const hold = await bench.reserve(order("a"));
  lock();
  const before = performance.now();
  const verbs: readonly Promise<unknown>[] = [
    ledger.reserve(run, order("b")),
    ledger.advance(hold.id, step.sending()),
    ledger.agree("film", capped({ cap: usd(9) })),
    ledger.startRun({ campaign: "film", account: null, limits: [] }),
    ledger.keepAlive(run),
    ledger.reclaimDeadRuns("film"),
    openSqlite(path, "write", bench.world.as("b")).then((opened) => opened.close()),
  ];
  const done: boolean[] = verbs.map(() => false);
  for (const [turn, verb] of verbs.entries()) void verb.then(() => (done[turn] = true));
  await sleep(300);
  // Opening an up-to-date ledger writes nothing, so it need not wait.
  expect(done.slice(0, -1)).toEqual(verbs.slice(1).map(() => false));
  unlock();
  await Promise.all(verbs);
  expect(performance.now() - before).toBeGreaterThan(295);
  const states = (await ledger.positions("film")).map(({ key, state }) => `${key} ${state}`);
  expect(states).toEqual(["a~t1 sending", "b~t1 reserved"]);
});

test("the program keeps running meanwhile, and pauses only for moments", async () => {
  // Another program may have the processor for a while: of five waits the best one counts, beyond what the program pauses
  // when it does nothing.
  const pauses: number[] = [];
  for (let turn = 0; turn < 5 && Math.min(...pauses) >= 60; turn += 1) {
    const { bench, lock, unlock } = await makeLockedBench();
    const idle = await longestPause(sleep(300));
    lock();
    setTimeout(unlock, 300);
    pauses.push((await longestPause(bench.reserve(order("a")))) - idle);
  }
  expect(Math.min(...pauses)).toBeLessThan(60);
});

test("gives up on a locked file after half a minute, and changes nothing", async () => {
  const { bench, lock, unlock } = await makeLockedBench();
  const before = await bench.ledger.entries(null);
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (clock += 9_000));
  lock();
  const reserved = bench.ledger.reserve(bench.run, order("a"));
  await expect(reserved).rejects.toMatchObject({ name: "LedgerFault", trouble: "locked" });
  unlock();
  expect(await bench.ledger.entries(null)).toEqual(before);
  expect((await bench.reserve(order("a"))).state).toBe("reserved");
});

test("however many operations wait for it, they wait half a minute together", async () => {
  const { bench, lock, unlock } = await makeLockedBench();
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (clock += 9_000));
  lock();
  const verbs = ["a", "b", "c", "d"].map((name) => bench.ledger.reserve(bench.run, order(name)));
  const answers = await Promise.allSettled(verbs);
  unlock();
  expect(answers.map(({ status }) => status)).toEqual(verbs.map(() => "rejected"));
  expect(clock).toBeLessThan(60_000);
});
