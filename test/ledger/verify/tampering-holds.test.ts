import { expect, test } from "vitest";
import { verifyLedger, findProblemsAfter, rawRows, copyStory } from "../rig/tamper.ts";
import { World } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

const HOLDS = 8;

test("finds nothing wrong with a ledger in which every cap is reached exactly", async () => {
  const ledger = await sqlite.open(await copyStory(), "read", new World().as("reader"));
  const { entries, holds, checks, problems } = await verifyLedger(ledger);
  expect(problems).toEqual([]);
  expect([entries, holds, checks]).toEqual([33, HOLDS, 29]);
});

test("finds a changed purpose", async () => {
  const sql = "UPDATE about SET value = 'rehearsal' WHERE name = 'purpose'";
  expect(await findProblemsAfter(sql)).toEqual(["it has purpose rehearsal, its entries say real"]);
});

/** What is set in every row of `holds`, one row at a time; each is another value than before. */
const CHANGES: Readonly<Record<string, string>> = {
  hold: "'another'",
  campaign: "CASE campaign WHEN 'film' THEN 'other' ELSE 'film' END",
  edition: "'2026-11-21T01:00'",
  fingerprint: "'another'",
  ordinal: "ordinal + 1",
  run: "'another'",
  account: "'another'",
  key: "'another'",
  shot: "'another'",
  scene: "'another'",
  tags: "'[\"another\"]'",
  endpoint: "'another'",
  seconds: "seconds + 1",
  reserved_at: "reserved_at + 1",
  state: "CASE state WHEN 'settled' THEN 'failed' ELSE 'settled' END",
  charge: "CASE charge WHEN 'charged' THEN 'unknown' ELSE 'charged' END",
  spent: "spent + 1",
  held: "held + 1",
  excess: "excess + 1",
  request: "'another'",
  submitted_at: "coalesce(submitted_at, 0) + 1",
  ended_at: "coalesce(ended_at, 0) + 1",
  blocks: "1 - blocks",
  under_way: "1 - under_way",
  duplicate: "1 - duplicate",
};

/** Returns the rows of `holds` in which such a change is not found. */
async function findUnnoticed(column: string): Promise<readonly number[]> {
  const rows: number[] = [];
  for (let row = 1; row <= HOLDS; row += 1) {
    const sql = `UPDATE holds SET ${column} = ${CHANGES[column]} WHERE rowid = ${row}`;
    if ((await findProblemsAfter(sql)).length === 0) rows.push(row);
  }
  return rows;
}

test("the changes cover every column of holds", async () => {
  const columns = rawRows(await copyStory(), "SELECT name FROM pragma_table_info('holds')");
  // Two in tampering-approvals.test.ts: nothing in this story needs an approval.
  const all = [...Object.keys(CHANGES), "approval", "approved"];
  expect(columns).toEqual(expect.arrayContaining(all.map((name) => ({ name }))));
  expect(columns).toHaveLength(all.length);
});

const SEEN = ["hold", "state", "spent", "held"];

test.for(SEEN)("finds a change of holds.%s", async (column) => {
  expect(await findUnnoticed(column)).toEqual([]);
});

test.for(Object.keys(CHANGES).filter((name) => !SEEN.includes(name)))(
  "finds a change of holds.%s",
  async (column: string) => {
    expect(await findUnnoticed(column)).toEqual([]);
  },
);

test.for([
  ["a hold is taken out", "DELETE FROM holds WHERE rowid = 3"],
  ["all holds are taken out", "DELETE FROM holds"],
  [
    "a hold is put in",
    "INSERT INTO holds SELECT 'another', campaign, edition, 'another', ordinal, run, account, key, shot, scene, endpoint, seconds, reserved_at, state, charge, spent, held, excess, NULL, submitted_at, ended_at, blocks, under_way, approval, approved, duplicate, tags FROM holds WHERE rowid = 4",
  ],
] as const)("%s", async ([, sql]) => {
  expect(await findProblemsAfter(sql)).not.toEqual([]);
});
