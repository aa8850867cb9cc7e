import { expect, test } from "vitest";
import { cropToTerminal } from "../../src/cli/buying/run-board.ts";
import { parseProcessName } from "../../src/cli/wiring.ts";
import { simulateReclaim } from "../../src/ledger/hold.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { explainFound } from "../../src/report/status.ts";
import {
  type WatchedCampaign,
  makeWatched,
  renderWatchLine,
  renderWatch,
} from "../../src/report/watch.ts";
import { makeUsedMoney } from "../../src/run/read-purchases.ts";
import { Bench, capped, order, STANDINGS, step, usd } from "../ledger/rig/test-ledger.ts";
import { sqlite } from "../ledger/rig/sqlite-ledgers.ts";

const SCREEN = { width: 100, colour: false };

/** How its campaign stands, as the command reads it. */
async function readWatched({ ledger, world }: Bench): Promise<WatchedCampaign> {
  const kept = await ledger.positions("film");
  const runs = await ledger.openRuns("film");
  const living = new Set(runs.filter(({ alive }) => alive).map(({ id }) => id));
  const positions = kept.map((position) => simulateReclaim(position, living));
  return makeWatched({
    campaign: "film",
    purpose: ledger.purpose,
    positions,
    runs: runs.map((run) => ({ ...run, ...parseProcessName(run.owner) })),
    terms: await ledger.terms("film"),
    overages: await ledger.overages("film"),
    used: makeUsedMoney(positions),
    now: world.at,
  });
}

const machine = (name: string, pid: number): string => JSON.stringify([`${name} boot-1`, pid, "7"]);

/** A run of a process on another machine, and its own hand on the ledger. */
async function startRunOn(bench: Bench, owner: string): Promise<{ ledger: Ledger; run: string }> {
  const ledger = await bench.openElsewhere(owner);
  const run = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  return { ledger, run };
}

async function submitLine(bench: Bench, run: string, name: string, more = {}): Promise<string> {
  const { id } = await bench.reserve(order(name, more), run);
  await bench.advance(id, step.sending());
  await bench.advance(id, step.submitted());
  return id;
}

/** Two machines at work, one that died while it was sending, and a line that nobody looks after. */
async function makeBusyBench(): Promise<Bench> {
  const terms = capped({
    cap: usd(20),
    per_shot: usd(4),
    by_model: [{ of: "fal-ai/one", name: "one", limit: usd(9) }],
    per_run: usd(5),
    per_day: usd(12),
  });
  const bench = await Bench.create(sqlite, terms);
  await submitLine(bench, bench.run, "left");
  await bench.ledger.endRun(bench.run);
  const one = await startRunOn(bench, machine("render-1", 4711));
  const two = await startRunOn(bench, machine("render-2", 99));
  const three = await startRunOn(bench, machine("render-3", 12));
  for (const name of ["a", "b"])
    await bench.advance(await submitLine(bench, one.run, name), step.settled());
  await submitLine(bench, one.run, "c");
  await bench.reserve(order("d"), one.run);
  await submitLine(bench, two.run, "e");
  const failed = await submitLine(bench, two.run, "f");
  await bench.advance(failed, step.failed("none"));
  const { id } = await bench.reserve(order("g"), three.run);
  await bench.advance(id, step.sending());
  await bench.reserve(order("h"), three.run);
  bench.world.dead.add(machine("render-3", 12));
  bench.world.at += 190_000;
  return bench;
}

test("shows what to settle, who is at work where, the lines, and the money against the caps", async () => {
  const bench = await makeBusyBench();
  const watched = await readWatched(bench);
  expect(watched.unknown.map(({ key }) => key)).toEqual(["g~t1"]);
  const hold = await bench.ledger.hold(watched.unknown[0]?.id ?? "");
  if (hold === null) throw new Error("it is not there");
  const asked = { first: [explainFound(hold, new Set())], all: 5 };
  const shown = { now: bench.world.at, ledger: "l.sqlite" };
  expect(renderWatch(watched, asked, SCREEN, shown)).toBe(`film · watch

g~t1 may have been bought: its run died while it was being sent; $1.00 stay held.
  Look among fal's requests to fal-ai/one, 2026-11-21 08:58:00 to 2026-11-21 09:02:00 UTC,
  for the prompt "Rain.", then paste one of
    topsheet resolve 'film/g~t1' --request-id ID --by YOU --why "what you found" --ledger l.sqlite
    topsheet resolve 'film/g~t1' --not-charged --by YOU --why "what you found" --ledger l.sqlite
    topsheet resolve 'film/g~t1' --charged --by YOU --why "what you found" --ledger l.sqlite
  --not-charged is accepted from 2026-11-21 09:03:00 UTC on: until then its order may still arrive.

and 4 more to settle: \`topsheet status\` shows them all.

Run on                   In flight  Made  Going for
render-1 (process 4711)          2     2  3 min 10 s
render-2 (process 99)            1     0  3 min 10 s
render-3 (process 12)                  0  died; the next run takes over its lines

1 line in flight under no run: run again to collect.

Lines: 1 reserved, 3 in flight, 2 made, 1 failed, 1 unknown, 1 not bought.

Cap             Limit  Spent   Held    Left
cap            $20.00  $2.00  $5.00  $13.00
per_shot left   $4.00  $0.00  $1.00   $3.00
per_shot a      $4.00  $1.00  $0.00   $3.00
by_model one    $9.00  $2.00  $5.00   $2.00
per_day        $12.00  $2.00  $5.00   $5.00
7 more caps, each with more left.

$2.00 spent, $5.00 held.`);
});

