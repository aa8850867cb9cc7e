import Database from "libsql";
import { waitUntil } from "../rig/wait-until.ts";
import type { Cleanup } from "../rig/cleanup.ts";

// Longer than any proof waits.
const FOR_EVER =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) SELECT count(*) FROM n";

/**
 * Makes whoever writes this step of this line stand still inside that very transaction until it is killed. So a kill
 * comes where no clock could place it.
 */
export class StuckWrite {
  readonly #database: Database.Database;

  constructor(cleanup: Cleanup, ledger: string, kind: string, key: string) {
    this.#database = new Database(ledger, { timeout: 0 });
    cleanup.atEnd(() => {
      this.#database.close();
    });
    this.#database.exec(
      `CREATE TRIGGER stuck_write BEFORE INSERT ON entries
        WHEN NEW.fact ->> 'kind' = '${kind}' AND '${key}' IN (
          NEW.fact ->> '$.order.key', (SELECT key FROM holds WHERE hold = NEW.hold))
        BEGIN SELECT (${FOR_EVER}); END`,
    );
  }

  /** Resolves when the ledger has been locked for about a second without a break: no other transaction takes so long. */
  async waitUntilStuck(): Promise<void> {
    let locked = 0;
    await waitUntil(
      "a transaction that stands still",
      () => {
        locked = this.#isLocked() ? locked + 1 : 0;
        return locked >= 60 ? true : null;
      },
      15,
    );
  }

  remove(): void {
    this.#database.exec("DROP TRIGGER stuck_write");
  }

  #isLocked(): boolean {
    try {
      this.#database.exec("BEGIN IMMEDIATE; ROLLBACK");
      return false;
    } catch {
      return true;
    }
  }
}
