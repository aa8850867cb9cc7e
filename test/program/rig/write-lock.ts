import Database from "libsql";
import type { Cleanup } from "./cleanup.ts";

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

  #close(): void {
    const deadline = performance.now() + 120_000;
    for (;;) {
      try {
        this.#database.exec("BEGIN IMMEDIATE");
        return;
      } catch (cause) {
        if (performance.now() > deadline) throw cause;
      }
    }
  }
}
