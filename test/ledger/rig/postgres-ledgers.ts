import { afterAll, onTestFinished } from "vitest";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { createPostgres, openPostgres } from "../../../src/ledger/sql/postgres.ts";
import { freshDatabase } from "../../rig/postgres/database.ts";
import type { Database } from "./test-ledger.ts";

// Each has a few connections, of which a server has a hundred.
const MOST_OPEN = 25;
const open: Ledger[] = [];

function closedAfterwards(ledger: Ledger): Ledger {
  open.push(ledger);
  if (open.length > MOST_OPEN) open.shift()?.close();
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Ledgers in schemas of one database, which belongs to one test file. */
export function postgres(): Database {
  let database: ReturnType<typeof freshDatabase> | null = null;
  let schemas = 0;
  // Hundreds of schemas, each with its files.
  afterAll(async () => await (await database)?.drop());
  return {
    share: 0.1,
    place: async () => {
      database ??= freshDatabase();
      const url = new URL((await database).url);
      url.searchParams.set("schema", `ledger_${(schemas += 1)}`);
      return url.href;
    },
    create: async (place, purpose, environment) =>
      closedAfterwards(await createPostgres(place, purpose, environment)),
    open: async (place, use, environment) =>
      closedAfterwards(await openPostgres(place, use, environment)),
  };
}
