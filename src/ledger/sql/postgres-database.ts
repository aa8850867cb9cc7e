import pg from "pg";
import { errorCode } from "../../diagnostics/errors.ts";
import { LedgerFault, type LedgerTrouble, makeOutOfDateFault } from "../fault.ts";
import { POSTGRES_MIGRATIONS } from "./tables.ts";
import type { PostgresPlace } from "../postgres-url.ts";
import { type Database, type Statement, type SqlRoutine, TIME } from "./database.ts";
import { timeRow } from "./rows.ts";
import { retryWhile, type Write, WriteQueue } from "./write-queue.ts";

/** The clock by which the ledger counts, in milliseconds UTC; null for the server's own. */
type OwnClock = (() => number) | null;

const CONNECT_MS = 10_000;
/** A network that drops what is sent must not keep a line waiting for ever. */
const ANSWER_MS = 60_000;
// While a group is written, no other process can write.
const MOST_TOGETHER = 20;

const CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

/** A schema on a PostgreSQL server: runs transactions one after the other, and explains their faults. */
export class PostgresDatabase implements Database {
  /** Readers block nobody here, and each piece is a round trip. */
  readonly piece = Number.MAX_SAFE_INTEGER;
  readonly #pool: pg.Pool;
  readonly #place: PostgresPlace;
  readonly #use: "read" | "write";
  readonly #clock: OwnClock;
  readonly #numbered = new Map<string, string>();
  readonly #writes = new WriteQueue(async (take) => await this.#commit(take()), MOST_TOGETHER);
  #closed = false;

