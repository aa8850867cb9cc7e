import { expect, test } from "vitest";
import * as z from "zod";
import { verify } from "../../../src/ledger/verify.ts";
import { copyApprovedStory, findProblemsAfter } from "./approved-story.ts";
import { rawRows } from "../rig/tamper.ts";
import { World } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

const seqs = z.array(z.object({ seq: z.int() }));

/** Returns the numbers of the entries of a kind, in order. */
async function listEntries(kind: string): Promise<readonly number[]> {
  const sql = `SELECT seq FROM entries WHERE json_extract(fact, '$.kind') = '${kind}' ORDER BY seq`;
  return seqs.parse(rawRows(await copyApprovedStory(), sql)).map(({ seq }) => seq);
}

/** Returns the approvals that were not replaced by a later one: the tables have them too. */
async function lastApprovals(): Promise<readonly number[]> {
  return (await listEntries("approved")).slice(1);
}

function jsonSet(path: string, value: string): string {
  return `json_set(fact, '${path}', ${value})`;
}

/** Only if it has a value. */
function jsonReplace(path: string, value: string): string {
  return `json_replace(fact, '${path}', ${value})`;
}

// Values of facts, by what changing them would allow or hide.
const WORDS: Readonly<Record<string, readonly (readonly [what: string, value: string])[]>> = {
  approved: [
    ["a higher limit", jsonSet("$.limit", "'999.00'")],
    ["a lower limit", jsonSet("$.limit", "'0.01'")],
    ["a later end", jsonSet("$.until", "9999999999999")],
    ["an end that was over", jsonSet("$.until", "1")],
    ["another plan", jsonSet("$.plan", "'another'")],
    ["another person", jsonSet("$.by", "'Eve'")],
    ["another moment of the plan", jsonSet("$.created", "'2026-11-20T08:00:00Z'")],
    ["a line by another key", jsonSet("$.lines[0].key", "'another'")],
    ["a line of another purchase", jsonSet("$.lines[0].fingerprint", "'another'")],
    ["a line of another take", jsonSet("$.lines[0].ordinal", "7")],
    ["a line of another gist", jsonSet("$.lines[0].gist", "'another'")],
    ["a dearer line", jsonSet("$.lines[0].cost", "'99.00'")],
    ["a cheaper line", jsonSet("$.lines[0].cost", "'0.01'")],
    ["a line less", "json_remove(fact, '$.lines[0]')"],
    ["no lines", jsonSet("$.lines", "json('[]')")],
  ],
  overage: [
    ["more money", jsonSet("$.amount", "'99.00'")],
    ["less money", jsonSet("$.amount", "'0.01'")],
    ["another cap", jsonSet("$.cap", "'per_month'")],
    ["another name", jsonSet("$.of", "'1'")],
    ["another person", jsonSet("$.by", "'Eve'")],
    ["another reason", jsonSet("$.why", "'because'")],
  ],
};

const CHANGES = Object.entries(WORDS).flatMap(([kind, changes]) =>
  changes.map(([what, value]) => [kind, what, value] as const),
);

test.for(CHANGES)("%s: finds %s", async ([kind, , value]) => {
  const entries = kind === "approved" ? await lastApprovals() : await listEntries(kind);
  expect(entries.length).toBeGreaterThan(1);
  for (const seq of entries) {
    const problems = await findProblemsAfter(
      `UPDATE entries SET fact = ${value} WHERE seq = ${seq}`,
    );
    expect([seq, problems.length > 0]).toEqual([seq, true]);
  }
});

// A change of an approval that was replaced later is found if something was bought under it.
test.for([
  ["a lower limit", jsonSet("$.limit", "'12.99'"), /buys b~t1 against its approval: over-limit/],
  ["an end that was over", jsonSet("$.until", "1"), /buys a~t1 against its approval: expired/],
  ["another plan", jsonSet("$.plan", "'another'"), /buys a~t1 as a line that was not approved/],
  [
    "a cheaper line",
    jsonSet("$.lines[0].cost", "'7.99'"),
    /buys a~t1 against its approval: dearer/,
  ],
  [
    "a line of another purchase",
    "json_set(fact, '$.lines[0].fingerprint', 'x', '$.lines[0].gist', 'x')",
    /buys a~t1 against its approval: not-in-plan/,
  ],
  ["a line less", "json_remove(fact, '$.lines[1]')", /buys b~t1 as a line that was not approved/],
] as const)("finds %s in an approval that was replaced", async ([, value, problem]) => {
  const [first] = await listEntries("approved");
  const problems = await findProblemsAfter(
    `UPDATE entries SET fact = ${value} WHERE seq = ${first}`,
  );
  expect(problems).toContainEqual(expect.stringMatching(problem));
});

