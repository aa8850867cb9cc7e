import { isDeepStrictEqual } from "node:util";
import type { Kept, Purpose } from "./ledger.ts";
import {
  isTable,
  KEYS,
  type TableName,
  type TableRow,
  rowId,
  type ProjectedTables,
} from "./project.ts";

/** What messages call a row of a table. */
const NAMES: Readonly<Record<Exclude<TableName, "campaigns" | "overages">, string>> = {
  holds: "hold",
  runs: "run",
  schedules: "schedule",
  occurrences: "occurrence",
  approvals: "approval",
  approved_lines: "approved line",
};

// Columns that do not follow from entries: how a database counts rows, and how long a run lives.
const UNVERIFIED: ReadonlySet<string> = new Set(["rowid", "started_at", "lease_until"]);

/** Columns of JSON. */
const JSON_COLUMNS: ReadonlySet<string> = new Set([
  "terms",
  "sealed",
  "limits",
  "at_once",
  "reason",
  "tags",
]);

const BOOLEAN_COLUMNS: ReadonlySet<string> = new Set([
  "ended",
  "batch",
  "blocks",
  "under_way",
  "duplicate",
]);

/** Lists where the tables of a database are not what its entries say. `purpose`: null if no entry says it. */
export function compareTables(
  expected: ProjectedTables,
  purpose: Purpose | null,
  kept: Kept,
): readonly string[] {
  const problems =
    kept.purpose === purpose
      ? []
      : [`it has purpose ${kept.purpose}, its entries say ${String(purpose)}`];
  for (const [what, column] of [
    ["seal of", "sealed"],
    ["campaign", "terms"],
  ] as const) {
    const only = (rows: Iterable<TableRow>): TableRow[] =>
      [...rows].flatMap(({ campaign = null, [column]: value = null }) =>
        value === null ? [] : [{ campaign, [column]: value }],
      );
    const inExpected = indexRows("campaigns", only(expected.rows("campaigns").values()));
    problems.push(
      ...compareRows(what, "campaigns", indexRows("campaigns", only(kept.campaigns)), inExpected),
    );
  }
  for (const [table, what] of Object.entries(NAMES)) {
    if (!isTable(table)) continue;
    problems.push(...compareRows(what, table, indexRows(table, kept[table]), expected.rows(table)));
  }
  const overages = indexRows("overages", kept.overages);
  if (compareRows("overage", "overages", overages, expected.rows("overages")).length > 0) {
    problems.push("the overages are not what the entries say");
  }
  return problems;
}

function indexRows(table: TableName, rows: readonly TableRow[]): ReadonlyMap<string, TableRow> {
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

/** Compares each kept column with what the entries say. */
function compareRows(
  what: string,
  table: TableName,
  kept: ReadonlyMap<string, TableRow>,
  expected: ReadonlyMap<string, TableRow>,
): readonly string[] {
  const problems: string[] = [];
  for (const [id, row] of expected) {
    if (!kept.has(id)) problems.push(`${what} ${nameRow(table, row)} is in the entries only`);
  }
  for (const [id, row] of kept) {
    const known = expected.get(id);
    const one = `${what} ${nameRow(table, row)}`;
    if (known === undefined) {
      problems.push(`${one} is not in the entries`);
      continue;
    }
    for (const [column, has] of Object.entries(row)) {
      const says = known[column];
      if (UNVERIFIED.has(column) || isSame(column, has, says)) continue;
      const [there, here] = [formatValue(column, has), formatValue(column, says)];
      problems.push(`${one} has ${column} ${there}, its entries say ${here}`);
    }
  }
  return problems;
}

function nameRow(table: TableName, row: TableRow): string {
  return KEYS[table].map((column) => formatValue(column, row[column])).join(" ");
}

/** Returns whether two values are the same; JSON may have its keys in another order. */
function isSame(
  column: string,
  has: TableRow[string],
  says: TableRow[string] | undefined,
): boolean {
  // An older topsheet kept no tags, and its entries have none.
  if (has === says || (column === "tags" && has === null && says === "[]")) return true;
  if (!JSON_COLUMNS.has(column) || typeof has !== "string" || typeof says !== "string")
    return false;
  try {
    return isDeepStrictEqual(JSON.parse(has), JSON.parse(says));
  } catch {
    return false;
  }
}

function formatValue(column: string, value: TableRow[string] | undefined): string {
  if (typeof value !== "number") return String(value);
  if (column === "instant") return formatTime(value);
  return BOOLEAN_COLUMNS.has(column) ? String(value === 1) : String(value);
}

function formatTime(instant: number): string {
  const time = new Date(instant);
  return Number.isNaN(time.getTime()) ? String(instant) : time.toISOString();
}
