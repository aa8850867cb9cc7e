import { expect, onTestFinished, test } from "vitest";
import { cutConnections, freshDatabase, queryRows } from "./database.ts";
import { startPostgres } from "./server.ts";
import pg from "pg";

// Tests the rig that the tests on PostgreSQL rely on.

test("gives each test an empty database of its own, and drops it", async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  await queryRows(one.url, "create table shots (key text)");
  const seen = "select count(*)::int as tables from pg_tables where schemaname = 'public'";
  expect(await queryRows(one.url, seen)).toEqual([{ tables: 1 }]);
  expect(await queryRows(other.url, seen)).toEqual([{ tables: 0 }]);
  expect(await queryRows(one.url, "show fsync")).toEqual([{ fsync: "off" }]);
  await Promise.all([one.drop(), other.drop()]);
  await expect(queryRows(one.url, seen)).rejects.toThrow("does not exist");
});

test("cuts connections, and accepts new ones", async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const client = new pg.Client({ connectionString: url });
  const cut = new Promise((resolve) => client.on("error", resolve));
  await client.connect();
  expect(await cutConnections(url)).toBe(1);
  expect(String(await cut)).toContain("terminat");
  expect(await queryRows(url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("loses nothing when a server of one's own stops or crashes, and starts again", async () => {
  const server = await startPostgres();
  onTestFinished(server.remove);
  const { url } = await freshDatabase(server.url);
  expect(await queryRows(url, "show fsync")).toEqual([{ fsync: "on" }]);
  await queryRows(url, "create table shots (key text)");
  for (const down of [server.stop, server.crash]) {
    await queryRows(url, "insert into shots values ('a')");
    await down();
    await expect(queryRows(url, "select 1")).rejects.toThrow("ECONNREFUSED");
    await server.start();
  }
  expect(await queryRows(url, "select count(*)::int as shots from shots")).toEqual([{ shots: 2 }]);
});
