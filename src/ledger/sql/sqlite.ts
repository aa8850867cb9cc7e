import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { LedgerFault } from "../fault.ts";
import type { Ledger, Purpose, LedgerEnvironment } from "../ledger.ts";
import {
  type Database as LedgerDatabase,
  type Statement,
  type SqlRoutine,
  TIME,
  type Value,
} from "./database.ts";
import { openSqlLedger, writeIdentity } from "./sql-ledger.ts";
import * as files from "./sqlite-file.ts";
import { APPLICATION_ID, SQLITE_MIGRATIONS } from "./tables.ts";
import { retryWhile, type Write, WriteQueue } from "./write-queue.ts";

type Connection = Database.Database;
type Prepared = Database.Statement<Value[]>;

// A wait inside SQLite blocks the event loop, so it is short; the rest of the waiting is done outside.
const BLOCKED_MS = 20;
const LOCKED = {
  toFault: files.toSqliteFault,
  passes: ({ trouble }: LedgerFault): boolean => trouble === "locked",
  first: 2,
  most: 50,
};

// The file alone has every committed entry: a log beside it (WAL) is what people leave behind when they copy. Of the
// rollback journals that are as durable, this one is emptied and synced at each commit. Measured against WAL, a commit
// of two rows takes × 3.0 to 4.4, DELETE (which is durable only with synchronous EXTRA) × 3.9 to 5.6, PERSIST × 3.2 to
// 3.7, with a journal full of old pages beside the ledger at all times. The cache never spills, so nothing of a commit
// is in the file before its journal has the first page, by which sqlite-file.ts tells whose journal it is.
const DURABLE =
  "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA cache_spill = OFF";

// Takes 1 to 8 ms beside 15 busy processes on two cores, checks of each row included; a thousand take 50 to 100.
const PIECE = 200;

/** How many connections of this process each file has, by its `fileIdentity`. */
const openFiles = new Map<string, number>();

/** SQLite's own name for a database without a file. */
const BLANK = ":memory:";

/** The SQLite file under a ledger: runs statements and transactions, and explains their faults. */
export class SqliteDatabase implements LedgerDatabase {
  readonly piece = PIECE;
  readonly #connection: Connection;
  readonly #path: string;
  /** The identity of the file when it was opened. */
  readonly #inode: string;
  readonly #now: () => number;
  readonly #statements = new Map<string, Prepared>();
  readonly #writes = new WriteQueue(async (take) => await this.#commit(take), Infinity);
  #closed = false;

  /** `file`: what the path leads to, for SQLite does not name a journal after a link. */
  private constructor(path: string, file: string, now: LedgerEnvironment["now"]) {
    this.#path = path;
    this.#now = now ?? Date.now;
    // The time-out comes first: whatever else it is asked may take a lock.
    this.#connection = new Database(file, { timeout: BLOCKED_MS });
    this.#inode = files.fileIdentity(file);
    if (file !== BLANK) openFiles.set(this.#inode, (openFiles.get(this.#inode) ?? 0) + 1);
  }

  /** Creates a ledger in memory: it has only what `first` writes, and nothing can be reserved. */
  static blank(now: LedgerEnvironment["now"], first: () => SqlRoutine<void>): SqliteDatabase {
    const database = new SqliteDatabase(BLANK, BLANK, now);
    database.#connection.exec("BEGIN");
    database.#migrate();
    database.#runRoutine(first());
    // A purchase under it would be forgotten when the program ends.
    database.#connection.exec(
      "CREATE TRIGGER blank BEFORE INSERT ON holds BEGIN SELECT RAISE(ABORT, 'the ledger does not exist yet'); END; COMMIT",
    );
    return database;
  }

  /**
   * Opens an existing ledger. One of an older topsheet is migrated, even for reading, and `onMigrated` is called; a
   * reader changes nothing else.
   */
  static async open(
    path: string,
    use: "read" | "write",
    now: LedgerEnvironment["now"],
    onMigrated: () => void = () => undefined,
  ): Promise<SqliteDatabase> {
    return await retryWhile(LOCKED, async () => {
      const file = files.resolveFile(path);
      if (use === "write") files.refuseUnwritable(file);
      if (!openFiles.has(files.fileIdentity(file))) files.inspectLedger(file);
      const database = new SqliteDatabase(path, file, now);
      try {
        if (await database.#bringUpToDate(file)) onMigrated();
        database.#connection.exec(use === "read" ? "PRAGMA query_only = ON" : DURABLE);
        return database;
      } catch (cause) {
        database.close();
        throw cause;
      }
    });
  }

  /**
   * Creates the file, readable only by its owner; `first` writes the ledger's identity. It gets its name when it is
   * complete, and never the name of an existing file, nor one beside which something is left over.
   */
  static async create(
    path: string,
    now: LedgerEnvironment["now"],
    first: () => SqlRoutine<void>,
  ): Promise<SqliteDatabase> {
    const unfinished = `${path}.${process.pid}${files.UNFINISHED}`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      files.refuseLeftovers(path);
      rmSync(unfinished, { force: true });
      // SQLite would create it readable by everyone.
      closeSync(openSync(unfinished, "wx", 0o600));
      const file = new SqliteDatabase(unfinished, unfinished, now);
      try {
        // Needs no journal beside it, which would have the unfinished name.
        file.#connection.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL; BEGIN");
        file.#migrate();
        file.#runRoutine(first());
        file.#connection.exec("COMMIT");
      } finally {
        file.close();
      }
      files.nameFile(unfinished, path);
    } catch (cause) {
      throw files.toSqliteFault(cause);
    } finally {
      files.removeQuietly(unfinished);
    }
    return await SqliteDatabase.open(path, "write", now);
  }

