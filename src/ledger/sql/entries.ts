import { query, execute, type SqlRoutine, TIME, type Value } from "./database.ts";
import { type Fact, encodeFact } from "../entry.ts";
import { foldCase } from "../held-caps.ts";
import type { Hold } from "../hold.ts";
import { type TableChange, KEYS, project, type TableRow } from "../project.ts";
import { LedgerFault } from "../fault.ts";
import * as reads from "./reads.ts";
import { timeRow } from "./rows.ts";

interface About {
  readonly campaign?: string;
  readonly run?: string;
  readonly at?: number;
}

/** Reads the ledger's clock, in milliseconds UTC. */
export function* readTime(): SqlRoutine<number> {
  return timeRow.parse((yield TIME)[0]);
}

/**
 * Writes an entry, inside a transaction, and what follows from it. `hold`: as it is after the entry, if that is
 * about one. Throws if the campaign has moved to another ledger.
 */
export function* writeEntry(fact: Fact, about: About, hold: Hold | null = null): SqlRoutine<void> {
  const entry = {
    at: about.at ?? (yield* readTime()),
    campaign: about.campaign === undefined ? null : foldCase(about.campaign),
    run: about.run ?? null,
    hold: hold?.id ?? null,
    fact,
  };
  const { at, campaign, run, hold: id } = entry;
  const written = yield* query(
    `INSERT INTO entries (at, campaign, run, hold, fact)
      SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)
      WHERE NOT EXISTS (SELECT 1 FROM campaigns WHERE campaign = ? AND sealed IS NOT NULL)
      RETURNING seq`,
    at,
    campaign,
    run,
    id,
    encodeFact(fact),
    campaign,
  );
  if (written.length === 0 && campaign !== null) {
    const gone = yield* reads.selectCampaign(campaign);
    const where = gone?.sealed?.into ?? "another ledger";
    throw new LedgerFault("sealed", `${gone?.name ?? campaign} has moved to ${where}`);
  }
  for (const change of project(entry, hold)) yield* applyChange(change);
}

/** Makes a change in the tables beside the entries. */
export function* applyChange(change: TableChange): SqlRoutine<void> {
  const { table } = change;
  if (change.is === "clear") {
    const [where, values] = whereClause(change.where);
    return yield* execute(`DELETE FROM ${table} WHERE ${where}`, ...values);
  }
  const columns = Object.keys(change.row);
  const values = Object.values(change.row);
  if (change.is === "set") {
    const [where, key] = whereClause(change.where);
    const set = columns.map((column) => `${column} = ?`).join(", ");
    return yield* execute(`UPDATE ${table} SET ${set} WHERE ${where}`, ...values, ...key);
  }
  const set = columns.map((column) => `${column} = excluded.${column}`).join(", ");
  const instead =
    change.is === "put" ? ` ON CONFLICT (${KEYS[table].join(", ")}) DO UPDATE SET ${set}` : "";
  const marks = columns.map(() => "?").join(", ");
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})${instead}`;
  return yield* execute(sql, ...values);
}

function whereClause(where: TableRow): readonly [sql: string, values: readonly Value[]] {
  const sql = Object.keys(where).map((column) => `${column} = ?`);
  return [sql.join(" AND "), Object.values(where)];
}
