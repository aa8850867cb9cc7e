import type Database from "libsql";
import { expect } from "vitest";
import * as z from "zod";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { verify } from "../../../src/ledger/verify.ts";
import { exact, type MicroUsd, microUsd, sum } from "../../../src/money.ts";
import { CAMPAIGN, keyOf } from "./orders.ts";

/** One POST as the simulator saw it, and how its hold stood in the file at that moment. */
export interface Post {
  readonly key: string;
  readonly endpoint: string;
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly state: string;
  /** Which of the line's POSTs it is, from 1, and how often the file says by then that it was about to be sent. */
  readonly time: number;
  readonly sends: number;
  /** Endpoints of the jobs that were not done yet when it came, its own not among them. */
  readonly beside: readonly string[];
}

/** What holds after every run, whatever went wrong in it. */
export async function expectSound(
  ledger: Ledger,
  posts: readonly Post[],
  simulator: Simulator | null,
): Promise<void> {
  const all = await ledger.everything();
  const verified = verify(all.entries, all.kept);
  expect(verified.problems).toEqual([]);
  const holds = await ledger.holds(CAMPAIGN);
  expect(verified.holds).toBe(holds.length);
  // When a POST is seen at the other end, the step before it stands in the file, once for each.
  expect(posts.filter(({ state, time, sends }) => state !== "sending" || time > sends)).toEqual([]);
  if (simulator === null) return;
  // Whatever was accepted is remembered as accepted, or as not known; never as free.
  const forgotten = [...countedBy(simulator.jobs, ({ input }) => keyOf(input))].filter(
    ([key, jobs]) => holds.filter((hold) => hold.key === key && KEPT.has(hold.state)).length < jobs,
  );
  expect(forgotten).toEqual([]);
  const known = sum(holds.flatMap(({ spent, held }) => [spent, held]));
  expect({ known: exact(known), covers: known >= billedBy(simulator) }).toEqual({
    known: exact(known),
    covers: true,
  });
}

const KEPT: ReadonlySet<string> = new Set(["submitted", "settled", "failed", "unknown"]);

/** Rounded up to a millionth: the bill has nine decimals. */
function billedBy({ bill }: Simulator): MicroUsd {
  const [whole = "", decimals = ""] = bill.dollars.split(".");
  return microUsd(Number((BigInt(whole + decimals.padEnd(9, "0")) + 999n) / 1_000n));
}

function countedBy<Item>(
  items: readonly Item[],
  name: (item: Item) => string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1);
  return counts;
}

const row = z.object({ state: z.string(), sends: z.int() });

/** As another process reads the file: how the newest hold of a line stands, and how often the line was sent. */
export function asWritten(witness: Database.Database, key: string): z.output<typeof row> {
  return row.parse(
    witness
      .prepare(
        `SELECT state, (SELECT count(*) FROM entries JOIN holds AS other USING (hold)
          WHERE other.key = holds.key AND fact ->> 'kind' = 'sending') AS sends
        FROM holds WHERE key = ? ORDER BY rowid DESC LIMIT 1`,
      )
      .get(key) ?? { state: "none", sends: 0 },
  );
}
