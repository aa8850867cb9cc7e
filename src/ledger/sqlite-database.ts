import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import {
  type Database as LedgerDatabase,
  type Statement,
  type Telling,
  TIME,
  type Value,
} from "./database.ts";
import { LedgerFault, type LedgerTrouble } from "./ledger.ts";
import { APPLICATION_ID, MIGRATIONS } from "./sqlite-tables.ts";

type Connection = Database.Database;
type Prepared = Database.Statement<Value[]>;

/** A piece of work that waits for the next transaction; what it returns is called when that is durable. */
interface Waiting {
  readonly write: () => () => void;
  readonly reject: (cause: unknown) => void;
}

// A wait inside SQLite blocks the event loop, so it is short; the rest of the waiting is done outside.
const BLOCKED_MS = 20;
const PATIENCE_MS = 30_000;

/** The SQLite file under a ledger: statements, transactions, and what goes wrong with them in words. */
export class SqliteDatabase implements LedgerDatabase {
  readonly #connection: Connection;
  readonly #path: string;
  /** Which file it was when it was opened. */
  readonly #inode: string;
  readonly #now: () => number;
  readonly #statements = new Map<string, Prepared>();
  #waiting: Waiting[] = [];

  private constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#connection = connected(path);
    this.#inode = inodeOf(path);
  }

  /** Opens a ledger that is there. A reader changes nothing. */
  static async open(
    path: string,
    use: "read" | "write",
    now: () => number,
  ): Promise<SqliteDatabase> {
    if (!existsSync(path)) throw new LedgerFault("missing", `there is no ledger ${path}`);
    return await patiently(() => {
      const file = new SqliteDatabase(path, now);
      try {
        file.#prepare(path, use);
        return file;
      } catch (cause) {
        file.close();
        throw cause;
      }
    });
  }

  /**
   * Makes the file, readable by no one else; `first` writes what a ledger says of itself. It gets its name when it
   * is whole, and never the name of one that is there.
   */
  static async create(
    path: string,
    now: () => number,
    first: () => Telling<void>,
  ): Promise<SqliteDatabase> {
    const unfinished = `${path}.${process.pid}.new`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      rmSync(unfinished, { force: true });
      // Before SQLite sees it, or it would be made with everyone's rights.
      closeSync(openSync(unfinished, "wx", 0o600));
      const file = new SqliteDatabase(unfinished, now);
      try {
        // Without a log beside it: that would keep the unfinished name.
        file.#connection.exec("PRAGMA synchronous = FULL");
        file.#inTransaction(() => {
          file.#migrate(unfinished);
          file.#answered(first());
        });
      } finally {
        file.close();
      }
      // A log that outlived its ledger would be read as this one's.
      if (!existsSync(path)) for (const log of ["-wal", "-shm"]) cleared(`${path}${log}`);
      named(unfinished, path);
    } catch (cause) {
      throw faultOf(cause);
    } finally {
      cleared(unfinished);
    }
    return await SqliteDatabase.open(path, "write", now);
  }

  /**
   * Durable when it resolves. What is asked for meanwhile is written together: twenty lines at once wait for one
   * disk, not for twenty. Tried again while another process writes, so `work` may run more than once.
   */
  async transaction<Result>(work: () => Telling<Result>): Promise<Result> {
    return await new Promise<Result>((resolve, reject) => {
      const write = (): (() => void) => {
        const result = this.#answered(work());
        return () => resolve(result);
      };
      this.#waiting.push({ write, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#writeWaiting());
    });
  }

  async reading<Result>(work: () => Telling<Result>): Promise<Result> {
    return await patiently(() => {
      this.#connection.exec("BEGIN");
      try {
        return this.#answered(work());
      } finally {
        this.#connection.exec("COMMIT");
      }
    });
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  async #writeWaiting(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    try {
      const answers = await this.#together(group);
      for (const answer of answers) answer();
    } catch (cause) {
      const locked = cause instanceof LedgerFault && cause.trouble === "locked";
      if (locked || group.length === 1) {
        for (const work of group) work.reject(cause);
        return;
      }
      // One of them cannot be written: each for itself, so that only that one hears of it.
      for (const work of group) {
        await this.#together([work]).then(([answer]) => answer?.(), work.reject);
      }
    }
  }

  async #together(group: readonly Waiting[]): Promise<readonly (() => void)[]> {
    return await patiently(() => this.#inTransaction(() => group.map(({ write }) => write())));
  }

  /** A file answers at once. */
  #answered<Result>(telling: Telling<Result>): Result {
    for (let step = telling.next(); ;) {
      if (step.done === true) return step.value;
      step = telling.next(this.#answer(step.value));
    }
  }

  #answer(asked: Statement | typeof TIME): readonly unknown[] {
    if (asked === TIME) return [{ now: this.#now() }];
    const statement = this.#statement(asked.sql);
    if (asked.reads) return statement.all(...asked.values);
    statement.run(...asked.values);
    return [];
  }

  #statement(sql: string): Prepared {
    const known = this.#statements.get(sql) ?? this.#connection.prepare<Value[]>(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #inTransaction<Result>(work: () => Result): Result {
    // A file that was moved or removed is still written, and by no one read again.
    if (inodeOf(this.#path) !== this.#inode) {
      throw new LedgerFault("missing", `${this.#path} was moved or removed`);
    }
    // Immediate: one that reads first and writes later would lose to another writer in between.
    this.#connection.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#connection.exec("COMMIT");
      return result;
    } catch (cause) {
      if (this.#connection.inTransaction) this.#connection.exec("ROLLBACK");
      throw cause;
    }
  }

  #prepare(path: string, use: "read" | "write"): void {
    const application = this.#pragma("application_id");
    if (application !== APPLICATION_ID) {
      throw new LedgerFault("not-a-ledger", `${path} is not a topsheet ledger`);
    }
    const version = this.#pragma("user_version");
    if (version > MIGRATIONS.length) {
      throw new LedgerFault("newer", `${path} was written by a newer topsheet`);
    }
    if (use === "read") {
      this.#connection.exec("PRAGMA query_only = ON");
      return;
    }
    this.#connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    if (version < MIGRATIONS.length) this.#inTransaction(() => this.#migrate(path));
  }

  /** Inside a transaction, so that of two programs that open an old file only one changes it. */
  #migrate(path: string): void {
    const version = this.#pragma("user_version");
    if (version > MIGRATIONS.length) {
      throw new LedgerFault("newer", `${path} was written by a newer topsheet`);
    }
    for (const migration of MIGRATIONS.slice(version)) this.#connection.exec(migration);
    this.#connection.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`,
    );
  }

  #pragma(name: string): number {
    const value = this.#connection.prepare(`PRAGMA ${name}`).raw().all()[0];
    return Array.isArray(value) ? Number(value[0]) : 0;
  }
}

