import { FIRST_TABLES, SECOND_TABLES, THIRD_TABLES } from "./sql/tables.ts";

/**
 * Applied in order, each once, inside the ledger's schema; `about` says how many it has. Never changed once released.
 * A row has its number, as in SQLite; text is compared byte by byte, whatever the database's language.
 */
export const MIGRATIONS: readonly string[] = [
  `${asPostgres(FIRST_TABLES)}

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
  `${asPostgres(SECOND_TABLES)}
  ALTER TABLE holds ALTER COLUMN duplicate DROP DEFAULT;`,
  `${asPostgres(THIRD_TABLES)}
  CREATE FUNCTION refuse_untold_tags() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'an older topsheet writes no holds here'; END $$;
  CREATE TRIGGER holds_tell_tags BEFORE INSERT ON holds
    FOR EACH ROW WHEN (NEW.tags IS NULL) EXECUTE FUNCTION refuse_untold_tags();
  CREATE VIEW tagged AS
    SELECT campaign, reserved_at, spent, held, tag
    FROM holds, json_array_elements_text(tags::json) AS tag WHERE tags <> '[]';
  `,
];

function asPostgres(tables: string): string {
  return tables
    .replaceAll("NOW_MS", "(extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    .replaceAll(" INTEGER", " BIGINT")
    .replaceAll(" TEXT", ' TEXT COLLATE "C"')
    .replaceAll(") STRICT;", ", rowid BIGINT GENERATED ALWAYS AS IDENTITY);");
}
