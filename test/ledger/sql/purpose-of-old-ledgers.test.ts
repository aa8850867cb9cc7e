import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { openPostgres } from "../../../src/ledger/sql/postgres.ts";
import {
  APPLICATION_ID,
  POSTGRES_MIGRATIONS,
  SQLITE_MIGRATIONS,
} from "../../../src/ledger/sql/tables.ts";
import { openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import { freshDatabase, queryRows } from "../../rig/postgres/database.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { World } from "../rig/test-ledger.ts";
import { folder } from "../rig/sqlite-ledgers.ts";

// Under migration 1, a ledger learnt its purpose from the first answer.

const shared = await freshDatabase();
afterAll(async () => await shared.drop());

const SAID = `INSERT INTO about (name, value) VALUES ('purpose', 'rehearsal');
  INSERT INTO entries (at, fact) VALUES (7, '{"kind":"purpose","purpose":"rehearsal"}');`;

type Opening = (use: "read" | "write") => Promise<Ledger>;

async function makeOldFile(more: string): Promise<Opening> {
  const path = join(folder(), "ledger.sqlite");
  writeFileSync(path, "", { mode: 0o600 });
  const raw = new Database(path);
  raw.exec(
    `${SQLITE_MIGRATIONS[0] ?? ""}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`,
  );
  raw.exec(`INSERT INTO about (name, value) VALUES ('id', 'old'); ${more}`);
  raw.close();
  return async (use) => await openSqlite(path, use, new World().as("a"));
}

async function makeOldSchema(more: string): Promise<Opening> {
  const schema = more === "" ? "silent" : "said";
  await queryRows(shared.url, `CREATE SCHEMA ${schema}`);
  const about = "INSERT INTO about (name, value) VALUES ('id', 'old'), ('version', '1');";
  await queryRows(
    shared.url,
    `SET search_path TO ${schema}; ${POSTGRES_MIGRATIONS[0] ?? ""}; ${about} ${more}`,
  );
  return async (use) =>
    await openPostgres(`${shared.url}?schema=${schema}`, use, new World().as("a"));
}

test.for([
  ["a file", "nothing", "real", makeOldFile, ""],
  ["a file", "a rehearsal", "rehearsal", makeOldFile, SAID],
  ["PostgreSQL", "nothing", "real", makeOldSchema, ""],
  ["PostgreSQL", "a rehearsal", "rehearsal", makeOldSchema, SAID],
] as const)(
  "an old ledger in %s whose stated purpose is %s becomes a %s ledger",
  async ([, , purpose, make, more]) => {
    const open = await make(more);
    const before = Date.now();
    const opened = async (use: "read" | "write"): Promise<Ledger> => {
      const ledger = await open(use);
      onTestFinished(() => ledger.close());
      return ledger;
    };
    // The first program that opens it migrates it, even for reading.
    for (const use of ["read", "write", "write"] as const) {
      const ledger = await opened(use);
      expect(ledger.purpose).toBe(purpose);
      const entries = await ledger.entries(null);
      expect(entries.map(({ fact }) => fact)).toEqual([{ kind: "purpose", purpose }]);
      // Whole milliseconds of the database's clock, where the migration wrote it.
      const [said] = entries;
      const lately = Date.now() - before + 1;
      expect(more !== "" || Math.abs((said?.at ?? 0) - before) <= lately).toBe(true);
      expect((await verifyLedger(ledger)).problems).toEqual([]);
    }
  },
);
