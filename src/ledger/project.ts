import { readTerms, writeTerms } from "../budget/terms.ts";
import { type Entry, isStep } from "./entry.ts";
import { foldCase } from "./held-caps.ts";
import { blocksPurchase, foldEntry, type Hold, isUnderWay } from "./hold.ts";
import { LEASE_MS } from "./lease.ts";

// The entries are the truth, and the tables beside them follow from `project` alone: a ledger writes its changes with
// each entry, receiving a campaign projects its entries again, and verifying a ledger projects all of them again.

/** A row of any database, by column. */
export type TableRow = Readonly<Record<string, string | number | null>>;

/** By table, the columns that identify its rows; overages have none. A row of `campaigns` is added before its entries. */
export const KEYS = {
  campaigns: ["campaign"],
  approvals: ["campaign", "plan"],
  approved_lines: ["campaign", "plan", "key"],
  overages: [],
  runs: ["run"],
  schedules: ["campaign"],
  occurrences: ["campaign", "instant"],
  holds: ["hold"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TableName = keyof typeof KEYS;

export const TABLES = Object.keys(KEYS).filter(isTable);

export function isTable(name: string): name is TableName {
  return Object.hasOwn(KEYS, name);
}

/** A change of one table: adds a row, puts it in place of one with its key, sets columns of rows, or clears rows. */
export type TableChange =
  | { readonly is: "add" | "put"; readonly table: TableName; readonly row: TableRow }
  | {
      readonly is: "set";
      readonly table: TableName;
      readonly where: TableRow;
      readonly row: TableRow;
    }
  | { readonly is: "clear"; readonly table: TableName; readonly where: TableRow };

/** Returns what an entry changes. `hold`: as it is after the entry, if the entry is about one. */
export function project(entry: Omit<Entry, "seq">, hold: Hold | null): readonly TableChange[] {
  const { fact, at, run } = entry;
  const campaign = entry.campaign ?? "";
  const set = (table: TableName, where: TableRow, row: TableRow): TableChange[] => [
    { is: "set", table, where, row },
  ];
  if (isStep(fact))
    return hold === null ? [] : set("holds", { hold: hold.id }, movingColumns(hold));
  switch (fact.kind) {
    case "purpose":
    case "separate":
      return [];
    case "terms": {
      // In one spelling, so that equal terms are equal texts, whichever program wrote them.
      const terms = JSON.stringify(writeTerms(readTerms(fact.terms)));
      return set("campaigns", { campaign }, { terms });
    }
    case "sealed":
      return set("campaigns", { campaign }, { sealed: JSON.stringify(fact.seal) });
    case "received":
      return set("campaigns", { campaign }, { sealed: null });
    case "approved": {
      const { plan, created, by, limit, until, lines } = fact;
      const row = { campaign, plan, created, said_by: by, most: limit, until, at };
      return [
        { is: "put", table: "approvals", row },
        { is: "clear", table: "approved_lines", where: { campaign, plan } },
        ...lines.map(({ key, fingerprint, ordinal, gist, cost }): TableChange => {
          const line = { campaign, plan, key, fingerprint, ordinal, gist, cost };
          return { is: "add", table: "approved_lines", row: line };
        }),
      ];
    }
    case "overage": {
      const { cap, of, amount, by, why } = fact;
      const row = { campaign, cap, of, amount, said_by: by, why, at };
      return [{ is: "add", table: "overages", row }];
    }
    case "run-started": {
      const { account, limits, approval = null, owner, batch = false, partOf = null } = fact;
      const row = {
        run,
        campaign,
        account,
        limits: JSON.stringify(limits),
        approval,
        owner,
        started_at: at,
        lease_until: at + LEASE_MS,
        batch: batch ? 1 : 0,
        part_of: partOf,
        at_once: JSON.stringify(fact.atOnce ?? null),
        ended: null,
        reason: "null",
      };
      return [{ is: "add", table: "runs", row }];
    }
    case "run-ended":
      return set("runs", { run }, { ended: fact.how, reason: JSON.stringify(fact.reason ?? null) });
    case "schedule": {
      const row = { campaign, schedule: fact.schedule, since: fact.since };
      return [{ is: "put", table: "schedules", row }];
    }
    case "occurrence": {
      const { instant, edition, how } = fact;
      const row = { campaign, instant, edition, how, run, ended: how === "skipped" ? 1 : 0 };
      return [{ is: "add", table: "occurrences", row }];
    }
    case "occurrence-resumed":
      return set("occurrences", { campaign, instant: fact.instant }, { run });
    case "occurrence-ended":
      return set("occurrences", { campaign, instant: fact.instant }, { ended: 1 });
    case "reserved":
      if (hold === null) return [];
      return [{ is: "add", table: "holds", row: holdRow(hold, fact.account) }];
  }
}

/** Returns a hold's row: with it, the money under a cap is one sum. */
function holdRow(hold: Hold, account: string): TableRow {
  return {
    hold: hold.id,
    campaign: foldCase(hold.campaign),
    edition: hold.edition,
    fingerprint: hold.fingerprint,
    ordinal: hold.ordinal,
    run: hold.run,
    account,
    key: hold.key,
    shot: foldCase(hold.shot),
    scene: hold.scene,
    tags: JSON.stringify(hold.tags),
    endpoint: hold.endpoint,
    seconds: hold.seconds,
    reserved_at: hold.reservedAt,
    approval: hold.approved?.plan ?? null,
    approved: hold.approved?.line ?? null,
    ...movingColumns(hold),
  };
}

/** Returns the columns that a step may change. */
function movingColumns(hold: Hold): TableRow {
  return {
    state: hold.state,
    charge: hold.charge,
    spent: hold.spent,
    held: hold.held,
    excess: hold.excess,
    request: hold.request?.id ?? null,
    submitted_at: hold.submittedAt,
    ended_at: hold.endedAt,
    blocks: blocksPurchase(hold) ? 1 : 0,
    under_way: isUnderWay(hold) ? 1 : 0,
    duplicate: hold.duplicate ? 1 : 0,
  };
}

/** The tables that entries project, in memory. */
export class ProjectedTables {
  // By table, and within it by what rows are cleared by: approving a plan again must not visit the lines of all others.
  readonly #groups = new Map<TableName, Map<string, Map<string, TableRow>>>();

  take(changes: readonly TableChange[]): void {
    for (const change of changes) {
      const about = "where" in change ? change.where : change.row;
      const group = this.#group(change.table, about);
      if (change.is === "clear") group.clear();
      else {
        const id = rowId(change.table, about, group.size);
        const before = change.is === "set" ? (group.get(id) ?? change.where) : {};
        group.set(id, { ...before, ...change.row });
      }
    }
  }

  /** Returns the rows by their id, in the order in which they were added. */
  rows(table: TableName): ReadonlyMap<string, TableRow> {
    const groups = [...(this.#groups.get(table)?.values() ?? [])];
    return groups.length === 1 && groups[0] !== undefined
      ? groups[0]
      : new Map(groups.flatMap((group) => [...group]));
  }

  #group(table: TableName, { campaign = null, plan = null }: TableRow): Map<string, TableRow> {
    const groups = this.#groups.get(table) ?? new Map<string, Map<string, TableRow>>();
    this.#groups.set(table, groups);
    const name =
      table === "approved_lines"
        ? `${campaign} ${plan}`
        : table === "overages"
          ? `${campaign}`
          : "";
    const group = groups.get(name) ?? new Map<string, TableRow>();
    groups.set(name, group);
    return group;
  }
}

/** Identifies a row in its table. An overage has its `place` among those of its campaign, counted from 0. */
export function rowId(table: TableName, row: TableRow, place: number): string {
  const columns: readonly string[] = KEYS[table];
  const own = columns.map((column) => row[column]);
  return JSON.stringify(table === "overages" ? [row["campaign"], place] : own);
}

/** Projects entries, from the first of their campaign on. Throws at an impossible step. */
export function projectAll(entries: Iterable<Entry>): ProjectedTables {
  const holds = new Map<string, Hold>();
  const tables = new ProjectedTables();
  for (const entry of entries) {
    const { hold: id } = entry;
    const hold = id === null ? null : foldEntry(holds.get(id), entry, id);
    if (hold !== null) holds.set(hold.id, hold);
    tables.take(project(entry, hold));
  }
  return tables;
}
