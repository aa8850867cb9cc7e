import { expect, test } from "vitest";
import * as z from "zod";
import { copyApprovedStory, findProblemsAfter } from "./approved-story.ts";
import { verifyLedger, rawRows } from "../rig/tamper.ts";
import { World } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

const counted = z.object({ rows: z.int() });

async function countRows(table: string): Promise<number> {
  const [row] = rawRows(await copyApprovedStory(), `SELECT count(*) AS rows FROM ${table}`);
  return counted.parse(row).rows;
}

/** By table and column what is set in every row, one row at a time; each is another value than before. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  approvals: {
    campaign: "'other'",
    plan: "'another'",
    created: "'2026-11-20T08:00:00Z'",
    said_by: "'Eve'",
    most: "most + 1",
    until: "coalesce(until, 0) + 1",
    at: "at - 1",
  },
  approved_lines: {
    campaign: "'other'",
    plan: "'another'",
    key: "'another'",
    fingerprint: "'another'",
    ordinal: "ordinal + 1",
    gist: "'another'",
    cost: "cost + 1",
  },
  overages: {
    campaign: "'other'",
    cap: "CASE cap WHEN 'cap' THEN 'per_day' ELSE 'cap' END",
    of: "'1'",
    amount: "amount + 1",
    said_by: "'Eve'",
    why: "'because'",
    at: "at + 86400000",
  },
};

const COLUMNS = Object.entries(CHANGES).flatMap(([table, columns]) =>
  Object.entries(columns).map(([column, value]) => ({ table, column, value })),
);

test("finds nothing wrong with a ledger in which every limit is reached exactly", async () => {
  const ledger = await sqlite.open(await copyApprovedStory(), "read", new World().as("reader"));
  const { entries, holds, checks, problems } = await verifyLedger(ledger);
  expect(problems).toEqual([]);
  expect([entries, holds, checks]).toEqual([29, 8, 35]);
});

test.for(Object.keys(CHANGES))("the changes cover every column of %s", async (table) => {
  const columns = rawRows(
    await copyApprovedStory(),
    `SELECT name FROM pragma_table_info('${table}') ORDER BY cid`,
  );
  expect(columns).toEqual(Object.keys(CHANGES[table] ?? {}).map((name) => ({ name })));
});

/** Returns the rows in which such a change is not found. */
async function findUnnoticed(
  table: string,
  column: string,
  value: string,
): Promise<readonly number[]> {
  const rows: number[] = [];
  for (let row = 1; row <= (await countRows(table)); row += 1) {
    const sql = `UPDATE ${table} SET ${column} = ${value}
      WHERE rowid = (SELECT rowid FROM ${table} ORDER BY rowid LIMIT 1 OFFSET ${row - 1})`;
    if ((await findProblemsAfter(sql)).length === 0) rows.push(row);
  }
  return rows;
}

test.for(COLUMNS)("finds a change of $table.$column", async ({ table, column, value }) => {
  expect(await countRows(table)).toBeGreaterThan(1);
  expect(await findUnnoticed(table, column, value)).toEqual([]);
});

test.for(["approval", "approved"])(
  "finds a change of holds.%s if it has a value",
  async (column) => {
    const rows = await countRows("holds");
    const unseen: number[] = [];
    for (let row = 1; row <= rows - 1; row += 1) {
      for (const value of ["'another'", "NULL"]) {
        const sql = `UPDATE holds SET ${column} = ${value} WHERE rowid = ${row}`;
        if ((await findProblemsAfter(sql)).length === 0) unseen.push(row);
      }
    }
    expect(unseen).toEqual([]);
    // The last one needed no approval.
    const both = `UPDATE holds SET approval = 'plan-2', approved = 'x' WHERE rowid = ${rows}`;
    expect(await findProblemsAfter(both)).not.toEqual([]);
  },
);

test.for(["approval", "approved"])(
  "finds holds.%s set if nothing had to be approved",
  async (column) => {
    const sql = `UPDATE holds SET ${column} = 'plan-2' WHERE approval IS NULL`;
    expect(await findProblemsAfter(sql)).not.toEqual([]);
  },
);

test("finds a change of runs.approval", async () => {
  const rows = await countRows("runs");
  for (let row = 1; row <= rows; row += 1) {
    const value = "CASE WHEN approval IS NULL THEN 'any' ELSE NULL END";
    const sql = `UPDATE runs SET approval = ${value} WHERE rowid = ${row}`;
    expect(await findProblemsAfter(sql)).toEqual([expect.stringMatching(/ has approval /)]);
  }
  expect(rows).toBe(3);
});

test.for([
  ["an approval is taken out", "DELETE FROM approvals WHERE rowid = 2"],
  ["an approval is taken out with its lines", "DELETE FROM approvals; DELETE FROM approved_lines"],
  ["an approved line is taken out", "DELETE FROM approved_lines WHERE key = 'b~t1'"],
  ["an overage is taken out", "DELETE FROM overages WHERE rowid = 2"],
  ["all overages are taken out", "DELETE FROM overages"],
  [
    "an approval is put in",
    "INSERT INTO approvals SELECT campaign, 'another', created, said_by, most, until, at FROM approvals WHERE rowid = 1",
    "approval film another is not in the entries",
  ],
  [
    "a line is put into an approved plan",
    "INSERT INTO approved_lines SELECT campaign, plan, 'z', 'z', ordinal, 'z', cost FROM approved_lines WHERE key = 'b~t1'",
  ],
  [
    "a line is put in for a plan that nobody approved",
    "INSERT INTO approved_lines SELECT campaign, 'another', key, fingerprint, ordinal, gist, cost FROM approved_lines WHERE plan = 'plan-2'",
    "approved line film another d~t1 is not in the entries",
  ],
  ["an overage is put in", "INSERT INTO overages SELECT * FROM overages WHERE rowid = 1"],
  [
    "two overages are in each other's place",
    "UPDATE overages SET rowid = -1 WHERE rowid = 1; UPDATE overages SET rowid = 1 WHERE rowid = 2; UPDATE overages SET rowid = 2 WHERE rowid = -1",
  ],
] as const)("%s", async ([, sql, ...said]) => {
  const problems = await findProblemsAfter(sql);
  expect(problems).not.toEqual([]);
  for (const problem of said) expect(problems).toContain(problem);
});
