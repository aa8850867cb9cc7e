import { type Ledger, type Purpose, type LedgerEnvironment } from "../ledger.ts";
import { LedgerFault } from "../fault.ts";
import type { SqlRoutine } from "./database.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { type PostgresPlace, parsePostgresUrl, hidePassword } from "../postgres-url.ts";
import { openSqlLedger, writeIdentity } from "./sql-ledger.ts";

/** A ledger in a schema of a PostgreSQL database, for all machines that reach it. */
export async function openPostgres(
  name: string,
  use: "read" | "write",
  environment: LedgerEnvironment,
): Promise<Ledger> {
  const place = requirePlace(name);
  const database = await PostgresDatabase.open(place, use, environment.now, environment.onMigrated);
  return await openSqlLedger(database, environment, place.name);
}

/** Makes a new one in a database that is there, for money or for rehearsals. */
export async function createPostgres(
  name: string,
  purpose: Purpose,
  environment: LedgerEnvironment,
): Promise<Ledger> {
  const place = requirePlace(name);
  const id = environment.newId();
  const first = (): SqlRoutine<void> => writeIdentity(id, purpose);
  const database = await PostgresDatabase.create(place, environment.now, first);
  return await openSqlLedger(database, environment, place.name);
}

export async function existsInPostgres(name: string): Promise<boolean> {
  return await PostgresDatabase.exists(requirePlace(name));
}

function requirePlace(name: string): PostgresPlace {
  const place = parsePostgresUrl(name);
  if (place !== null) return place;
  throw new LedgerFault("missing", `${hidePassword(name)} is not the address of a database`);
}
