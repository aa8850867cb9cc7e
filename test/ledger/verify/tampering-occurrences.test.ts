import { expect, test } from "vitest";
import * as z from "zod";
import { type Fact, decodeFact, encodeFact } from "../../../src/ledger/entry.ts";
import type { Everything } from "../../../src/ledger/ledger.ts";
import { verify } from "../../../src/ledger/verify.ts";
import { Bench } from "../rig/test-ledger.ts";
import { sqlite } from "../rig/sqlite-ledgers.ts";

const FIRST = Date.UTC(2026, 10, 21, 1);
const SECOND = Date.UTC(2026, 10, 22, 1);

/** Makes a ledger in which an occurrence was resumed after its run had died, and another was skipped. */
async function createStory(): Promise<Everything> {
  const bench = await Bench.create(sqlite);
  const start = {
    campaign: "film",
    instant: FIRST,
    edition: "",
    how: "on-time",
    limits: [],
  } as const;
  await bench.ledger.keepSchedule("film", "daily", FIRST - 1);
  await bench.ledger.startOccurrence(start);
  bench.world.dead.add("a");
  const other = await bench.openElsewhere("b");
  await other.startOccurrence(start);
  await other.endOccurrence("film", FIRST);
  await other.skipOccurrences("film", [SECOND]);
  return await other.everything();
}

let told: Promise<Everything> | undefined;

/** Returns what an audit finds if every fact of a kind is changed or removed. */
async function findProblemsIf(
  kind: Fact["kind"],
  changes: object | null,
): Promise<readonly string[]> {
  const { entries, kept } = await (told ??= createStory());
  expect(verify(entries, kept).problems).toEqual([]);
  let changed = 0;
  const others = entries.flatMap((entry) => {
    if (entry.fact.kind !== kind) return [entry];
    changed += 1;
    if (changes === null) return [];
    const written = z.record(z.string(), z.unknown()).parse(JSON.parse(encodeFact(entry.fact)));
    return [{ ...entry, fact: decodeFact(JSON.stringify({ ...written, ...changes })) }];
  });
  expect(changed).toBeGreaterThan(0);
  return verify(others, kept).problems;
}

test.for<readonly [what: string, kind: Fact["kind"], changes: object | null, finds: RegExp]>([
  ["other times", "schedule", { schedule: "hourly" }, /has schedule daily/],
  ["another beginning", "schedule", { since: 5 }, /has since/],
  ["no times", "schedule", null, /schedule film is not in the entries/],
  ["another edition", "occurrence", { edition: "x" }, /has edition/],
  ["another way", "occurrence", { how: "caught-up" }, /has how/],
  ["what was skipped, run", "occurrence", { how: "on-time" }, /is of a run of something else/],
  ["what ran, skipped", "occurrence", { how: "skipped" }, /has a run although it was skipped/],
  ["another moment", "occurrence", { instant: FIRST + 1 }, /gives an occurrence a second turn/],
  ["a missing turn", "occurrence", null, /resumes an occurrence that is not open/],
  ["an occurrence that was not resumed", "occurrence-resumed", null, /has run/],
  ["an occurrence without an end", "occurrence-ended", null, /has ended true/],
  ["another's end", "occurrence-ended", { instant: SECOND }, /ends an occurrence that is not open/],
  ["a run that was not ended", "run-ended", null, /resumes an occurrence whose run is open/],
  ["another account", "run-started", { account: "x" }, /is of a run of something else/],
])("finds %s", async ([, kind, changes, finds]) => {
  expect((await findProblemsIf(kind, changes)).join("\n")).toMatch(finds);
});
