import { isDeepStrictEqual } from "node:util";
import type { Kept, Purpose } from "./ledger.ts";
import { KEYS, type KeptTable, type Row, rowId, type Tables } from "./project.ts";

/** What a row of a table is called. */
const NAMES: Readonly<Record<Exclude<KeptTable, "campaigns" | "overages">, string>> = {
  holds: "hold",
  runs: "run",
  schedules: "schedule",
  occurrences: "occurrence",
  approvals: "approval",
  approved_lines: "approved line",
};

// What entries do not tell: how a database counts rows, and since and until when a run lives.
const UNTOLD: ReadonlySet<string> = new Set(["rowid", "started_at", "lease_until"]);

/** Columns of JSON. */
const WRITTEN: ReadonlySet<string> = new Set([
  "terms",
  "sealed",
  "limits",
  "at_once",
  "reason",
  "tags",
]);

const TRUTHS: ReadonlySet<string> = new Set(["ended", "batch", "blocks", "under_way", "duplicate"]);

/** Where what a database keeps beside the entries is not what they tell. `purpose`: null if no entry says. */
export function keptProblems(told: Tables, purpose: Purpose | null, kept: Kept): readonly string[] {
  const problems =
    kept.purpose === purpose
      ? []
      : [`it has purpose ${kept.purpose}, its entries say ${String(purpose)}`];
  for (const [what, column] of [
    ["seal of", "sealed"],
    ["campaign", "terms"],
  ] as const) {
    const only = (rows: Iterable<Row>): Row[] =>
      [...rows].flatMap(({ campaign = null, [column]: value = null }) =>
        value === null ? [] : [{ campaign, [column]: value }],
      );
    const inTold = byId("campaigns", only(told.rows("campaigns").values()));
    problems.push(...compared(what, "campaigns", byId("campaigns", only(kept.campaigns)), inTold));
  }
  for (const [table, what] of Object.entries(NAMES)) {
    if (!isKept(table)) continue;
    problems.push(...compared(what, table, byId(table, kept[table]), told.rows(table)));
  }
  const overages = byId("overages", kept.overages);
  if (compared("overage", "overages", overages, told.rows("overages")).length > 0) {
    problems.push("the overages are not what the entries tell");
  }
  return problems;
}

function isKept(table: string): table is KeptTable {
  return table in KEYS;
}

function byId(table: KeptTable, rows: readonly Row[]): ReadonlyMap<string, Row> {
  const places = new Map<string, number>();
  return new Map(
    rows.map((row) => {
      const campaign = String(row["campaign"]);
      const place = places.get(campaign) ?? 0;
      places.set(campaign, place + 1);
      return [rowId(table, row, place), row];
    }),
  );
}

/** Each column that is kept against the same of what the entries tell. */
function compared(
  what: string,
  table: KeptTable,
  kept: ReadonlyMap<string, Row>,
  told: ReadonlyMap<string, Row>,
): readonly string[] {
  const problems: string[] = [];
  for (const [id, row] of told) {
    if (!kept.has(id)) problems.push(`${what} ${named(table, row)} is in the entries only`);
  }
  for (const [id, row] of kept) {
    const known = told.get(id);
    const one = `${what} ${named(table, row)}`;
    if (known === undefined) {
      problems.push(`${one} is not in the entries`);
      continue;
    }
    for (const [column, has] of Object.entries(row)) {
      const says = known[column];
      if (UNTOLD.has(column) || isSame(column, has, says)) continue;
      const [there, here] = [shown(column, has), shown(column, says)];
      problems.push(`${one} has ${column} ${there}, its entries say ${here}`);
    }
  }
  return problems;
}

function named(table: KeptTable, row: Row): string {
  return KEYS[table].map((column) => shown(column, row[column])).join(" ");
}

/** Whether two values say the same: JSON does with its keys in another order. */
function isSame(column: string, has: Row[string], says: Row[string] | undefined): boolean {
  // An older topsheet kept no tags; entries without any say the same.
  if (has === says || (column === "tags" && has === null && says === "[]")) return true;
  if (!WRITTEN.has(column) || typeof has !== "string" || typeof says !== "string") return false;
  try {
    return isDeepStrictEqual(JSON.parse(has), JSON.parse(says));
  } catch {
    return false;
  }
}

function shown(column: string, value: Row[string] | undefined): string {
  if (typeof value !== "number") return String(value);
  if (column === "instant") return timeOf(value);
  return TRUTHS.has(column) ? String(value === 1) : String(value);
}

function timeOf(instant: number): string {
  const time = new Date(instant);
  return Number.isNaN(time.getTime()) ? String(instant) : time.toISOString();
}
