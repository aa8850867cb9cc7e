/** Where a ledger is on a server: the database, and the schema that belongs to the ledger. */
export interface PostgresPlace {
  /** With the password, for the driver. */
  readonly url: string;
  readonly schema: string;
  /** Without the password, for people. */
  readonly name: string;
}

const SCHEMA = "topsheet";

/** Returns whether a ledger's name is a server's address and not a file's path. */
export function isPostgres(name: string): boolean {
  return /^\s*postgres(ql)?:/i.test(name);
}

/** Returns a ledger's name without its password; returns a file's name unchanged. */
export function hidePassword(name: string): string {
  if (!isPostgres(name)) return name;
  if (!URL.canParse(name)) return "the PostgreSQL ledger";
  const url = new URL(name);
  // A password with an unescaped slash is parsed as a part of the path.
  if (`${url.pathname}${url.hash}`.includes("@")) return "the PostgreSQL ledger";
  url.password = "";
  // The driver takes a password here too.
  url.searchParams.delete("password");
  return url.href;
}

/** `postgres://user@host/database?schema=NAME`; without a schema, `topsheet`. Returns null for any other text. */
export function parsePostgresUrl(name: string): PostgresPlace | null {
  if (!URL.canParse(name)) return null;
  const url = new URL(name);
  const schema = url.searchParams.get("schema") ?? SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema)) return null;
  url.searchParams.delete("schema");
  return { url: url.href, schema, name: hidePassword(name) };
}