  async transaction<Result>(work: () => SqlRoutine<Result>): Promise<Result> {
    return await this.#writes.add(work);
  }

  async reading<Result>(work: () => SqlRoutine<Result>): Promise<Result> {
    return await retryWhile(LOCKED, () => {
      // Nothing is read before it is committed; a commit waits for readers of other connections.
      if (this.#connection.inTransaction) throw new LedgerFault("locked", "it is being written");
      this.#connection.exec("BEGIN");
      try {
        return this.#runRoutine(work());
      } finally {
        this.#connection.exec("COMMIT");
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    // The driver ends a connection only when its statements are gone: until then a transaction would stay open.
    if (this.#connection.inTransaction) this.#connection.exec("ROLLBACK");
    try {
      // Removes the empty journal, unless another process is writing.
      this.#connection.exec("PRAGMA journal_mode = DELETE");
    } catch (cause) {
      files.toSqliteFault(cause);
    }
    this.#connection.close();
    const others = (openFiles.get(this.#inode) ?? 1) - 1;
    if (others > 0) openFiles.set(this.#inode, others);
    else openFiles.delete(this.#inode);
  }

  async #commit(take: () => readonly Write[]): Promise<readonly (() => void)[]> {
    await retryWhile(LOCKED, () => this.#begin());
    try {
      const answers = take().map((write) => this.#runRoutine(write()));
      // Waits for current readers and admits no new ones: to begin again would admit them.
      await retryWhile(LOCKED, () => this.#connection.exec("COMMIT"));
      return answers;
    } catch (cause) {
      if (this.#connection.inTransaction) this.#connection.exec("ROLLBACK");
      const fault = files.toSqliteFault(cause);
      if (fault.trouble === "denied") files.refuseUnwritable(this.#path);
      throw fault;
    }
  }

  /** Runs a routine synchronously: a file answers at once. */
  #runRoutine<Result>(routine: SqlRoutine<Result>): Result {
    for (let step = routine.next(); ;) {
      if (step.done === true) return step.value;
      step = routine.next(this.#answer(step.value));
    }
  }

  #answer(statement: Statement | typeof TIME): readonly unknown[] {
    if (statement === TIME) return [{ now: this.#now() }];
    const prepared = this.#prepare(statement.sql);
    if (statement.reads) return prepared.all(...statement.values);
    prepared.run(...statement.values);
    return [];
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql) ?? this.#connection.prepare<Value[]>(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #begin(): void {
    // A file that was moved or removed could still be written, and nobody would read it again.
    if (files.fileIdentity(this.#path) !== this.#inode) {
      throw new LedgerFault("missing", `${this.#path} was moved or removed`);
    }
    files.refuseSecondName(this.#path);
    // Immediate: a transaction that reads first and writes later would lose to another writer in between.
    this.#connection.exec("BEGIN IMMEDIATE");
  }

  /** Migrates the file. Returns whether this program did: of two that open an old ledger, one does. */
  async #bringUpToDate(file: string): Promise<boolean> {
    if (this.#version() === SQLITE_MIGRATIONS.length) return false;
    files.refuseOutOfDate(file);
    this.#connection.exec(DURABLE);
    this.#begin();
    try {
      const before = this.#version();
      this.#migrate();
      await retryWhile(LOCKED, () => this.#connection.exec("COMMIT"));
      return before < SQLITE_MIGRATIONS.length;
    } catch (cause) {
      if (this.#connection.inTransaction) this.#connection.exec("ROLLBACK");
      throw cause;
    }
  }

  #migrate(): void {
    for (const migration of SQLITE_MIGRATIONS.slice(this.#version()))
      this.#connection.exec(migration);
    this.#connection.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SQLITE_MIGRATIONS.length}`,
    );
  }

  /** Returns how many migrations it has. */
  #version(): number {
    const version = Number(this.#pragma("user_version"));
    if (version <= SQLITE_MIGRATIONS.length) return version;
    throw new LedgerFault("newer", `${this.#path} was written by a newer topsheet`);
  }

  #pragma(name: string): unknown {
    const row: unknown = this.#connection.prepare(`PRAGMA ${name}`).raw().all()[0];
    return Array.isArray(row) ? row[0] : undefined;
  }
}

/** Opens a ledger in one SQLite file, for all processes of a machine. */
export async function openSqlite(
  path: string,
  use: "read" | "write",
  environment: LedgerEnvironment,
): Promise<Ledger> {
  const database = await SqliteDatabase.open(path, use, environment.now, environment.onMigrated);
  return await openSqlLedger(database, environment, path);
}

/** Creates a ledger in a file, for real purchases or for rehearsals. */
export async function createSqlite(
  path: string,
  purpose: Purpose,
  environment: LedgerEnvironment,
): Promise<Ledger> {
  const id = environment.newId();
  const database = await SqliteDatabase.create(path, environment.now, () =>
    writeIdentity(id, purpose),
  );
  return await openSqlLedger(database, environment, path);
}

/** Opens a stand-in for a ledger that does not exist yet: in memory, and unable to reserve anything. */
export async function openBlankLedger(environment: LedgerEnvironment): Promise<Ledger> {
  const id = environment.newId();
  const database = SqliteDatabase.blank(environment.now, () => writeIdentity(id, "real"));
  return await openSqlLedger(database, environment, BLANK);
}