  private constructor(place: PostgresPlace, use: "read" | "write", clock: OwnClock) {
    this.#place = place;
    this.#use = use;
    this.#clock = clock;
    this.#pool = new pg.Pool({
      connectionString: place.url,
      application_name: "topsheet",
      max: 3,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      types: { getTypeParser: typeParser },
    });
    // An idle connection that ends is replaced when needed; without a listener, its error would end the program.
    this.#pool.on("error", () => undefined);
  }

  /** Opens an existing ledger; one of an older topsheet is migrated, even for reading. */
  static async open(
    place: PostgresPlace,
    use: "read" | "write",
    clock: OwnClock,
    onMigrated: () => void = () => undefined,
  ): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(place, use, clock);
    try {
      const version = await database.#version();
      if (version === null) throw new LedgerFault("missing", `there is no ledger ${place.name}`);
      if (version < POSTGRES_MIGRATIONS.length && (await database.#bringUpToDate())) onMigrated();
      return database;
    } catch (cause) {
      database.close();
      throw toPostgresFault(cause);
    }
  }

  /** Migrates the schema. Returns whether this program did. */
  async #bringUpToDate(): Promise<boolean> {
    try {
      return await this.#migrate(null);
    } catch (cause) {
      const fault = toPostgresFault(cause);
      throw fault.trouble === "denied" ? makeOutOfDateFault(fault.message) : fault;
    }
  }

  static async exists(place: PostgresPlace): Promise<boolean> {
    const database = new PostgresDatabase(place, "read", null);
    try {
      return (await database.#version()) !== null;
    } catch (cause) {
      throw toPostgresFault(cause);
    } finally {
      database.close();
    }
  }

  /** Creates the ledger's schema; `first` writes the ledger's identity. */
  static async create(
    place: PostgresPlace,
    clock: OwnClock,
    first: () => SqlRoutine<void>,
  ): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(place, "write", clock);
    try {
      await database.#migrate(first);
      return database;
    } catch (cause) {
      database.close();
      throw toPostgresFault(cause);
    }
  }

  async transaction<Result>(work: () => SqlRoutine<Result>): Promise<Result> {
    if (this.#use === "read") throw new LedgerFault("denied", "it was opened for reading");
    return await this.#writes.add(work);
  }

  async reading<Result>(work: () => SqlRoutine<Result>): Promise<Result> {
    return await retryWhile(AWAY, async () => {
      const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
      return await this.#withConnection(`${begin}; ${this.#settings()}`, async (client) => {
        const result = await this.#runRoutine(client, work(), null);
        await client.query("COMMIT");
        return result;
      });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pool.end().catch(() => undefined);
  }

  async #commit(group: readonly Write[]): Promise<readonly (() => void)[]> {
    let committing = false;
    const passes = (fault: LedgerFault): boolean => !committing && AWAY.passes(fault);
    try {
      return await retryWhile({ ...AWAY, passes }, async () => {
        const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; ${this.#settings()}; ${SYNC_COMMITS}; ${LOCK_LEDGER}; ${CLOCK}`;
        return await this.#withConnection(begin, async (client, now) => {
          const answers: (() => void)[] = [];
          for (const write of group) answers.push(await this.#runRoutine(client, write(), now));
          committing = true;
          await client.query("COMMIT");
          return answers;
        });
      });
    } catch (cause) {
      if (!committing || !(cause instanceof LedgerFault)) throw cause;
      // Nobody can tell whether the server has kept it: the caller has to look.
      throw new LedgerFault("unreachable", `${cause.message}; it may have been written`);
    }
  }

  #settings(): string {
    return `SET LOCAL search_path TO ${this.#place.schema}; SET LOCAL lock_timeout TO '30s'; SET LOCAL idle_in_transaction_session_timeout TO '15s'`;
  }

  /** Works with a connection inside a transaction; a connection on which something failed is not used again. */
  async #withConnection<Result>(
    begin: string,
    work: (client: pg.PoolClient, now: number | null) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#pool.connect();
    const lost = (): void => undefined;
    client.on("error", lost);
    let broken = true;
    try {
      const answers: unknown = await client.query(begin);
      const result = await work(client, readAnsweredTime(answers));
      broken = false;
      return result;
    } finally {
      client.off("error", lost);
      client.release(broken);
    }
  }

  async #runRoutine<Result>(
    client: pg.PoolClient,
    routine: SqlRoutine<Result>,
    now: number | null,
  ): Promise<Result> {
    for (let step = routine.next(); ;) {
      if (step.done === true) return step.value;
      step = routine.next(await this.#answer(client, step.value, now));
    }
  }

  async #answer(
    client: pg.PoolClient,
    statement: Statement | typeof TIME,
    now: number | null,
  ): Promise<readonly unknown[]> {
    if (statement === TIME) {
      if (this.#clock !== null) return [{ now: this.#clock() }];
      return now === null ? (await client.query<object>(CLOCK)).rows : [{ now }];
    }
    const text = this.#numbered.get(statement.sql) ?? numberParameters(statement.sql);
    this.#numbered.set(statement.sql, text);
    return (await client.query<object>(text, [...statement.values])).rows;
  }

  /** Returns how many migrations the ledger has; null if there is no ledger. */
  async #version(): Promise<number | null> {
    const { schema, name } = this.#place;
    const there = await this.#pool.query<{ about: string | null }>(
      "SELECT to_regclass($1) AS about",
      [`${schema}.about`],
    );
    if ((there.rows[0]?.about ?? null) === null) return null;
    const sql = `SELECT value FROM ${schema}.about WHERE name = 'version'`;
    const found = await this.#pool.query<{ value: string }>(sql);
    const version = Number(found.rows[0]?.value);
    if (!Number.isSafeInteger(version)) {
      throw new LedgerFault("not-a-ledger", `${name} is not a topsheet ledger`);
    }
    if (version > POSTGRES_MIGRATIONS.length) {
      throw new LedgerFault("newer", `${name} was written by a newer topsheet`);
    }
    return version;
  }

  /**
   * Migrates the schema, or creates it if `first` is given. Returns whether there was something to do. Of two programs
   * at once, one does it and the other finds it done.
   */
  async #migrate(first: (() => SqlRoutine<void>) | null): Promise<boolean> {
    const { schema, name } = this.#place;
    const alone = `SELECT pg_advisory_xact_lock(hashtext('topsheet'), hashtext('${schema}'))`;
    return await this.#withConnection(`BEGIN; ${alone}; ${SYNC_COMMITS}`, async (client) => {
      const version = await this.#version();
      if (version !== null && first !== null) {
        throw new LedgerFault("there-already", `${name} already exists`);
      }
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; ${this.#settings()}`);
      for (const migration of POSTGRES_MIGRATIONS.slice(version ?? 0))
        await client.query(migration);
      const sql =
        "INSERT INTO about (name, value) VALUES ('version', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
      await client.query(sql, [`${POSTGRES_MIGRATIONS.length}`]);
      if (first !== null) await this.#runRoutine(client, first(), null);
      await client.query("COMMIT");
      return (version ?? 0) < POSTGRES_MIGRATIONS.length;
    });
  }
}

