import { expect, test } from "vitest";
import * as z from "zod";
import { verify } from "../../../src/ledger/verify.ts";
import {
  verifyLedger,
  findProblemsAfter,
  findProblemsIn,
  rawRows,
  copyStory,
} from "../rig/tamper.ts";
import { Bench, order, step, World } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

// Changes of entries, by what they would gain: money that vanishes, a cap that did not apply, a purchase that is
// not the one that was made.
const CHANGES: readonly (readonly [what: string, sql: string, problem: RegExp])[] = [
  ["a hold that cost less", setInFacts("reserved", "$.order.cost", "0.50"), /has held/],
  ["a hold that cost more", setInFacts("reserved", "$.order.cost", "1.50"), /passes cap/],
  [
    "a purchase of another campaign",
    setInFacts("reserved", "$.order.campaign", "other"),
    /has campaign/,
  ],
  ["a settlement that was dearer", setInFacts("settled", "$.excess", "0.01"), /has spent/],
  ["a failure that was not billed", setInFacts("failed", "$.charge", "none"), /has charge/],
  ["a failure that was billed", setInFacts("failed", "$.charge", "charged"), /has charge/],
  ["a charge that a person saw otherwise", setInFacts("charge", "$.charge", "none"), /has spent/],
  ["an unknown outcome that was a release", replaceFact("unknown", released()), /has state/],
  [
    "a request that was never sent",
    replaceFact("sending", '{"kind":"cancel","answer":"no"}'),
    /cannot make a reserved hold cancel/,
  ],
  ["a lower cap", setInFacts("terms", "$.terms.cap", "3.00"), /passes cap: \$4.00 of \$3.00/],
  [
    "a lower cap on shots",
    setInFacts("terms", "$.terms.per_shot", "1.50"),
    /passes per_shot: \$2.00 of \$1.50/,
  ],
  [
    "a lower cap on days",
    setInFacts("terms", "$.terms.pace.per_day", "3.00"),
    /passes per_day: \$4.00 of \$3.00/,
  ],
  [
    "a lower limit of a run",
    setInFacts("run-started", "$.limits[0].limit", "0.50"),
    /passes --max-usd: \$1.00 of \$0.50/,
  ],
  [
    "another run's account",
    setInFacts("reserved", "$.account", "plan"),
    /passes --max-usd: \$6.00 of \$1.00/,
  ],
  [
    "the same purchase twice",
    setInFacts("reserved", "$.order.fingerprint", "same"),
    /buys b~t1 a second time/,
  ],
  [
    "a request that several holds have",
    setInFacts("submitted", "$.request.id", "same"),
    /has the request of hold/,
  ],
  [
    "entries of a hold that never was",
    "UPDATE entries SET hold = 'another' WHERE seq = 6",
    /is about a hold that was not reserved/,
  ],
  [
    "a hold without a run",
    "UPDATE entries SET run = NULL WHERE seq = 5",
    /reserves without an id or a run/,
  ],
  ["two entries in each other's place", swapEntries(5, 6), /is about a hold that was not reserved/],
];

/** Every fact of a kind, with one of its values set. */
function setInFacts(kind: string, path: string, value: string): string {
  return `UPDATE entries SET fact = json_replace(fact, '${path}', '${value}') WHERE ${isKind(kind)}`;
}

function replaceFact(kind: string, fact: string): string {
  return `UPDATE entries SET fact = '${fact}' WHERE ${isKind(kind)}`;
}

function isKind(kind: string): string {
  return `json_extract(fact, '$.kind') = '${kind}'`;
}

function released(): string {
  return JSON.stringify({ kind: "released", why: "refused", person: null });
}

function swapEntries(one: number, other: number): string {
  return `UPDATE entries SET seq = -seq WHERE seq IN (${one}, ${other});
    UPDATE entries SET seq = ${one + other} + seq WHERE seq < 0`;
}

test.for(CHANGES)("finds %s", async ([, sql, problem]) => {
  const path = await copyStory();
  const before = rawRows(path, "SELECT * FROM entries ORDER BY seq");
  expect(before).toHaveLength(33);
  expect(await findProblemsAfter(sql)).toContainEqual(expect.stringMatching(problem));
});

