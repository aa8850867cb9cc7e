import { FIRST_TABLES, SECOND_TABLES } from "./sql-tables.ts";

/** Bytes 68 to 71 of the file: "tops". */
export const APPLICATION_ID = 0x746f7073;

/** Applied in order, each once; the file's user_version says how many it has. Never changed once released. */
export const MIGRATIONS: readonly string[] = [
  `${FIRST_TABLES}
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    campaign TEXT,
    run TEXT,
    hold TEXT,
    fact TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_of_hold ON entries (hold, seq) WHERE hold IS NOT NULL;
  CREATE INDEX entries_of_campaign ON entries (campaign, seq);
  CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
  CREATE TRIGGER entries_remain BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;

  -- REPLACE removes without asking the trigger above.
  CREATE TRIGGER entries_last BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'entries are never replaced'); END;
  `,
  SECOND_TABLES.replaceAll("NOW_MS", "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"),
];
