import { existsSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { LedgerFault } from "../../../src/ledger/fault.ts";
import { createSqlite, openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { verifyLedger, rawRows, copyStory } from "../rig/tamper.ts";
import { startChild } from "../rig/start-child.ts";
import { Bench, order, World } from "../rig/test-ledger.ts";
import { folder, sqlite } from "../rig/sqlite-ledgers.ts";

const world = new World();

interface Files {
  readonly file: Buffer;
  readonly journal: Buffer;
}

/** Returns a ledger and its journal as a power cut in the middle of a commit leaves them. */
function readHalfCommit(path: string): Files {
  const raw = new Database(path);
  // With so small a cache, SQLite starts to write the commit early. The first page is in it.
  raw.exec("PRAGMA cache_size = 1; BEGIN; PRAGMA user_version = 2");
  raw.exec(
    "CREATE TABLE filler (text); DELETE FROM holds; DELETE FROM runs; DELETE FROM approvals",
  );
  raw.exec("INSERT INTO filler SELECT hex(zeroblob(2000)) FROM entries");
  const files = { file: readFileSync(path), journal: readFileSync(`${path}-journal`) };
  raw.exec("ROLLBACK");
  raw.close();
  expect(files.file.equals(readFileSync(path))).toBe(false);
  return files;
}

/** A story with something beside it. */
async function putBeside(ending: string, bytes: Uint8Array, file?: Buffer): Promise<string> {
  const path = join(folder(), "ledger.sqlite");
  writeFileSync(path, file ?? readFileSync(await copyStory()));
  writeFileSync(`${path}${ending}`, bytes);
  return path;
}

/** Makes one more commit, as another program would. */
function commitOnce(path: string): void {
  const raw = new Database(path);
  raw.exec("UPDATE runs SET lease_until = lease_until + 1");
  raw.close();
}

function readLog(path: string): Buffer {
  const raw = new Database(path);
  raw.exec("PRAGMA journal_mode = WAL; DELETE FROM holds");
  const log = readFileSync(`${path}-wal`);
  raw.close();
  return log;
}

/** A journal with another value in its header, or in a record. */
function changed(journal: Buffer, at: number, value: number): Buffer {
  const other = Buffer.from(journal);
  other.writeUInt32BE(value, at);
  return other;
}

const STRANGERS: readonly (readonly [string, string, () => Promise<string>])[] = [
  ["another ledger's log", "-wal", async () => await putBeside("-wal", readLog(await copyStory()))],
  [
    "another ledger's journal",
    "-journal",
    async () => {
      const { path } = await makeOtherLedger();
      return await putBeside("-journal", readHalfCommit(path).journal);
    },
  ],
  [
    "its own journal of another time",
    "-journal",
    async () => {
      const path = await copyStory();
      const { journal } = readHalfCommit(path);
      commitOnce(path);
      commitOnce(path);
      return await putBeside("-journal", journal, readFileSync(path));
    },
  ],
  [
    "the journal of a copy of it that went on by itself",
    "-journal",
    async () => {
      const path = await copyStory();
      commitOnce(path);
      return await putBeside("-journal", readHalfCommit(path).journal);
    },
  ],
  [
    "a journal without a record, which would cut it off",
    "-journal",
    async () => {
      const { journal } = readHalfCommit(await copyStory());
      return await putBeside("-journal", changed(changed(journal, 8, 0), 16, 3));
    },
  ],
  [
    "a journal that says it was shorter",
    "-journal",
    async () => {
      const { journal, file } = readHalfCommit(await copyStory());
      return await putBeside("-journal", changed(journal, 16, 3), file);
    },
  ],
  [
    "a journal whose first page is another's number",
    "-journal",
    async () => {
      const { journal, file } = readHalfCommit(await copyStory());
      return await putBeside("-journal", changed(journal, journal.readUInt32BE(20), 2), file);
    },
  ],
  [
    "a journal with a wrong sum",
    "-journal",
    async () => {
      const { journal, file } = readHalfCommit(await copyStory());
      return await putBeside("-journal", changed(journal, 12, 7), file);
    },
  ],
  [
    "a text",
    "-journal",
    async () => await putBeside("-journal", Buffer.from("dear diary\n".repeat(99))),
  ],
];

/** Another ledger, with as many commits. */
async function makeOtherLedger(): Promise<{ readonly path: string }> {
  const path = join(folder(), "ledger.sqlite");
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  await bench.reserve(order("z"));
  bench.ledger.close();
  return { path };
}

test.for(STRANGERS)("refuses a ledger with %s beside it, and touches nothing", async (row) => {
  const [, ending, make] = row;
  const path = await make();
  const before = [path, `${path}${ending}`].map((name) => readFileSync(name));
  for (const use of ["read", "write"] as const) {
    const fault: unknown = await openSqlite(path, use, world.as("a")).catch((cause) => cause);
    expect(fault).toBeInstanceOf(LedgerFault);
    expect(fault).toMatchObject({ trouble: "denied" });
    expect(String(fault)).toContain(`${path}${ending} lies beside ${path} and is not its own`);
  }
  expect(readdirSync(dirname(path)).toSorted()).toEqual([
    "ledger.sqlite",
    `ledger.sqlite${ending}`,
  ]);
  const after = [path, `${path}${ending}`].map((name) => readFileSync(name));
  expect(after.map((bytes, turn) => before[turn]?.equals(bytes))).toEqual([true, true]);
});

test.for(["read", "write"] as const)(
  "rolls a ledger's own journal back after a power cut when it is opened to %s",
  async (use) => {
    const whole = await copyStory();
    const { file, journal } = readHalfCommit(whole);
    const path = await putBeside("-journal", journal, file);
    const ledger = await openSqlite(path, use, world.as("a"));
    const { problems, entries } = await verifyLedger(ledger);
    expect(problems).toEqual([]);
    expect(entries).toBe(33);
    expect(await ledger.positions("film")).toHaveLength(7);
    ledger.close();
    expect(readdirSync(dirname(path))).toEqual(["ledger.sqlite"]);
    expect(rawRows(path, "SELECT * FROM holds")).toEqual(rawRows(whole, "SELECT * FROM holds"));
  },
);

test.for([
  ["an empty journal", "-journal", Buffer.alloc(0)],
  ["a journal that was never synced", "-journal", Buffer.alloc(600)],
  ["an empty log", "-wal", Buffer.alloc(0)],
] as const)("accepts a ledger with %s", async ([, ending, bytes]) => {
  const ledger = await sqlite.open(await putBeside(ending, bytes), "write", world.as("a"));
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

test.for(["-journal", "-wal"])(
  "creates no ledger beside a leftover %s, and leaves that as it is",
  async (ending) => {
    const path = join(folder(), "ledger.sqlite");
    const left = readHalfCommit(await copyStory()).journal;
    writeFileSync(`${path}${ending}`, left);
    const made = createSqlite(path, "real", world.as("a"));
    await expect(made).rejects.toMatchObject({
      trouble: "denied",
      message: expect.stringContaining(`${path}${ending} is left over`),
    });
    expect(readdirSync(dirname(path))).toEqual([`ledger.sqlite${ending}`]);
    expect(readFileSync(`${path}${ending}`).equals(left)).toBe(true);
  },
);

test("never takes the journal of a ledger that another process keeps writing for a foreign one", async () => {
  const path = await sqlite.place();
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  const writers = ["a", "b"].map((name) => startChild(["write on", path, name]));
  for (const writer of writers) expect(await writer.says()).toBe("ready");
  for (const writer of writers) writer.go();
  bench.ledger.close();
  for (let turn = 0; turn < 60; turn += 1) {
    const ledger = await openSqlite(path, turn % 2 === 0 ? "read" : "write", world.as("b"));
    ledger.close();
  }
  for (const writer of writers) writer.go();
  const written = await Promise.all(writers.map(async (writer) => Number(await writer.says())));
  expect(written.reduce((all, one) => all + one)).toBeGreaterThan(0);
  const ledger = await sqlite.open(path, "read", world.as("c"));
  expect((await verifyLedger(ledger)).problems).toEqual([]);
});

// Closing any other descriptor of a file releases all locks that a process has on it (POSIX).
test("opening a ledger again does not release the locks of a commit that is waiting", async () => {
  const path = join(folder(), "ledger.sqlite");
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  const reader = startChild(["read and wait", path]);
  expect(await reader.says()).toBe("ready");
  const held = bench.reserve(order("a"));
  // It has begun, and waits for the reader.
  await sleep(200);
  const other = bench.openReader();
  const writer = startChild(["try to write", path]);
  expect(await writer.says()).toBe("locked");
  reader.go();
  expect((await held).state).toBe("reserved");
  expect(await (await other).positions("film")).toHaveLength(1);
});

test("nobody reads what is not committed yet, not even the process that writes it", async () => {
  const path = join(folder(), "ledger.sqlite");
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  const reader = startChild(["read and wait", path]);
  expect(await reader.says()).toBe("ready");
  const held = bench.reserve(order("a"));
  await sleep(100);
  let seen = -1;
  const read = bench.ledger.positions("film").then(({ length }) => (seen = length));
  await sleep(200);
  expect(seen).toBe(-1);
  reader.go();
  await Promise.all([held, read]);
  expect(seen).toBe(1);
});

test("reads a ledger with two names, and writes it under neither", async () => {
  const path = join(folder(), "ledger.sqlite");
  const bench = await Bench.create({ ...sqlite, place: async () => path });
  const before = await bench.countEntries();
  const second = join(dirname(path), "second.sqlite");
  linkSync(path, second);
  const refused = { trouble: "denied", message: expect.stringContaining("a second name") };
  await expect(bench.reserve(order("a"))).rejects.toMatchObject(refused);
  for (const name of [path, second]) {
    await expect(openSqlite(name, "write", world.as("b"))).rejects.toMatchObject(refused);
    const ledger = await openSqlite(name, "read", world.as("b"));
    expect(await ledger.entries(null)).toHaveLength(before);
    ledger.close();
  }
});

test("removes the unfinished name of a ledger whose creator was stopped", async () => {
  const path = await copyStory();
  linkSync(path, `${path}.4711.new`);
  const ledger = await sqlite.open(path, "write", world.as("a"));
  onTestFinished(() => ledger.close());
  expect(existsSync(`${path}.4711.new`)).toBe(false);
  expect(statSync(path).nlink).toBe(1);
});
