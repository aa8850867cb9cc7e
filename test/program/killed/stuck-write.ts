import Database from "libsql";
import { until } from "../rig/wait-until.ts";
import type { Yard } from "../rig/cleanup.ts";

// Longer than any proof waits.
const FOR_EVER =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) SELECT count(*) FROM n";

/**
 * A spell on a ledger: whoever writes this step of this line stands still inside that very transaction, until it is
 * killed. So a kill comes where no clock could place it.
 */
export class Frost {
  readonly #database: Database.Database;

  constructor(yard: Yard, ledger: string, kind: string, key: string) {
    this.#database = new Database(ledger, { timeout: 0 });
    yard.atEnd(() => {
      this.#database.close();
    });
    this.#database.exec(
      `CREATE TRIGGER frost BEFORE INSERT ON entries
        WHEN NEW.fact ->> 'kind' = '${kind}' AND '${key}' IN (
          NEW.fact ->> '$.order.key', (SELECT key FROM holds WHERE hold = NEW.hold))
        BEGIN SELECT (${FOR_EVER}); END`,
    );
  }

  /** Resolves when the ledger is found locked time after time: no honest transaction takes so long. */
  async bites(): Promise<void> {
    let locked = 0;
    await until(
      "a transaction that stands still",
      () => {
        locked = this.#isLocked() ? locked + 1 : 0;
        return locked >= 60 ? true : null;
      },
      15,
    );
  }

  lift(): void {
    this.#database.exec("DROP TRIGGER frost");
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
