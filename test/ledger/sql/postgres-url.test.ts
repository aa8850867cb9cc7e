import { expect, test } from "vitest";
import { isPostgres, parsePostgresUrl, hidePassword } from "../../../src/ledger/postgres-url.ts";

test.for([
  ["postgres://ada:geheim@db.studio:5433/films", "postgres://ada@db.studio:5433/films"],
  [
    "postgresql://ada:ge%40heim@db/films?sslmode=require",
    "postgresql://ada@db/films?sslmode=require",
  ],
  ["postgres://ada@db/films?password=geheim&schema=b", "postgres://ada@db/films?schema=b"],
  ["postgres://db/films", "postgres://db/films"],
  ["postgres://ada:geheim@[broken", "the PostgreSQL ledger"],
  ["postgres://u:12/34@db/films", "the PostgreSQL ledger"],
  [" Postgres://ada:geheim@db/films", "postgres://ada@db/films"],
  ["films/ledger.sqlite", "films/ledger.sqlite"],
  ["postgres.sqlite", "postgres.sqlite"],
] as const)("%s is shown as %s", ([name, shown]) => {
  expect(hidePassword(name)).toBe(shown);
});

test.for([
  ["postgres://ada:pw@db/films", "postgres://ada:pw@db/films", "topsheet"],
  ["postgres://db/films?schema=b_2&sslmode=require", "postgres://db/films?sslmode=require", "b_2"],
] as const)("%s is %s, schema %s", ([name, url, schema]) => {
  expect(parsePostgresUrl(name)).toEqual({ url, schema, name: hidePassword(name) });
});

test.for(["UPPER", "a-b", "a b", 'a"', "", "1a", "a;drop", "x".repeat(52)])(
  "refuses the schema %j",
  (schema) => {
    expect(parsePostgresUrl(`postgres://db/films?schema=${encodeURIComponent(schema)}`)).toBeNull();
  },
);

test("accepts only an address of PostgreSQL", () => {
  const names = ["postgres://x", "postgresql://x/y", "POSTGRES://x", "postgres:/x", "./postgres:"];
  expect(names.map(isPostgres)).toEqual([true, true, true, true, false]);
});
