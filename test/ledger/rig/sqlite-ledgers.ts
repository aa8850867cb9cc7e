import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { createSqlite, openSqlite } from "../../../src/ledger/sql/sqlite.ts";
import type { Database } from "./test-ledger.ts";

// A file in memory is still a file, and thousands of operations do not wait for a busy disk.
const MEMORY = "/dev/shm";

/** Makes an empty folder that is removed after the test. */
export function folder(inside = tmpdir()): string {
  const path = mkdtempSync(join(inside, "topsheet-ledger-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function closedAfterwards(ledger: Ledger): Ledger {
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Ledgers in SQLite files of their own. */
export const sqlite: Database = {
  share: 1,
  place: async () => join(folder(existsSync(MEMORY) ? MEMORY : tmpdir()), "ledger.sqlite"),
  create: async (path, purpose, environment) =>
    closedAfterwards(await createSqlite(path, purpose, environment)),
  open: async (path, use, environment) =>
    closedAfterwards(await openSqlite(path, use, environment)),
};
