import { run, type Telling } from "./database.ts";
import type { Ledger, Purpose, Surroundings } from "./ledger.ts";
import { SqlLedger } from "./sql-ledger.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/** A ledger in one SQLite file, for all processes of a machine. */
export async function openSqlite(
  path: string,
  use: "read" | "write",
  around: Surroundings,
): Promise<Ledger> {
  const database = await SqliteDatabase.open(path, use, around.now);
  return await SqlLedger.in(database, around, path);
}

/** Makes a new one, for money or for rehearsals; null leaves that to the first answer. */
export async function createSqlite(
  path: string,
  purpose: Purpose | null,
  around: Surroundings,
): Promise<Ledger> {
  const id = around.newId();
  const database = await SqliteDatabase.create(path, around.now, function* (): Telling<void> {
    yield* run("INSERT INTO about (name, value) VALUES ('id', ?)", id);
  });
  const ledger = await SqlLedger.in(database, around, path);
  if (purpose !== null) await ledger.claim(purpose);
  return ledger;
}
