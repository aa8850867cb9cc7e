import { expect, test } from "vitest";
import * as z from "zod";
import { microUsd, sum } from "../../../src/money.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { LONG } from "../../rig/effort.ts";
import { startChild } from "../rig/start-child.ts";
import { postgres } from "../rig/postgres-ledgers.ts";
import { Bench, capped } from "../rig/test-ledger.ts";

const database = postgres();
// On a busy machine one process may finish before the first refusal.
const counts = z.object({ held: z.int(), over: z.int().default(0) });

/** Ten thousand take half a minute on an idle machine. */
const LINES = LONG ? 10_000 : 500;
const PRICE = 140_000;
const PROCESSES = 8;

test(`eight processes on a server hold ${LINES} lines under a cap of ${LINES}`, async () => {
  const place = await database.place();
  // A micro-dollar short of one line more.
  const cap = microUsd(LINES * PRICE + PRICE - 1);
  const bench = await Bench.create({ ...database, place: async () => place }, capped({ cap }));
  // Seven of them want fewer than there are: the slowest is left some.
  const each = Math.ceil((LINES * 1.1) / PROCESSES);
  const children = Array.from({ length: PROCESSES }, (_, turn) =>
    startChild(["flood", place, `${turn}`, `${each}`]),
  );
  for (const one of children) expect(await one.says()).toBe("ready");
  for (const one of children) one.go();
  const told = counts.array().parse(await Promise.all(children.map((one) => one.says())));
  expect(sum(told.map(({ held }) => microUsd(held)))).toBe(LINES);
  expect(sum(told.map(({ over }) => microUsd(over)))).toBe(each * PROCESSES - LINES);
  // A race, not a procession.
  expect(told.every(({ held }) => held > 0)).toBe(true);
  const positions = await bench.ledger.positions("film");
  expect(sum(positions.map(({ held }) => held))).toBe(LINES * PRICE);
  const { problems, holds, checks } = await verifyLedger(bench.ledger);
  expect(problems).toEqual([]);
  expect([holds, checks]).toEqual([LINES, LINES]);
});
