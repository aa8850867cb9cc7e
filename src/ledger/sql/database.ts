import type { TableRow } from "../project.ts";

export type Value = TableRow[string];

/** One statement of SQL that every database understands, with `?` for each value. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
  /** Whether it returns rows. */
  readonly reads: boolean;
}

/** Asks the ledger's clock for the time: on a server, the server's clock. */
export const TIME = "time";

/**
 * Yields statements and receives their rows (the time as one row). Runs synchronously on SQLite, asynchronously on
 * PostgreSQL, so that one body of SQL serves both.
 */
export type SqlRoutine<Result> = Generator<Statement | typeof TIME, Result, readonly unknown[]>;

/** The database that keeps a ledger. */
export interface Database {
  /** How many rows to read at once: nobody else can commit during a read. */
  readonly piece: number;
  /**
   * Durable when it resolves, and exclusive: no other process writes the ledger meanwhile. Retried if it could not begin
   * or was rejected, so `work` may run more than once.
   */
  transaction<Result>(work: () => SqlRoutine<Result>): Promise<Result>;
  /** Everything that `work` reads is as of one moment. */
  reading<Result>(work: () => SqlRoutine<Result>): Promise<Result>;
  close(): void;
}

export function* query(sql: string, ...values: readonly Value[]): SqlRoutine<readonly unknown[]> {
  return yield { sql, values, reads: true };
}

export function* execute(sql: string, ...values: readonly Value[]): SqlRoutine<void> {
  yield { sql, values, reads: false };
}
