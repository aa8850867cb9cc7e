import { rowsOf, run as execute, type Telling, TIME, type Value } from "./database.ts";
import { type Fact, writtenFact } from "../entry.ts";
import { folded } from "../held-caps.ts";
import type { Hold } from "../hold.ts";
import { type Change, KEYS, project, type Row } from "../project.ts";
import { LedgerFault } from "../fault.ts";
import * as reads from "./reads.ts";
import { timeRow } from "./rows.ts";

interface About {
  readonly campaign?: string;
  readonly run?: string;
  readonly at?: number;
}

/** The time by which the ledger counts, in milliseconds UTC. */
export function* time(): Telling<number> {
  return timeRow.parse((yield TIME)[0]);
}

/**
 * Adds an entry, inside a transaction, and what follows from it. `hold`: as it is after the entry, if that is about
 * one. Of a campaign that has gone to another ledger, nothing is written.
 */
export function* write(fact: Fact, about: About, hold: Hold | null = null): Telling<void> {
  const entry = {
    at: about.at ?? (yield* time()),
    campaign: about.campaign === undefined ? null : folded(about.campaign),
    run: about.run ?? null,
    hold: hold?.id ?? null,
    fact,
  };
  const { at, campaign, run, hold: id } = entry;
  const written = yield* rowsOf(
    `INSERT INTO entries (at, campaign, run, hold, fact)
      SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)
      WHERE NOT EXISTS (SELECT 1 FROM campaigns WHERE campaign = ? AND sealed IS NOT NULL)
      RETURNING seq`,
    at,
    campaign,
    run,
    id,
    writtenFact(fact),
    campaign,
  );
  if (written.length === 0 && campaign !== null) {
    const gone = yield* reads.campaign(campaign);
    const where = gone?.sealed?.into ?? "another ledger";
    throw new LedgerFault("sealed", `${gone?.name ?? campaign} has moved to ${where}`);
  }
  for (const change of project(entry, hold)) yield* make(change);
}

/** Makes a change in the tables beside the entries. */
export function* make(change: Change): Telling<void> {
  const { table } = change;
  if (change.is === "clear") {
    const [where, values] = matching(change.where);
    return yield* execute(`DELETE FROM ${table} WHERE ${where}`, ...values);
  }
  const columns = Object.keys(change.row);
  const values = Object.values(change.row);
  if (change.is === "set") {
    const [where, key] = matching(change.where);
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

function matching(where: Row): readonly [sql: string, values: readonly Value[]] {
  const sql = Object.keys(where).map((column) => `${column} = ?`);
  return [sql.join(" AND "), Object.values(where)];
}
