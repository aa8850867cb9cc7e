import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { query, type SqlRoutine } from "../../../src/ledger/sql/database.ts";
import { SqliteDatabase } from "../../../src/ledger/sql/sqlite.ts";
import { verifyLedger, rawRows, copyStory } from "../rig/tamper.ts";
import { Bench, order, World } from "../rig/test-ledger.ts";
import { folder, sqlite } from "../rig/sqlite-ledgers.ts";

function* nothing(): SqlRoutine<void> {}

const NEVER = [
  "UPDATE entries SET at = 1 WHERE seq = 1",
  "UPDATE entries SET fact = fact",
  "UPDATE OR REPLACE entries SET seq = 2 WHERE seq = 1",
  "DELETE FROM entries WHERE seq = 9",
  "DELETE FROM entries",
];

test.for(NEVER)("%s is refused", async (sql) => {
  const path = await copyStory();
  const before = rawRows(path, "SELECT * FROM entries");
  expect(before).toHaveLength(33);
  const raw = new Database(path);
  expect(() => raw.exec(sql)).toThrow(/entries are never/);
  raw.close();
  expect(rawRows(path, "SELECT * FROM entries")).toEqual(before);
});

// REPLACE removes the old row without running the trigger that keeps rows from being deleted.
test("an entry cannot be replaced by another", async () => {
  const raw = new Database(await copyStory());
  const replace = "REPLACE INTO entries (seq, at, fact) VALUES (9, 1, '{}')";
  expect(() => raw.exec(replace)).toThrow(/entries are never/);
});

test("the database refuses two holds of one purchase, whoever writes them", async () => {
  const raw = new Database(await copyStory());
  expect(() => raw.exec("UPDATE holds SET blocks = 1")).toThrow(/UNIQUE/);
  expect(() => raw.exec("UPDATE holds SET request = 'r' WHERE request IS NOT NULL")).toThrow(
    /UNIQUE/,
  );
  raw.close();
});

// It knows no cap by tag, and may have had the ledger open when this program migrated it.
test("the database refuses holds that an older topsheet writes", async () => {
  const raw = new Database(await copyStory());
  const columns = rawRows(await copyStory(), "SELECT name FROM pragma_table_info('holds')")
    .map((row) => Object.values(row ?? {}).join())
    .filter((name) => name !== "tags")
    .join(", ");
  const again = columns.replace(/^hold,/, "'another',").replace("request", "NULL");
  const sql = `INSERT INTO holds (${columns}) SELECT ${again} FROM holds WHERE blocks = 0`;
  expect(() => raw.exec(sql)).toThrow("an older topsheet writes no holds here");
  raw.close();
});

test("only the owner can read the file and what lies beside it while it is open", async () => {
  const path = `${folder()}/ledger.sqlite`;
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  await bench.reserve(order("a"));
  const modes = [path, `${path}-journal`].map((name) => statSync(name).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600]);
  bench.ledger.close();
  expect(readdirSync(dirname(path))).toEqual(["ledger.sqlite"]);
});

test("a commit waits for the disk, and is in the file itself when it is done", async () => {
  const path = `${folder()}/ledger.sqlite`;
  const made = await SqliteDatabase.create(path, Date.now, () => nothing());
  const files = [made, await SqliteDatabase.open(path, "write", Date.now)];
  for (const file of files) {
    // 2 is FULL; a journal that is emptied is synced once more under it, one that is deleted is not.
    expect(await file.transaction(() => query("PRAGMA synchronous"))).toEqual([{ synchronous: 2 }]);
    expect(await file.transaction(() => query("PRAGMA journal_mode"))).toEqual([
      { journal_mode: "truncate" },
    ]);
    expect(await file.transaction(() => query("PRAGMA cache_spill"))).toEqual([{ cache_spill: 0 }]);
    file.close();
  }
});

test("can read while another process writes, and leaves no trace in the file", async () => {
  const path = await copyStory();
  const before = readFileSync(path);
  const raw = new Database(path);
  raw.exec("BEGIN IMMEDIATE");
  raw.exec("DELETE FROM holds");
  const reader = await sqlite.open(path, "read", new World().as("reader"));
  expect((await verifyLedger(reader)).problems).toEqual([]);
  expect(reader.purpose).toBe("real");
  raw.exec("ROLLBACK");
  raw.close();
  reader.close();
  expect(readFileSync(path).equals(before)).toBe(true);
});
