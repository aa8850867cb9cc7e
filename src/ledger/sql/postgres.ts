import { type Ledger, type Purpose, type Surroundings } from "../ledger.ts";
import { LedgerFault } from "../fault.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { type PostgresPlace, postgresPlace, withoutPassword } from "../postgres-url.ts";
import { sqlLedger, writeIdentity } from "./sql-ledger.ts";

/** Whose clock counts: machines that share a ledger have to agree on what day it is. */
export type CountingClock = "server" | "own";

/** A ledger in a schema of a PostgreSQL database, for all machines that reach it. */
export async function openPostgres(
  name: string,
  use: "read" | "write",
  around: Surroundings,
  clock: CountingClock,
): Promise<Ledger> {
  const place = placeOf(name);
  const database = await PostgresDatabase.open(
    place,
    use,
    clock === "own" ? around.now : null,
    around.migrated,
  );
  return await sqlLedger(database, around, place.name);
}

/** Makes a new one in a database that is there, for money or for rehearsals. */
export async function createPostgres(
  name: string,
  purpose: Purpose,
  around: Surroundings,
  clock: CountingClock,
): Promise<Ledger> {
  const place = placeOf(name);
  const id = around.newId();
  const now = clock === "own" ? around.now : null;
  const database = await PostgresDatabase.create(place, now, () => writeIdentity(id, purpose));
  return await sqlLedger(database, around, place.name);
}

export async function isInPostgres(name: string): Promise<boolean> {
  return await PostgresDatabase.exists(placeOf(name));
}

function placeOf(name: string): PostgresPlace {
  const place = postgresPlace(name);
  if (place !== null) return place;
  throw new LedgerFault("missing", `${withoutPassword(name)} is no address of a database`);
}
