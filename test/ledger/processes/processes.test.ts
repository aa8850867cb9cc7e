import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sum } from "../../../src/money.ts";
import { blocksPurchase } from "../../../src/ledger/hold.ts";
import { verifyLedger, copyStory } from "../rig/tamper.ts";
import { type Child, startChild } from "../rig/start-child.ts";
import { Bench, capped, order, usd } from "../rig/test-ledger.ts";
import { postgres } from "../rig/postgres-ledgers.ts";
import { folder, sqlite } from "../rig/sqlite-ledgers.ts";

/** A real disk, and a real server. */
const DATABASES = [
  ["a file", { ...sqlite, place: async () => join(folder(), "ledger.sqlite") }],
  ["a server", postgres()],
] as const;

/** Starts processes, lets all begin at once, and collects what each reports at the end. */
async function race(children: readonly Child[]): Promise<readonly unknown[]> {
  for (const each of children) expect(await each.says()).toBe("ready");
  for (const each of children) each.go();
  const told = await Promise.all(children.map((each) => each.says()));
  expect(await Promise.all(children.map((each) => each.ended))).toEqual(children.map(() => 0));
  return told;
}

function countAnswers(answers: unknown, is: string): number {
  return Array.isArray(answers) ? answers.filter((answer) => answer === is).length : 0;
}

// On a server: flood.test.ts.
test.for(DATABASES.slice(0, 1))(
  "eight processes that share a cap in %s hold what fits, once each, and not a cent more",
  async ([, database]) => {
    const path = await database.place();
    const place = async (): Promise<string> => path;
    const bench = await Bench.create({ ...database, place }, capped({ cap: usd(10.05) }));
    const children = Array.from({ length: 8 }, (_, turn) => startChild(["race", path, `${turn}`]));
    const told = await race(children);
    const count = (is: string): number =>
      told.reduce<number>((all, one) => all + countAnswers(one, is), 0);
    expect(count("held") + count("taken") + count("over")).toBe(2_000);
    expect(count("held")).toBe(100);
    // More than one process got some, and all were refused some.
    expect(told.filter((one) => countAnswers(one, "held") > 0).length).toBeGreaterThan(1);
    expect(told.every((one) => countAnswers(one, "taken") + countAnswers(one, "over") > 0)).toBe(
      true,
    );
    const positions = await bench.ledger.positions("film");
    const standing = positions.filter(blocksPurchase);
    expect(sum(standing.map(({ held }) => held))).toBe(usd(10));
    expect(new Set(standing.map(({ fingerprint }) => fingerprint)).size).toBe(100);
    const { problems, holds, checks } = await verifyLedger(bench.ledger);
    expect(problems).toEqual([]);
    expect([holds, checks]).toEqual([100, 100]);
  },
);

// Lines for six dollars, and a limit that is met before they are all taken, or only afterwards.
test.for([
  ["the last dollar of a limit", 4.05, 40, "over-limit"],
  ["the last approved line", 6, 60, "taken"],
] as const)("six processes race for %s", async (row) => {
  const [, limit, bought, last] = row;
  const path = join(folder(), "ledger.sqlite");
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  const lines = Array.from({ length: 60 }, (_, turn) => {
    const gist = `gist of ${turn}`;
    return { key: `${turn}`, fingerprint: `${turn}`, ordinal: 1, gist, cost: usd(0.1) };
  });
  const said = { plan: "plan-1", created: "", by: "Ada", limit: usd(limit), until: null };
  await bench.ledger.approve("film", said, lines);
  const children = Array.from({ length: 6 }, (_, turn) => {
    return startChild(["race for approvals", path, `${turn}`]);
  });
  const told = await race(children);
  const count = (is: string): number =>
    told.reduce<number>((all, one) => all + countAnswers(one, is), 0);
  expect(count("held")).toBe(bought);
  expect(count("held") + count("taken") + count("over-limit")).toBe(720);
  expect(count(last)).toBeGreaterThan(100);
  // More than one got some.
  expect(told.filter((one) => countAnswers(one, "held") > 0).length).toBeGreaterThan(1);
  const [standing] = await bench.ledger.approvals("film");
  expect(standing?.used).toBe(usd(bought / 10));
  expect(standing?.lines.filter(({ taken }) => taken)).toHaveLength(bought);
  const { problems, holds, checks } = await verifyLedger(bench.ledger);
  expect(problems).toEqual([]);
  expect([holds, checks]).toEqual([bought, bought]);
});

