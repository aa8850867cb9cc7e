/**
 * The tables beside the entries, as SQLite has them. `entries` is the truth; the others are what folding it gives,
 * kept so that a cap is one sum. Never changed once released.
 */
const FIRST_TABLES = `
  CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE campaigns (
    campaign TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    terms TEXT,
    sealed TEXT,
    formerly TEXT NOT NULL DEFAULT '[]'
  ) STRICT;

  CREATE TABLE approvals (
    campaign TEXT NOT NULL,
    plan TEXT NOT NULL,
    created TEXT NOT NULL,
    said_by TEXT NOT NULL,
    most INTEGER NOT NULL,
    until INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (campaign, plan)
  ) STRICT;
  CREATE TABLE approved_lines (
    campaign TEXT NOT NULL,
    plan TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    gist TEXT NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (campaign, plan, key)
  ) STRICT;
  CREATE INDEX approved_prints ON approved_lines (campaign, fingerprint);
  CREATE INDEX approved_gists ON approved_lines (campaign, gist);

  CREATE TABLE overages (
    campaign TEXT NOT NULL,
    cap TEXT NOT NULL,
    of TEXT,
    amount INTEGER NOT NULL,
    said_by TEXT NOT NULL,
    why TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX overages_of ON overages (campaign);

  CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    campaign TEXT NOT NULL,
    account TEXT NOT NULL,
    limits TEXT NOT NULL,
    approval TEXT,
    owner TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    part_of TEXT,
    at_once TEXT NOT NULL,
    ended TEXT,
    reason TEXT NOT NULL DEFAULT 'null'
  ) STRICT;
  CREATE INDEX open_runs ON runs (campaign) WHERE ended IS NULL;
  CREATE INDEX open_batches ON runs (started_at) WHERE batch = 1 AND ended IS NULL;

  CREATE TABLE schedules (
    campaign TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    since INTEGER NOT NULL
  ) STRICT;
  -- Each has its turn once, and no two of a campaign at once.
  CREATE TABLE occurrences (
    campaign TEXT NOT NULL,
    instant INTEGER NOT NULL,
    edition TEXT NOT NULL,
    how TEXT NOT NULL,
    run TEXT,
    ended INTEGER NOT NULL,
    PRIMARY KEY (campaign, instant)
  ) STRICT;
  CREATE UNIQUE INDEX no_overlap ON occurrences (campaign) WHERE ended = 0;

  CREATE TABLE holds (
    hold TEXT PRIMARY KEY,
    campaign TEXT NOT NULL,
    edition TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    run TEXT NOT NULL,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    shot TEXT NOT NULL,
    scene TEXT,
    endpoint TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    reserved_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    charge TEXT,
    spent INTEGER NOT NULL,
    held INTEGER NOT NULL,
    excess INTEGER NOT NULL,
    request TEXT,
    submitted_at INTEGER,
    ended_at INTEGER,
    blocks INTEGER NOT NULL,
    under_way INTEGER NOT NULL,
    approval TEXT,
    approved TEXT
  ) STRICT;
  -- The promise itself: no purchase has two holds that stand, no request pays for two.
  CREATE UNIQUE INDEX bought_once ON holds (campaign, edition, fingerprint, ordinal) WHERE blocks = 1;
  CREATE UNIQUE INDEX one_request ON holds (request) WHERE request IS NOT NULL;
  -- Of an approved plan, each line stands behind one.
  CREATE UNIQUE INDEX approved_once ON holds (campaign, approval, approved)
    WHERE blocks = 1 AND approval IS NOT NULL;
  CREATE INDEX purchases ON holds (campaign, edition, fingerprint, ordinal);
  CREATE INDEX money_of_campaign ON holds (campaign, reserved_at, spent, held);
  CREATE INDEX money_of_shot ON holds (campaign, shot, spent, held);
  CREATE INDEX money_of_endpoint ON holds (campaign, endpoint, spent, held);
  CREATE INDEX money_of_scene ON holds (campaign, scene, spent, held);
  CREATE INDEX money_of_account ON holds (campaign, account, spent, held);
  CREATE INDEX money_of_approval ON holds (campaign, approval, spent, held) WHERE approval IS NOT NULL;
  CREATE INDEX money_unknown ON holds (campaign, held)
    WHERE state = 'unknown' OR (state = 'failed' AND charge = 'unknown');
  CREATE INDEX made_at_once ON holds (campaign, endpoint) WHERE under_way = 1;
  CREATE INDEX holds_of_run ON holds (run, state);
  CREATE INDEX took ON holds (endpoint, seconds, ended_at) WHERE state = 'settled';
`;

