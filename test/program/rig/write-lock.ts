import { setImmediate } from "node:timers/promises";
import Database from "libsql";
import * as z from "zod";
import type { Cleanup } from "./cleanup.ts";

const counted = z.object({ many: z.int() });

/** Holds the ledger's write lock: while it is closed, every program waits to write, alive and awake. */
export class WriteLock {
  readonly #database: Database.Database;

  constructor(cleanup: Cleanup, ledger: string) {
    // It does not wait inside SQLite: whoever asks again and again at once comes in between two transactions.
    this.#database = new Database(ledger, { timeout: 0 });
    cleanup.atEnd(() => {
      this.#database.close();
    });
    this.#close();
  }

  open(): void {
    this.#database.exec("ROLLBACK");
  }

  /** Lets someone write one entry of this kind, and closes again behind it. */
  async letThrough(kind: string): Promise<void> {
    const before = this.#many(kind);
    while (this.#many(kind) === before) {
      // The simulator answers from this process.
      await setImmediate();
      this.open();
      for (const gap = performance.now() + 0.2; performance.now() < gap;);
      this.#close();
    }
  }

  #close(): void {
    const deadline = performance.now() + 10_000;
    for (;;) {
      try {
        this.#database.exec("BEGIN IMMEDIATE");
        return;
      } catch (cause) {
        if (performance.now() > deadline) throw cause;
      }
    }
  }

  #many(kind: string): number {
    const sql = "SELECT count(*) AS many FROM entries WHERE fact ->> 'kind' = ?";
    return counted.parse(this.#database.prepare(sql).get(kind)).many;
  }
}
