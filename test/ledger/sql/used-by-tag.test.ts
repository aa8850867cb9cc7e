import { NO_CAPS } from "../../../src/budget/caps.ts";
import { onTestFinished, expect, test } from "vitest";
import type { Database } from "../../../src/ledger/sql/database.ts";
import { PostgresDatabase } from "../../../src/ledger/sql/postgres-database.ts";
import * as reads from "../../../src/ledger/sql/reads.ts";
import { SqliteDatabase } from "../../../src/ledger/sql/sqlite.ts";
import { parsePostgresUrl } from "../../../src/ledger/postgres-url.ts";
import { postgres } from "../rig/postgres-ledgers.ts";
import { Bench, type Database as Places, order, step, usd } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

async function openPostgresDatabase(name: string): Promise<Database> {
  const place = parsePostgresUrl(name);
  if (place === null) throw new Error(`${name} is no address`);
  return await PostgresDatabase.open(place, "read", null);
}

const DATABASES: readonly (readonly [string, Places, (place: string) => Promise<Database>])[] = [
  ["a file", sqlite, async (path) => await SqliteDatabase.open(path, "read", Date.now)],
  ["PostgreSQL", postgres(), openPostgresDatabase],
];

test.for(DATABASES)("%s sums what is spent and held by tag", async ([, places, open]) => {
  let place = "";
  const remembered = async (): Promise<string> => (place = await places.place());
  const bench = await Bench.create({ ...places, place: remembered });
  await bench.makeHold(order("a", { tags: ["wide", "night", "wide"] }), "settled");
  await bench.reserve(order("b", { tags: ["night", 'a "b", [c]'], cost: usd(2) }));
  await bench.reserve(order("c", { tags: ["Wide"], cost: usd(4) }));
  await bench.reserve(order("d", { cost: usd(8) }));
  const refunded = await bench.makeHold(order("e", { tags: ["wide"] }), "settled");
  await bench.advance(refunded.id, step.charge("none"));
  await bench.ledger.agree("other", { timezone: "UTC", caps: NO_CAPS, approval: "optional" });
  const other = await bench.ledger.startRun({ campaign: "other", account: null, limits: [] });
  await bench.reserve(order("a", { campaign: "other", tags: ["wide"] }), other);
  const database = await open(place);
  onTestFinished(() => database.close());
  const caps = ["wide", "night", 'a "b", [c]', "Wide", "none", ""].map((name) => ({
    counts: { by: "tag", name } as const,
    from: null,
  }));
  const used = await database.reading(() => reads.selectUsed("Film", caps));
  expect(used.map(({ spent, held }) => [spent, held])).toEqual([
    [usd(1), 0],
    [usd(1), usd(2)],
    [0, usd(2)],
    [0, usd(4)],
    [0, 0],
    [0, 0],
  ]);
});