test("prints the same on one line, which does not change while nothing happens", async () => {
  const bench = await makeBusyBench();
  const line = renderWatchLine(await readWatched(bench));
  expect(line).toBe(
    "film: 1 reserved, 3 in flight, 2 made, 1 failed, 1 unknown, 1 not bought; $2.00 spent, $5.00 held; render-1 (process 4711) has 2 in flight; render-2 (process 99) has 1 in flight; render-3 (process 12) has died; 1 in flight under no run; `topsheet status` says what to settle",
  );
  bench.world.at += 5_000;
  expect(renderWatchLine(await readWatched(bench))).toBe(line);
});

test("says that what an older topsheet bought counts under no cap of tags", async () => {
  const bench = await makeBusyBench();
  const watched = await readWatched(bench);
  const [row] = watched.caps;
  if (row === undefined) throw new Error("there is no cap");
  const render = (untagged: boolean): string =>
    renderWatch(
      { ...watched, caps: [{ ...row, cap: "by_tag", of: "hero" }], untagged },
      { first: [], all: 0 },
      SCREEN,
      { now: bench.world.at, ledger: null },
    );
  expect(watched.untagged).toBe(false);
  expect(render(false)).not.toContain("an older topsheet");
  expect(render(true)).toContain("by_tag: what an older topsheet bought has no tags");
});

test("shows a campaign without caps before anything is bought", async () => {
  const bench = await Bench.create(sqlite);
  await bench.ledger.endRun(bench.run);
  const watched = await readWatched(bench);
  expect(renderWatch(watched, { first: [], all: 0 }, SCREEN, { now: 0, ledger: null })).toBe(
    "film · watch\n\nNo run is in progress.\n\nLines: nothing bought yet.\n\n$0.00 spent, $0.00 held.",
  );
  expect(renderWatchLine(watched)).toBe("film: nothing bought yet; $0.00 spent, $0.00 held");
});

test("shows no machine for a queued batch, and one for each of its workers", async () => {
  const bench = await Bench.create(sqlite);
  await bench.ledger.endRun(bench.run);
  const queued = { campaign: "film", account: null, limits: [], batch: true };
  const batch = await bench.ledger.startRun(queued);
  expect(renderWatchLine(await readWatched(bench))).toBe(
    "film: nothing bought yet; $0.00 spent, $0.00 held; what is queued for workers is open",
  );
  const worker = await bench.openElsewhere(machine("render-1", 4711));
  await submitLine(bench, (await worker.joinBatch(batch)) ?? "", "a");
  const picture = renderWatch(await readWatched(bench), { first: [], all: 0 }, SCREEN, {
    now: bench.world.at + 5_000,
    ledger: null,
  });
  expect(picture).toBe(`film · watch

Run on                      In flight  Made  Going for
what is queued for workers                   5 s
render-1 (process 4711)             1     0  5 s

Lines: 1 in flight.

$0.00 spent, $1.00 held.`);
});

test("counts the holds of every state, and shows the ledger's money", async () => {
  const bench = await Bench.create(sqlite);
  for (const standing of STANDINGS) await bench.makeHold(order(standing), standing);
  const { lines, spent, held, unknown } = await readWatched(bench);
  expect([...lines.values()].reduce((total, count) => total + count, 0)).toBe(STANDINGS.length);
  expect(lines.get("failed")).toBe(3);
  expect([spent, held]).toEqual([usd(2), usd(5)]);
  expect(unknown.map(({ shot }) => shot)).toEqual(["failed, charge unknown", "unknown"]);
});

test.for([
  [machine("render-1", 4711), "render-1", "4711"],
  [JSON.stringify(["mac ", 7, null]), "mac", "7"],
  ["the proofs", "the proofs", ""],
  ["{}", "{}", ""],
] as const)("the process %s is %s, number %s", ([name, where, pid]) => {
  expect(parseProcessName(name)).toEqual({ machine: where, pid });
});

test("keeps the top of a picture that is higher than the terminal", () => {
  const picture = ["one", "two", "x".repeat(25), "four", "five"].join("\n");
  const rest = "… `topsheet status` shows all of it";
  expect(cropToTerminal(picture, 10, 8)).toBe(picture);
  expect(cropToTerminal(picture, 10, 7)).toBe(`one\ntwo\n${"x".repeat(25)}\n${rest}`);
  expect(cropToTerminal(picture, 10, 5)).toBe(`one\ntwo\n${rest}`);
  expect(cropToTerminal(picture, Infinity, 0)).toBe(picture);
});
