import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import pg from "pg";

/** The server that all tests share. */
async function sharedPostgres(): Promise<string> {
  // Long soaks use the rest of this outside of vitest.
  const { inject } = await import("vitest");
  const socket = connect(inject("postgresPort"), "127.0.0.1");
  await once(socket, "connect");
  const url = await text(socket);
  if (url === "") throw new Error("there is no PostgreSQL for the tests: see above");
  return url;
}

export interface Database {
  readonly url: string;
  /** With whoever is still connected. */
  readonly drop: () => Promise<void>;
}

/** An empty database, on the server that all tests share or on another. */
export async function freshDatabase(server?: string): Promise<Database> {
  const home = server ?? (await sharedPostgres());
  const name = `topsheet_${randomBytes(6).toString("hex")}`;
  await told(home, `create database ${name}`);
  const url = new URL(home);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => await told(home, `drop database if exists ${name} with (force)`),
  };
}

/** Ends every connection to a database; how many there were. New ones are welcome. */
export async function cutConnections(url: string): Promise<number> {
  const cut = await rowsOf(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
  return cut.length;
}

/** What a database answers to someone who is no part of the program. */
export async function rowsOf(
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

async function told(url: string, command: string): Promise<void> {
  await rowsOf(url, command);
}
