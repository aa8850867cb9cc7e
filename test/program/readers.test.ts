import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { createSqlite, openSqlite } from "../../src/ledger/sql/sqlite.ts";
import { verifyLedger } from "../ledger/rig/tamper.ts";
import { capped, order, World } from "../ledger/rig/test-ledger.ts";
import { CLI, folder } from "./rig/run-program.ts";

const HOLDS = 10_000;
const COMMITS = 150;

/** `topsheet …` on a ledger until the test is over; resolves when it has said something. */
async function begun(args: readonly string[], ledger: string): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args, "--ledger", ledger], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said]: unknown[] = await Promise.race([
    once(child.stdout, "data"),
    once(child.stderr, "data"),
  ]);
  return String(said);
}

/** Milliseconds that one commit takes. */
async function commit(ledger: Ledger, run: string): Promise<number> {
  const began = performance.now();
  expect(await ledger.keepAlive(run)).toBe(true);
  return performance.now() - began;
}

test("four watchers and a page over ten thousand holds delay no commit by more than a second", async () => {
  const inside = await folder();
  const [path, alone] = [join(inside, "ledger.sqlite"), join(inside, "alone.sqlite")];
  const world = new World();
  const made = await createSqlite(path, "rehearsal", world.as("a"));
  await made.agree("film", capped({}));
  const run = await made.startRun({ campaign: "film", account: null, limits: [] });
  // All at once is one commit.
  const orders = Array.from({ length: HOLDS }, (_, turn) => order(`f${turn}`));
  await Promise.all(orders.map(async (wanted) => await made.reserve(run, wanted)));
  made.close();
  await copyFile(path, alone);
  const ledger = await openSqlite(path, "write", world.as("a"));
  // The same work on a file that nobody reads tells how long this machine stands still by itself.
  const control = await openSqlite(alone, "write", world.as("a"));
  onTestFinished(() => [ledger, control].forEach((one) => one.close()));

  const watchers = Array.from({ length: 4 }, async () => await begun(["status", "--watch"], path));
  for (const line of await Promise.all(watchers)) expect(line).toContain("10000");
  const said = await begun(["status", "--page"], path);
  const url = /http:\S+/.exec(said)?.[0] ?? "";
  const page = get(`${url}events`);
  onTestFinished(() => void page.destroy());
  let drawn = 0;
  page.on("response", (answer) => answer.on("data", () => (drawn += 1)));

  const waits: number[] = [];
  const own: number[] = [];
  for (let turn = 0; turn < COMMITS; turn += 1) {
    // What a run does: the watchers have something new to read each time.
    if (turn % 3 === 0) await ledger.reserve(run, order(`new ${turn}`));
    waits.push(await commit(ledger, run));
    own.push(await commit(control, run));
    await sleep(20);
  }
  expect(waits).toHaveLength(COMMITS);
  // A busy machine may stop this process in the middle of one or two.
  const slow = waits.filter((wait) => wait > 1_000 + Math.max(...own));
  expect(slow.length).toBeLessThanOrEqual(2);
  // They did read meanwhile.
  expect(drawn).toBeGreaterThan(0);
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

test("a ledger that is copied while it is watched has every line that was committed", async () => {
  const inside = await folder();
  const path = join(inside, "ledger.sqlite");
  const world = new World();
  const ledger = await createSqlite(path, "rehearsal", world.as("a"));
  onTestFinished(() => ledger.close());
  await ledger.agree("film", capped({}));
  const run = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  await begun(["status", "--watch"], path);
  for (let turn = 0; turn < 20; turn += 1) {
    await ledger.reserve(run, order(`f${turn}`));
    const copy = join(inside, `copy-${turn}.sqlite`);
    await copyFile(path, copy);
    const found = await openSqlite(copy, "read", world.as("b"));
    expect(await found.positions("film")).toHaveLength(turn + 1);
    expect((await verifyLedger(found)).problems).toEqual([]);
    found.close();
  }
});
