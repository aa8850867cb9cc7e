import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import Database from "libsql";
import { expect, onTestFinished, test } from "vitest";
import type { LedgerBook } from "../../../src/ledger/ledger.ts";
import { createParcel } from "../../../src/ledger/move.ts";
import { openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { readPurchases } from "../../../src/run/read-purchases.ts";
import { verifyLedger, rawRows } from "../rig/tamper.ts";
import { startChild } from "../rig/start-child.ts";
import { order, World } from "../rig/test-ledger.ts";
import { postgres } from "../rig/postgres-ledgers.ts";
import { folder, sqlite } from "../rig/sqlite-ledgers.ts";

// Made by commit 862f366, the last one that kept a log (WAL) beside a ledger: two campaigns with lines that are
// settled, unknown and released. One was closed; of the other nearly all is in its log, as after a SIGKILL.
const MADE = new URL("from-862f366/", import.meta.url);
const KINDS = [
  ["that was closed", "closed", [".sqlite"], 53, "real"],
  ["whose log was left", "with-log", [".sqlite", ".sqlite-wal"], 28, null],
] as const;

function copyOldLedger(name: string, endings: readonly string[]): string {
  const inside = folder();
  for (const ending of endings) {
    const bytes = gunzipSync(readFileSync(new URL(`${name}${ending}.gz`, MADE)));
    writeFileSync(join(inside, `ledger${ending}`), bytes);
  }
  return join(inside, "ledger.sqlite");
}

/** Its entries byte by byte, as SQLite has them, read from a copy. */
function readRawEntries(path: string): readonly unknown[] {
  const copy = join(folder(), "ledger.sqlite");
  for (const name of readdirSync(dirname(path))) {
    writeFileSync(join(dirname(copy), name), readFileSync(join(dirname(path), name)));
  }
  return rawRows(copy, "SELECT seq, at, campaign, run, hold, hex(fact) FROM entries ORDER BY seq");
}

for (const use of ["read", "write"] as const) {
  test.for(KINDS)(
    `migrates a ledger of 862f366 %s once when it is opened to ${use}, and loses nothing`,
    async ([, name, endings, count, purpose]) => {
      const path = copyOldLedger(name, endings);
      const before = readRawEntries(path);
      expect(before).toHaveLength(count);
      let told = 0;
      const environment = { ...new World().as("b"), onMigrated: () => void (told += 1) };
      for (let turn = 0; turn < 3; turn += 1) {
        const ledger = await openSqlite(path, use, environment);
        const { problems, entries } = await verifyLedger(ledger);
        expect(problems).toEqual([]);
        // The ledger had no purpose then, and has one now.
        expect(entries).toBe(purpose === null ? count + 1 : count);
        expect(await ledger.campaigns()).toEqual(["film", "Other"]);
        expect(ledger.purpose).toBe("real");
        const positions = await ledger.positions("other");
        expect(new Set(positions.map(({ tags }) => tags))).toEqual(new Set([null]));
        const asked = { retryFailed: false };
        expect(await readPurchases(ledger, "other", asked)).toMatchObject({ untagged: true });
        const states = positions.map(({ state }) => state);
        expect(states).toEqual(expect.arrayContaining(["settled", "unknown", "released"]));
        ledger.close();
      }
      expect(told).toBe(1);
      expect(readdirSync(dirname(path))).toEqual(["ledger.sqlite"]);
      expect([...readFileSync(path).subarray(18, 20)]).toEqual([1, 1]);
      expect(readRawEntries(path).slice(0, count)).toEqual(before);
    },
  );
}

test.for([
  ["a file", sqlite],
  ["PostgreSQL", postgres()],
] as const)(
  "a campaign that moves from an old ledger to %s still has unknown tags",
  async ([, database]) => {
    const world = new World();
    const here = await openSqlite(copyOldLedger("closed", [".sqlite"]), "write", world.as("b"));
    onTestFinished(() => here.close());
    const readTags = async (ledger: LedgerBook): Promise<readonly unknown[]> =>
      (await ledger.positions("other")).map(({ tags }) => tags);
    await here.reclaimDeadRuns("other");
    const run = await here.startRun({ campaign: "other", account: null, limits: [] });
    const bought = order("new", { campaign: "other" });
    expect(await here.reserve(run, bought)).toMatchObject({ is: "held" });
    await here.endRun(run);
    const before = await readTags(here);
    expect(before.at(-1)).toEqual([]);
    expect(new Set(before.slice(0, -1))).toEqual(new Set([null]));

    const there = await database.create(await database.place(), "real", world.as("b"));
    expect(await here.seal("other", { into: "there", ledger: there.id })).toBe(true);
    expect(await there.receive(await createParcel("other", here))).toBe("received");
    expect(await readTags(there)).toEqual(before);
    const asked = { retryFailed: false };
    expect(await readPurchases(there, "other", asked)).toMatchObject({ untagged: true });
    expect((await verifyLedger(there)).problems).toEqual([]);
  },
);

test("if several processes open an old ledger at once, one of them migrates it", async () => {
  const path = copyOldLedger("with-log", [".sqlite", ".sqlite-wal"]);
  const children = Array.from({ length: 4 }, (_, turn) =>
    startChild(["open old", path, `${turn}`]),
  );
  for (const each of children) expect(await each.says()).toBe("ready");
  for (const each of children) each.go();
  const told = await Promise.all(children.map(async (each) => await each.says()));
  expect(told.filter((times) => times === 1)).toHaveLength(1);
  expect(told.filter((times) => times === 0)).toHaveLength(3);
  const ledger = await sqlite.open(path, "read", new World().as("c"));
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

test("refuses an old ledger with another one's log beside it, and leaves both as they are", async () => {
  const path = copyOldLedger("closed", [".sqlite"]);
  const log = gunzipSync(readFileSync(new URL("with-log.sqlite-wal.gz", MADE)));
  writeFileSync(`${path}-wal`, log);
  const before = readFileSync(path);
  for (const use of ["read", "write"] as const) {
    const opened = openSqlite(path, use, new World().as("b"));
    await expect(opened).rejects.toMatchObject({
      trouble: "denied",
      message: expect.stringMatching(/ledger\.sqlite-wal lies beside .*ledger\.sqlite and is not/),
    });
  }
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
});

test("waits for an old ledger that an older topsheet still has open, and then migrates it", async () => {
  const path = copyOldLedger("with-log", [".sqlite", ".sqlite-wal"]);
  const older = new Database(path);
  older.exec("BEGIN; CREATE TEMP TABLE seen AS SELECT count(*) FROM entries; COMMIT");
  setTimeout(() => older.close(), 200);
  const ledger = await openSqlite(path, "write", new World().as("b"));
  onTestFinished(() => ledger.close());
  expect((await verifyLedger(ledger)).problems).toEqual([]);
  const run = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  expect(await ledger.reserve(run, order("new"))).toMatchObject({ is: "held" });
});
