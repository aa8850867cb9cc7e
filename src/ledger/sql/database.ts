import type { TableRow } from "../project.ts";

export type Value = TableRow[string];

/** One statement of SQL that every database here understands, `?` for each value. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
  /** Whether it answers with rows. */
  readonly reads: boolean;
}

/** The ledger's own clock is asked for the time: on a server, the server's. */
export const TIME = "time";

/**
 * Yields statements and receives their rows (the time as one row). Runs synchronously on SQLite, asynchronously on
 * PostgreSQL, so that one body of SQL serves both.
 */
export type SqlRoutine<Result> = Generator<Statement | typeof TIME, Result, readonly unknown[]>;

/** Where a ledger is kept. */
export interface Database {
  /** How many rows may be read at once, for as long as that lasts nobody else can commit. */
  readonly piece: number;
  /**
   * Durable when it resolves, and alone: no other process writes the ledger meanwhile. Retried if it could
   * not begin or was turned away, so `work` may run more than once.
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
