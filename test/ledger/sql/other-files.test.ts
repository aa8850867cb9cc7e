import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { type Ledger } from "../../../src/ledger/ledger.ts";
import { LedgerFault } from "../../../src/ledger/fault.ts";
import { SQLITE_MIGRATIONS } from "../../../src/ledger/sql/tables.ts";
import { createSqlite, openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { verifyLedger, copyStory, tamper } from "../rig/tamper.ts";
import { order, World } from "../rig/test-ledger.ts";
import { folder } from "../rig/sqlite-ledgers.ts";

const world = new World();

/** Returns a hash of a file's bytes; null if there is no file. */
function hashFile(path: string): string | null {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : null;
}

/** Returns the trouble that opening a file meets, or "a ledger". Rethrows anything but a fault. */
async function tryToOpen(path: string, use: "read" | "write"): Promise<string> {
  try {
    const ledger = await openSqlite(path, use, world.as("a"));
    await verifyLedger(ledger);
    ledger.close();
    return "a ledger";
  } catch (cause) {
    if (cause instanceof LedgerFault) return cause.trouble;
    throw cause;
  }
}

function makeSqliteFile(...statements: readonly string[]): string {
  const path = join(folder(), "other.sqlite");
  const raw = new Database(path);
  for (const sql of statements) raw.exec(sql);
  raw.close();
  return path;
}

function makeTextFile(text: string): string {
  const path = join(folder(), "text");
  writeFileSync(path, text);
  return path;
}

const OTHERS: readonly (readonly [what: string, file: () => Promise<string>, trouble: string])[] = [
  ["nothing at all", async () => join(folder(), "none.sqlite"), "missing"],
  ["a file in a folder that is not there", async () => join(folder(), "no", "l.sqlite"), "missing"],
  ["a file below a file", async () => join(makeTextFile("x"), "l.sqlite"), "missing"],
  ["a text", async () => makeTextFile("topsheet: 1\ncampaign: film\n".repeat(99)), "not-a-ledger"],
  ["a short text", async () => makeTextFile("x"), "not-a-ledger"],
  ["an empty file", async () => makeTextFile(""), "not-a-ledger"],
  ["an SQLite file of nobody", async () => makeSqliteFile("CREATE TABLE a (b)"), "not-a-ledger"],
  [
    "another program's SQLite file",
    async () =>
      makeSqliteFile(
        "PRAGMA application_id = 252006673; PRAGMA user_version = 1; CREATE TABLE a (b)",
      ),
    "not-a-ledger",
  ],
  [
    "a newer topsheet's ledger",
    async () => await tamperWithStory(`PRAGMA user_version = ${SQLITE_MIGRATIONS.length + 1}`),
    "newer",
  ],
  ["a much newer one", async () => await tamperWithStory("PRAGMA user_version = 99"), "newer"],
  [
    "a ledger without an id",
    async () => await tamperWithStory("DELETE FROM about WHERE name = 'id'"),
    "damaged",
  ],
];

async function tamperWithStory(sql: string): Promise<string> {
  const path = await copyStory();
  tamper(path, sql);
  return path;
}

for (const use of ["read", "write"] as const) {
  test.for(OTHERS)(
    `refuses %s when it is opened to ${use}, and leaves it as it was`,
    async ([, file, trouble]) => {
      const path = await file();
      const before = hashFile(path);
      expect(await tryToOpen(path, use)).toBe(trouble);
      expect(hashFile(path)).toBe(before);
    },
  );
}

test("refuses a folder as a ledger", async () => {
  expect(["failed", "denied", "not-a-ledger"]).toContain(await tryToOpen(folder(), "write"));
});

test("never creates a ledger over an existing file", async () => {
  const world = new World();
  for (const path of [makeTextFile("mine"), await copyStory()]) {
    const before = hashFile(path);
    const made = createSqlite(path, "real", world.as("a"));
    await expect(made).rejects.toMatchObject({ name: "LedgerFault", trouble: "there-already" });
    expect(hashFile(path)).toBe(before);
  }
});

test("of two processes that create the same ledger at once, one does", async () => {
  const path = join(folder(), "ledger.sqlite");
  const makers = [world.as("a"), world.as("b")];
  const made = await Promise.allSettled(
    makers.map(async (environment) => (await createSqlite(path, "real", environment)).id),
  );
  expect(made.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(made[1]).toMatchObject({ reason: { trouble: "there-already" } });
  const ledger = await openSqlite(path, "read", world.as("c"));
  expect(made[0]).toMatchObject({ value: ledger.id });
  ledger.close();
});

test("creates the folders of a new ledger", async () => {
  const path = join(folder(), "a", "b", "ledger.sqlite");
  (await createSqlite(path, "real", world.as("a"))).close();
  expect(await tryToOpen(path, "write")).toBe("a ledger");
  expect(readdirSync(join(path, "..", ".."))).toEqual(["b"]);
});

test("reports a fault if a ledger's folder is a file", async () => {
  const below = createSqlite(join(makeTextFile("x"), "l.sqlite"), "real", world.as("a"));
  await expect(below).rejects.toThrow(LedgerFault);
});

test("reports a ledger that is cut off", async () => {
  const troubles = new Set<string>();
  for (const share of [0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
    const path = await copyStory();
    truncateSync(path, Math.floor(readFileSync(path).length * share));
    troubles.add(await tryToOpen(path, "read"));
  }
  expect(troubles).not.toContain("a ledger");
});

test("whichever page is blank, the file is no ledger, or is damaged, or the page is not read", async () => {
  const whole = readFileSync(await copyStory());
  const pages = whole.length / 4_096;
  const troubles: string[] = [];
  for (let page = 0; page < pages; page += 1) {
    const path = makeTextFile("");
    writeFileSync(path, whole);
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(4_096), 0, 4_096, page * 4_096);
    closeSync(file);
    troubles.push(await tryToOpen(path, "read"));
  }
  expect(troubles[0]).toBe("not-a-ledger");
  expect(troubles.filter((trouble) => trouble === "damaged").length).toBeGreaterThan(3);
  expect(troubles.slice(1).every((what) => what === "damaged" || what === "a ledger")).toBe(true);
  expect(pages).toBeGreaterThan(15);
});

test.for(["{}", "no JSON", '{"kind":"refunded"}'])(
  "reports a ledger with an entry that is %s as damaged",
  async (fact: string) => {
    expect(
      await tryToOpen(
        await tamperWithStory(`UPDATE entries SET fact = '${fact}' WHERE seq = 9`),
        "read",
      ),
    ).toBe("damaged");
  },
);

const read = async (ledger: Ledger): Promise<unknown> => await ledger.terms("film");
const bought = async (ledger: Ledger): Promise<unknown> => await ledger.holds("film");
const reserved = async (ledger: Ledger): Promise<unknown> => {
  const [run] = await ledger.openRuns("film");
  return await ledger.reserve(run?.id ?? "", order("new"));
};

const NONSENSE: readonly (readonly [string, string, (ledger: Ledger) => Promise<unknown>])[] = [
  ["terms that are no JSON", "UPDATE campaigns SET terms = '{'", read],
  ["terms without a zone", "UPDATE campaigns SET terms = json_remove(terms, '$.timezone')", read],
  ["a cap of a lot", "UPDATE campaigns SET terms = json_set(terms, '$.cap', 'a lot')", read],
  ["limits that are no JSON", "UPDATE runs SET limits = '['", reserved],
  ["limits without a name", "UPDATE runs SET limits = '[{}]'", reserved],
  ["a hold in no state", "UPDATE holds SET state = 'lost'", (ledger) => ledger.positions("film")],
  [
    "a step that cannot be taken",
    `UPDATE entries SET fact = '{"kind":"unknown","why":""}' WHERE seq = 6`,
    bought,
  ],
  ["steps of a hold that never was", "UPDATE entries SET hold = 'x' WHERE seq = 6", bought],
];

test.for(NONSENSE)("reports a ledger with %s as damaged, whoever asks", async ([, sql, ask]) => {
  const ledger = await openSqlite(await tamperWithStory(sql), "write", world.as("a"));
  onTestFinished(() => ledger.close());
  await expect(ask(ledger)).rejects.toMatchObject({ name: "LedgerFault", trouble: "damaged" });
});

test("writes no ledger that was moved or removed, and none that took its place", async () => {
  const [moved, replaced, removed] = [await copyStory(), await copyStory(), await copyStory()];
  const ledgers = [moved, replaced, removed].map((path) =>
    openSqlite(path, "write", world.as("a")),
  );
  const opened = await Promise.all(ledgers);
  renameSync(moved, `${moved}.old`);
  rmSync(removed);
  renameSync(await copyStory(), replaced);
  for (const ledger of opened) {
    const started = ledger.startRun({ campaign: "film", account: null, limits: [] });
    await expect(started).rejects.toMatchObject({ name: "LedgerFault", trouble: "missing" });
    ledger.close();
  }
  expect(existsSync(moved) || existsSync(removed)).toBe(false);
});
