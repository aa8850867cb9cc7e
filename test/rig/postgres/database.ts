import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import pg from "pg";

/** Returns the URL of the server that all tests share. */
async function sharedPostgres(): Promise<string> {
  // Soaks use the rest of this file outside of vitest.
  const { inject } = await import("vitest");
  const socket = connect(inject("postgresPort"), "127.0.0.1");
  await once(socket, "connect");
  const url = await text(socket);
  if (url === "") throw new Error("there is no PostgreSQL for the tests: see above");
  return url;
}

export interface Database {
  readonly url: string;
  /** Drops it even if someone is still connected. */
  readonly drop: () => Promise<void>;
}

/** Creates an empty database on the server that all tests share, or on another. */
export async function freshDatabase(server?: string): Promise<Database> {
  const home = server ?? (await sharedPostgres());
  const name = `topsheet_${randomBytes(6).toString("hex")}`;
  await queryRows(home, `create database ${name}`);
  const url = new URL(home);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await queryRows(home, `drop database if exists ${name} with (force)`)),
  };
}

/** Ends every connection to a database and returns how many there were. New ones are accepted. */
export async function cutConnections(url: string): Promise<number> {
  const cut = await queryRows(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return cut.length;
}

/** Sends a query from outside the program. */
export async function queryRows(
  url: string,
  question: string,
  values: readonly unknown[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(question, [...values])).rows;
  } finally {
    await client.end();
  }
}