/** Below what is no folder, even the removing of nothing is an error. */
function cleared(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
  }
}

/** Gives a finished file its name unless that is taken; some file systems have no links. */
function named(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch (cause) {
    const taken = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (taken || existsSync(path)) throw cause;
    renameSync(unfinished, path);
  }
}

/** Names the file behind a path; nothing where there is none. */
function inodeOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev} ${stat.ino}`;
}

function connected(path: string): Connection {
  // The time-out first: switching to WAL takes a lock too, and fails at once without one.
  return new Database(path, { timeout: BLOCKED_MS });
}

/** Tries again while the file is locked, without blocking the program. */
async function patiently<Result>(work: () => Result): Promise<Result> {
  const until = performance.now() + PATIENCE_MS;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 50)) {
    try {
      return work();
    } catch (cause) {
      const fault = faultOf(cause);
      if (fault.trouble !== "locked" || performance.now() > until) throw fault;
    }
    await sleep(wait);
  }
}

function faultOf(cause: unknown): LedgerFault {
  if (cause instanceof LedgerFault) return cause;
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string")
    throw cause;
  return new LedgerFault(troubleOf(cause.code, cause.message), cause.message);
}

function troubleOf(code: string, message: string): LedgerTrouble {
  // For what may not be opened, the driver has words and no code.
  if (/unable to open|readonly|permission/i.test(message)) return "denied";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) return "locked";
  if (code === "SQLITE_FULL" || code === "ENOSPC") return "full";
  if (code === "EEXIST") return "there-already";
  if (code === "SQLITE_NOTADB") return "not-a-ledger";
  if (code.startsWith("SQLITE_CORRUPT")) return "damaged";
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN")) return "denied";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "denied";
  return "failed";
}
