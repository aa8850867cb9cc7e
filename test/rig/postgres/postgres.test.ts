import { expect, onTestFinished, test } from "vitest";
import { cutConnections, freshDatabase, rowsOf } from "./database.ts";
import { startPostgres } from "./server.ts";
import pg from "pg";

// The rig itself: what the proofs on PostgreSQL stand on.

test("each test has an empty database of its own, and leaves none", async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  await rowsOf(one.url, "create table shots (key text)");
  const seen = "select count(*)::int as tables from pg_tables where schemaname = 'public'";
  expect(await rowsOf(one.url, seen)).toEqual([{ tables: 1 }]);
  expect(await rowsOf(other.url, seen)).toEqual([{ tables: 0 }]);
  expect(await rowsOf(one.url, "show fsync")).toEqual([{ fsync: "off" }]);
  await Promise.all([one.drop(), other.drop()]);
  await expect(rowsOf(one.url, seen)).rejects.toThrow("does not exist");
});

test("connections can be cut, and come back", async () => {
  const { url, drop } = await freshDatabase();
  onTestFinished(drop);
  const client = new pg.Client({ connectionString: url });
  const cut = new Promise((resolve) => client.on("error", resolve));
  await client.connect();
  expect(await cutConnections(url)).toBe(1);
  expect(String(await cut)).toContain("terminat");
  expect(await rowsOf(url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a server of one's own stops, crashes and starts in the middle, and loses nothing", async () => {
  const server = await startPostgres();
  onTestFinished(server.remove);
  const { url } = await freshDatabase(server.url);
  expect(await rowsOf(url, "show fsync")).toEqual([{ fsync: "on" }]);
  await rowsOf(url, "create table shots (key text)");
  for (const down of [server.stop, server.crash]) {
    await rowsOf(url, "insert into shots values ('a')");
    await down();
    await expect(rowsOf(url, "select 1")).rejects.toThrow("ECONNREFUSED");
    await server.start();
  }
  expect(await rowsOf(url, "select count(*)::int as shots from shots")).toEqual([{ shots: 2 }]);
});