// One writer at a time, as in a file: whoever locks this row sees everything written before, and no one writes meanwhile.
const LOCK_LEDGER = "SELECT value FROM about WHERE name = 'id' FOR UPDATE";

// If the server is configured to be less durable, this transaction asks for more.
const SYNC_COMMITS = `SELECT set_config('synchronous_commit', 'on', true)
  WHERE current_setting('synchronous_commit') IN ('off', 'local')`;

/** The driver returns int8 as text, since it may be wider than a number; ours is not. */
const INT8 = 20;

function typeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  if (oid === INT8) return Number;
  return format === "binary" ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid);
}

/** Returns the time if the last of several answers has it. */
function readAnsweredTime(answers: unknown): number | null {
  const last: unknown = Array.isArray(answers) ? answers.at(-1) : answers;
  if (!(typeof last === "object" && last !== null && "rows" in last)) return null;
  const [row]: unknown[] = Array.isArray(last.rows) ? last.rows : [];
  return timeRow.safeParse(row).data ?? null;
}

/** Turns each `?` into `$1`, `$2`, …; none of our statements has one inside quotes. */
function numberParameters(sql: string): string {
  let count = 0;
  return sql.replaceAll("?", () => `$${(count += 1)}`);
}

// A server that is restarted, or fails over to another, is back in half a minute; a lease is twice as long.
const AWAY = {
  toFault: toPostgresFault,
  passes: ({ trouble }: LedgerFault): boolean => trouble === "unreachable" || trouble === "locked",
  first: 50,
  most: 1_000,
};

/** Converts a fault of the server, the connection or the ledger in it; rethrows our own mistakes. */
export function toPostgresFault(cause: unknown): LedgerFault {
  if (cause instanceof LedgerFault) return cause;
  if (!(cause instanceof Error)) throw cause;
  const trouble = classifyPostgresError(errorCode(cause), cause.message);
  if (trouble === null) throw cause;
  return new LedgerFault(trouble, describeError(cause));
}

/** If a name has several addresses, the driver's own message is empty. */
function describeError(cause: Error): string {
  if (cause.message !== "") return cause.message;
  const [first]: unknown[] = cause instanceof AggregateError ? cause.errors : [];
  return first instanceof Error ? first.message : "no answer";
}

const BY_CODE: readonly (readonly [RegExp, LedgerTrouble])[] = [
  [/^(3D000|3F000|42P01)$/, "missing"],
  [/^(42501|25006|28...)$/, "denied"],
  [/^53100$/, "full"],
  [/^(55P03|40001|40P01|57014)$/, "locked"],
  [/^(08...|57P0.|53[034]00|25P0[34])$/, "unreachable"],
  [/^XX00[12]$/, "damaged"],
  // Any other SQLSTATE of the server.
  [/^[0-9A-Z]{5}$/, "failed"],
  [/^(E[A-Z_]+|CERT_[A-Z_]+|[A-Z_]+_CERT[A-Z_]*|ERR_(TLS|SSL)[A-Z_]*)$/, "unreachable"],
];

function classifyPostgresError(code: string, message: string): LedgerTrouble | null {
  const known = BY_CODE.find(([pattern]) => pattern.test(code));
  if (known !== undefined) return known[1];
  const lost = /connection|timeout|terminated|SSL|SASL|password|socket/i;
  return code === "" && lost.test(message) ? "unreachable" : null;
}
