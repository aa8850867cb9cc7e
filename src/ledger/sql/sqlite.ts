import type { Ledger, Purpose, Surroundings } from "../ledger.ts";
import { sqlLedger, writeIdentity } from "./sql-ledger.ts";
import { BLANK, SqliteDatabase } from "./sqlite-database.ts";

/** A ledger in one SQLite file, for all processes of a machine. */
export async function openSqlite(
  path: string,
  use: "read" | "write",
  around: Surroundings,
): Promise<Ledger> {
  const database = await SqliteDatabase.open(path, use, around.now, around.migrated);
  return await sqlLedger(database, around, path);
}

/** Makes a new one, for money or for rehearsals. */
export async function createSqlite(
  path: string,
  purpose: Purpose,
  around: Surroundings,
): Promise<Ledger> {
  const id = around.newId();
  const database = await SqliteDatabase.create(path, around.now, () => writeIdentity(id, purpose));
  return await sqlLedger(database, around, path);
}

/** A ledger that is not made yet, as it would be: in memory, and without a way to reserve anything. */
export async function blankLedger(around: Surroundings): Promise<Ledger> {
  const id = around.newId();
  const database = SqliteDatabase.blank(around.now, () => writeIdentity(id, "real"));
  return await sqlLedger(database, around, BLANK);
}