/** Added by the second migration. Unreleased yet. NOW_MS is the database's clock, in milliseconds UTC. */
const SECOND_TABLES = `
  -- A hold that a correction made stand while another one held its purchase, or its line of an approved plan.
  ALTER TABLE holds ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0;
  DROP INDEX bought_once;
  CREATE UNIQUE INDEX bought_once ON holds (campaign, edition, fingerprint, ordinal)
    WHERE blocks = 1 AND duplicate = 0;
  DROP INDEX approved_once;
  CREATE UNIQUE INDEX approved_once ON holds (campaign, approval, approved)
    WHERE blocks = 1 AND duplicate = 0 AND approval IS NOT NULL;

  -- Before, a ledger learnt its purpose from the first answer: one that had none yet is for real purchases. A new
  -- one has no id while it is migrated, and says itself what it is for.
  INSERT INTO entries (at, fact) SELECT NOW_MS, '{"kind":"purpose","purpose":"real"}'
    WHERE EXISTS (SELECT 1 FROM about WHERE name = 'id')
      AND NOT EXISTS (SELECT 1 FROM about WHERE name = 'purpose');
  INSERT INTO about (name, value) SELECT 'purpose', 'real'
    WHERE EXISTS (SELECT 1 FROM about WHERE name = 'id')
      AND NOT EXISTS (SELECT 1 FROM about WHERE name = 'purpose');

  -- Schedulers that keep on, and the times that each keeps; a row is its lease.
  CREATE TABLE schedulers (
    campaign TEXT NOT NULL,
    owner TEXT NOT NULL,
    schedule TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    PRIMARY KEY (campaign, owner)
  ) STRICT;
`;

/**
 * Added by the third migration: the tags of each hold, as JSON. A hold of an older topsheet has none. A program of the
 * second migration may have the ledger open and knows no cap by tag, so from now on the database refuses its holds.
 * `tagged`, which each database makes in its own way, has a row for each tag of a hold.
 */
const THIRD_TABLES = `
  ALTER TABLE holds ADD COLUMN tags TEXT;
  CREATE INDEX tagged_holds ON holds (campaign) WHERE tags <> '[]';
`;

/** Bytes 68 to 71 of the file: "tops". */
export const APPLICATION_ID = 0x746f7073;

/** Applied in order, each once; the file's user_version says how many it has. Never changed once released. */
export const SQLITE_MIGRATIONS: readonly string[] = [
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
  `${THIRD_TABLES}
  CREATE TRIGGER holds_tell_tags BEFORE INSERT ON holds WHEN NEW.tags IS NULL
    BEGIN SELECT RAISE(ABORT, 'an older topsheet writes no holds here'); END;
  CREATE VIEW tagged AS
    SELECT campaign, reserved_at, spent, held, tag.value AS tag
    FROM holds, json_each(holds.tags) AS tag WHERE tags <> '[]';
  `,
];

/**
 * Applied in order, each once, inside the ledger's schema; `about` says how many it has. Never changed once released.
 * A row has its number, as in SQLite; text is compared byte by byte, whatever the database's language.
 */
export const POSTGRES_MIGRATIONS: readonly string[] = [
  `${toPostgres(FIRST_TABLES)}

  CREATE TABLE entries (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    campaign TEXT COLLATE "C",
    run TEXT COLLATE "C",
    hold TEXT COLLATE "C",
    fact TEXT NOT NULL
  );
  CREATE INDEX entries_of_hold ON entries (hold, seq) WHERE hold IS NOT NULL;
  CREATE INDEX entries_of_campaign ON entries (campaign, seq);

  -- A sequence would leave gaps where a transaction was given up, as if an entry had been removed.
  CREATE TABLE counted (entries BIGINT NOT NULL);
  INSERT INTO counted VALUES (0);
  CREATE FUNCTION count_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE counted SET entries = entries + 1 RETURNING entries INTO NEW.seq;
      RETURN NEW;
    END $$;
  CREATE TRIGGER entries_counted BEFORE INSERT ON entries
    FOR EACH ROW EXECUTE FUNCTION count_entry();
  CREATE FUNCTION keep_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'entries are never changed or removed'; END $$;
  CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION keep_entry();
  CREATE TRIGGER entries_remain BEFORE TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION keep_entry();
  `,
  // A program of the first migration may have the ledger open, and keeps none of the promises that came after: it names
  // no column, so from now on the database refuses its holds.
  `${toPostgres(SECOND_TABLES)}
  ALTER TABLE holds ALTER COLUMN duplicate DROP DEFAULT;`,
  `${toPostgres(THIRD_TABLES)}
  CREATE FUNCTION refuse_untold_tags() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'an older topsheet writes no holds here'; END $$;
  CREATE TRIGGER holds_tell_tags BEFORE INSERT ON holds
    FOR EACH ROW WHEN (NEW.tags IS NULL) EXECUTE FUNCTION refuse_untold_tags();
  CREATE VIEW tagged AS
    SELECT campaign, reserved_at, spent, held, tag
    FROM holds, json_array_elements_text(tags::json) AS tag WHERE tags <> '[]';
  `,
];

function toPostgres(tables: string): string {
  return tables
    .replaceAll("NOW_MS", "(extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    .replaceAll(" INTEGER", " BIGINT")
    .replaceAll(" TEXT", ' TEXT COLLATE "C"')
    .replaceAll(") STRICT;", ", rowid BIGINT GENERATED ALWAYS AS IDENTITY);");
}