// The tables keep all of this a second time.
const KEPT_TWICE: readonly (readonly [what: string, sql: string])[] = [
  ["a hold of another day", `UPDATE entries SET at = at - 86400000 WHERE seq = 5`],
  ["a purchase with another fingerprint", of5("$.order.fingerprint", "'another'")],
  ["a purchase with another ordinal", of5("$.order.ordinal", "7")],
  ["a purchase of another edition", of5("$.order.edition", "'another'")],
  ["a purchase with another key", of5("$.order.key", "'another'")],
  ["a purchase of another shot", of5("$.order.shot", "'another'")],
  ["a purchase of another scene", of5("$.order.scene", "'another'")],
  ["a purchase of another model", of5("$.order.endpoint", "'another'")],
  ["a purchase of another length", of5("$.order.seconds", "9")],
  [
    "another request",
    "UPDATE entries SET fact = json_set(fact, '$.request.id', 'another') WHERE seq = 7",
  ],
];

// The tables of campaigns and runs keep caps and runs a second time too.
const CAPS_AND_RUNS: readonly (readonly [what: string, sql: string])[] = [
  ["higher caps", setInFacts("terms", "$.terms.cap", "999.00")],
  ["no caps at all", `DELETE FROM entries WHERE ${isKind("terms")}`],
  ["a higher limit of a run", setInFacts("run-started", "$.limits[0].limit", "999.00")],
  ["no start of a run", `DELETE FROM entries WHERE ${isKind("run-started")}`],
  ["no end of a run", `DELETE FROM entries WHERE ${isKind("run-ended")}`],
];

function of5(path: string, value: string): string {
  return `UPDATE entries SET fact = json_set(fact, '${path}', ${value}) WHERE seq = 5`;
}

test.for([...KEPT_TWICE, ...CAPS_AND_RUNS])(
  "finds %s",
  async ([, sql]: readonly [string, string]) => {
    expect(await findProblemsAfter(sql)).not.toEqual([]);
  },
);

const KINDS = [
  "reserved",
  "sending",
  "submitted",
  "settled",
  "failed",
  "unknown",
  "charge",
  "released",
];

test("finds that any entry about a hold's money was removed", async () => {
  const wanted = KINDS.map((kind) => `'${kind}'`).join(", ");
  const rows = rawRows(
    await copyStory(),
    `SELECT seq FROM entries WHERE json_extract(fact, '$.kind') IN (${wanted}) ORDER BY seq`,
  );
  expect(rows).toHaveLength(24);
  for (const row of rows) {
    const { seq } = z.object({ seq: z.int() }).parse(row);
    const problems = await findProblemsAfter(`DELETE FROM entries WHERE seq = ${seq}`);
    expect([seq, problems.length > 0]).toEqual([seq, true]);
  }
});

test("finds entries that come in another order, or twice", async () => {
  const ledger = await sqlite.open(await copyStory(), "read", new World().as("reader"));
  const entries = await ledger.entries(null);
  const notices = entries.slice(0, 4);
  expect(verify(notices, null).problems).toEqual([]);
  for (const wrong of [notices.toReversed(), notices.flatMap((entry) => [entry, entry])]) {
    expect(verify(wrong, null).problems).toContain("entry 1 (purpose) is out of order");
  }
});

test.for([
  [
    "that is not said any more",
    "UPDATE entries SET fact = json_remove(fact, '$.duplicate')",
    "UPDATE holds SET duplicate = 0",
    /makes a~t1 claim its purchase twice/,
  ],
  [
    "of a hold that has its purchase to itself",
    "UPDATE entries SET fact = json_set(fact, '$.duplicate', json('true')) WHERE json_extract(fact, '$.kind') = 'charge'",
    "UPDATE holds SET duplicate = 1 WHERE fingerprint = 'b'",
    /is marked as a duplicate without another hold/,
  ],
] as const)("finds a duplicate %s", async ([, entries, holds, problem]) => {
  let path = "";
  const place = async (): Promise<string> => (path = await sqlite.place());
  const bench = await Bench.create({ ...sqlite, place });
  const { id } = await bench.makeHold(order("a"), "released");
  await bench.makeHold(order("a"), "settled");
  await bench.advance(id, step.found());
  const failed = await bench.makeHold(order("b"), "failed, charge none");
  await bench.advance(failed.id, step.charge("charged"));
  expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
  bench.ledger.close();
  const problems = await findProblemsIn(path, entries, holds);
  expect(problems).toEqual([expect.stringMatching(problem)]);
});