// The tables keep only the last approval of a plan, and a gap in the numbers of entries is no problem.
test.fails.for([
  ["another person said it", jsonSet("$.by", "'Eve'")],
  ["its limit was higher", jsonSet("$.limit", "'999.00'")],
])("an approval that was replaced: %s", async ([, value]) => {
  const [first] = await listEntries("approved");
  const problems = await findProblemsAfter(
    `UPDATE entries SET fact = ${value} WHERE seq = ${first}`,
  );
  expect(problems).not.toEqual([]);
});

test.for(["approved", "overage", "run-started", "terms"])(
  "finds that any entry of kind %s was removed",
  async (kind) => {
    const entries = await listEntries(kind);
    expect(entries.length).toBeGreaterThan(1);
    for (const seq of entries) {
      const problems = await findProblemsAfter(`DELETE FROM entries WHERE seq = ${seq}`);
      expect([seq, problems.length > 0]).toEqual([seq, true]);
    }
  },
);

test.for([
  ["what a run needs", "run-started", jsonSet("$.approval", "'plan-2'"), /has approval/],
  [
    "for which plan a run buys",
    "run-started",
    jsonReplace("$.approval", "'plan-2'"),
    /buys a~t1 as a line that was not approved/,
  ],
  ["that a run needs one", "run-started", "json_remove(fact, '$.approval')", /has approval/],
  [
    "which plan covers a purchase",
    "reserved",
    jsonReplace("$.approved.plan", "'plan-2'"),
    /as a line that was not approved/,
  ],
  [
    "which line covers it",
    "reserved",
    jsonReplace("$.approved.line", "'c~t1'"),
    /against its approval: not-in-plan/,
  ],
  [
    "that anything covers it",
    "reserved",
    "json_remove(fact, '$.approved')",
    /buys a~t1 without an approval/,
  ],
  [
    "that purchases have to be approved",
    "terms",
    "json_remove(fact, '$.terms.approval')",
    /has terms/,
  ],
  [
    "how much may be spent in an hour",
    "terms",
    jsonSet("$.terms.breaker.usd_per_hour", "'17.99'"),
    /passes breaker.usd_per_hour: \$18.00 of \$17.99/,
  ],
  [
    "how much more an hour may cost",
    "terms",
    jsonSet("$.terms.breaker.usd_per_hour", "'99.00'"),
    /has terms/,
  ],
  [
    "how much may be unknown",
    "terms",
    jsonSet("$.terms.breaker.unknown_usd", "'0.49'"),
    /passes breaker.unknown_usd: .* of \$0.49/,
  ],
] as const)("finds a change of %s", async ([, kind, value, problem]) => {
  const sql = `UPDATE entries SET fact = ${value} WHERE json_extract(fact, '$.kind') = '${kind}'`;
  expect(await findProblemsAfter(sql)).toContainEqual(expect.stringMatching(problem));
});

test("finds a line that covers another form of itself while it is taken", async () => {
  const [released] = await listEntries("released");
  const problems = await findProblemsAfter(`DELETE FROM entries WHERE seq = ${released}`);
  expect(problems).toContainEqual(expect.stringMatching(/buys b~t1 .* its approval: taken/));
});

test("finds a purchase that only a later overage has room for", async () => {
  const [first] = await listEntries("overage");
  const problems = await findProblemsAfter(
    `UPDATE entries SET seq = 1000 + seq WHERE seq = ${first}`,
    "UPDATE overages SET rowid = 1000 + rowid WHERE rowid = 1",
  );
  expect(problems).toContainEqual(expect.stringMatching(/passes cap: \$18.00 of \$14.00/));
});

// Checked by the entries alone, for they are what is exported.
test("finds a purchase that names an approval its run did not need", async () => {
  const ledger = await sqlite.open(await copyApprovedStory(), "read", new World().as("reader"));
  const entries = await ledger.entries(null);
  expect(verify(entries, null).problems).toEqual([]);
  const free = entries.map((entry) => {
    const { fact } = entry;
    if (fact.kind !== "terms") return entry;
    const { approval: _, ...terms } = fact.terms;
    return { ...entry, fact: { ...fact, terms } };
  });
  const named = verify(free, null).problems;
  expect(named).toContainEqual(expect.stringMatching(/names an approval that it did not need/));
});