test.for(DATABASES)(
  "of two processes that would send the same hold in %s at the same moment, one does",
  async ([, database]) => {
    const path = await database.place();
    const bench = await Bench.create({ ...database, place: async () => path });
    for (let turn = 0; turn < 60; turn += 1) await bench.reserve(order(`f${turn}`));
    const both = ["one", "other"].map((name) => startChild(["send", path, name]));
    const winners = new Set<number>();
    for (let turn = 0; turn < 60; turn += 1) {
      for (const each of both) expect(await each.says()).toBe("ready");
      // The first to hear is not always the same.
      for (const each of turn % 2 === 0 ? both : both.toReversed()) each.go();
      const told = await Promise.all(both.map((each) => each.says()));
      expect(new Set(told)).toEqual(new Set(["done", "late"]));
      winners.add(told.indexOf("done"));
    }
    expect(winners.size).toBe(2);
    expect(await Promise.all(both.map((each) => each.ended))).toEqual([0, 0]);
    const sent = (await bench.ledger.entries("film")).filter(({ fact }) => fact.kind === "sending");
    expect(new Set(sent.map(({ hold }) => hold)).size).toBe(60);
    expect(sent).toHaveLength(60);
    expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
  },
);

test.for(DATABASES)("everything that a killed process was told is in %s", async (row) => {
  const [, database] = row;
  const path = await database.place();
  const bench = await Bench.create({ ...database, place: async () => path });
  const killed = startChild(["crash", path, "killed"]);
  expect(await killed.ended).toBe("SIGKILL");
  const positions = await bench.ledger.positions("film");
  expect(positions.map(({ id, state }) => [id, state])).toEqual([["killed-2", "sending"]]);
  // All that can be seen from here is that its lease has expired.
  bench.world.at = Date.now() + 60_000;
  expect((await bench.ledger.reclaimDeadRuns("film")).map(({ state }) => state)).toEqual([
    "unknown",
  ]);
  expect(await bench.ledger.reserve(bench.run, order("b"))).toMatchObject({ is: "taken" });
  expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
});

test("reading leaves the same bytes, and no file beside the ledger", async () => {
  const inside = folder();
  const path = join(inside, "ledger.sqlite");
  const before = readFileSync(await copyStory());
  writeFileSync(path, before);
  const reader = startChild(["read", path]);
  expect(await reader.says()).toBe(7);
  expect(await reader.ended).toBe(0);
  expect(readdirSync(inside)).toEqual(["ledger.sqlite"]);
  expect(readFileSync(path).equals(before)).toBe(true);
});

// The driver gives a message without a code for a file that may not be opened, and a bare number for a folder.
test("denies access to another user's ledger, and can read one in another user's folder", async () => {
  const paths = [folder(), folder()].map((inside) => join(inside, "ledger.sqlite"));
  for (const [turn, path] of paths.entries()) {
    writeFileSync(path, readFileSync(await copyStory()));
    chmodSync(path, turn === 0 ? 0o000 : 0o444);
    chmodSync(dirname(path), turn === 0 ? 0o755 : 0o555);
    onTestFinished(() => chmodSync(dirname(path), 0o755));
  }
  // Nothing is denied to root, so the child runs as nobody.
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const opening = startChild(["open", ...paths], ([...command]) =>
    process.getuid?.() === 0
      ? ["env", ...nobody, process.execPath, ...command]
      : [process.execPath, ...command],
  );
  expect(await opening.says()).toEqual(["denied", "denied", "a ledger", "denied"]);
});
