import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Caps,
  mapKinds,
  PACE_KINDS,
  type PaceCap,
  type UsedMoney,
} from "../../src/budget/caps.ts";
import { makeCaps } from "./make-caps.ts";
import { checkPace } from "../../src/budget/pace.ts";
import { type MicroUsd, microUsd, NOTHING } from "../../src/money.ts";
import { cpuTime } from "../rig/cpu-time.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_500 };
const CLOCK = { now: Date.UTC(2026, 10, 21, 9), timezone: "UTC" };

/** Counts day by day: each day takes lines in order, and the first may be partly used. */
function countDaysByHand(
  costs: readonly number[],
  limit: number,
  usedNow: number,
  whenReached: Caps["whenReached"],
): number {
  let waiting = [...costs];
  let days = 0;
  while (waiting.length > 0) {
    let room = days === 0 ? limit - usedNow : limit;
    const tomorrow: number[] = [];
    let shut = false;
    for (const cost of waiting) {
      if (!shut && cost <= room) room -= cost;
      else {
        tomorrow.push(cost);
        shut = whenReached === "stop";
      }
    }
    waiting = tomorrow;
    days += 1;
  }
  return days;
}

const campaign = fc.record({
  limit: fc.integer({ min: 420, max: 1_500 }),
  costs: fc.array(fc.constantFrom(60, 70, 84, 140, 210, 420), { maxLength: 40 }),
  usedNow: fc.integer({ min: 0, max: 1_700 }),
  whenReached: fc.constantFrom("stop", "skip"),
});

function caps(cap: PaceCap, limit: number, whenReached: Caps["whenReached"]): Caps {
  return makeCaps({ [cap]: microUsd(limit), whenReached });
}

const used =
  (spent: number): UsedMoney =>
  () => ({ spent: microUsd(spent), held: NOTHING });

test.for(["per_day", "per_week", "per_month"] as const)(
  "%s: counts as many windows as a loop over each window does",
  (cap) => {
    fc.assert(
      fc.property(campaign, ({ limit, costs, usedNow, whenReached }) => {
        const starting = costs.map(microUsd);
        const [row] = checkPace(caps(cap, limit, whenReached), starting, used(usedNow), CLOCK);
        expect(row?.windows).toBe(countDaysByHand(costs, limit, usedNow, whenReached));
      }),
      RUNS,
    );
  },
);

test("per_run: a new run starts with the whole cap, whatever is spent already", () => {
  fc.assert(
    fc.property(campaign, ({ limit, costs, usedNow, whenReached }) => {
      const starting = costs.map(microUsd);
      const [row] = checkPace(caps("per_run", limit, whenReached), starting, used(usedNow), CLOCK);
      expect(row).toMatchObject({ spent: 0, held: 0, from: null });
      expect(row?.windows).toBe(countDaysByHand(costs, limit, 0, whenReached));
    }),
    RUNS,
  );
});

const dollars = (...amounts: readonly number[]): readonly MicroUsd[] =>
  amounts.map((amount) => microUsd(amount * 1_000_000));

test.for([
  [[], 0, 0],
  [[5, 5], 0, 1],
  [[5, 5, 1], 0, 2],
  [[6, 6, 4], 0, 2],
  [[6, 6, 4, 4], 0, 3],
  [[1], 9, 1],
  [[1], 10, 2],
  [[1], 25, 2],
] as const)(
  "lines of %j dollars under $10 a day, with $%i used today, take %i days",
  ([costs, today, days]) => {
    const starting = dollars(...costs);
    const [row] = checkPace(
      makeCaps({ per_day: microUsd(10_000_000) }),
      starting,
      used(today * 1_000_000),
      CLOCK,
    );
    expect(row?.windows).toBe(days);
  },
);

test("skip fills each day with the lines that still fit", () => {
  const starting = dollars(6, 6, 4, 4);
  const budget: Caps = { ...caps("per_day", 10_000_000, "skip") };
  const [row] = checkPace(budget, starting, used(0), CLOCK);
  expect(row?.windows).toBe(2);
});

test("returns a row for each stated cap on pace, in the manifest's order, with its own window's money", () => {
  const asked: (number | null)[] = [];
  const rows = checkPace(
    makeCaps({ ...mapKinds(PACE_KINDS, () => microUsd(10_000_000)), warnAt: 50 }),
    dollars(4),
    (scope, from) => {
      expect(scope).toEqual({ by: "campaign" });
      asked.push(from);
      return { spent: microUsd(1_000_000), held: microUsd(2_000_000) };
    },
    CLOCK,
  );
  expect(asked).toEqual([Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 16), Date.UTC(2026, 10, 1)]);
  expect(rows.map((row) => [row.cap, row.of, row.from, row.left, row.verdict])).toEqual([
    ["per_run", null, null, 6_000_000, "ok"],
    ["per_day", null, asked[0], 3_000_000, "warn"],
    ["per_week", null, asked[1], 3_000_000, "warn"],
    ["per_month", null, asked[2], 3_000_000, "warn"],
  ]);
});

test("counts 100,000 lines at one a day in no time", () => {
  const starting = Array.from({ length: 100_000 }, (_, turn) => microUsd(600_000 + (turn % 30)));
  const started = cpuTime();
  const [row] = checkPace(caps("per_day", 1_000_000, "skip"), starting, used(0), CLOCK);
  expect(row?.windows).toBe(100_000);
  expect(cpuTime() - started).toBeLessThan(10_000);
});
