import fc from "fast-check";
import { expect, test } from "vitest";
import { type Caps, NO_CAPS, type PaceCap } from "../../src/budget/caps.ts";
import { makeCaps } from "./make-caps.ts";
import { checkPace } from "../../src/budget/pace.ts";
import { microUsd, NOTHING } from "../../src/money.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_500 };
const CLOCK = { now: Date.UTC(2026, 10, 21, 9), timezone: "UTC" };

interface Days {
  readonly today: number;
  readonly usual: number;
  readonly usedNow: number;
  readonly costs: readonly number[];
  readonly whenReached: Caps["whenReached"];
}

/** Counts day by day; a cost that fits on no later day waits for ever, and is counted on none. */
function countDaysByHand({ today, usual, usedNow, costs, whenReached }: Days): number {
  let waiting = [...costs];
  let room = today - usedNow;
  let days = costs.length > 0 ? 1 : 0;
  for (;;) {
    const tomorrow: number[] = [];
    for (const cost of waiting) {
      const shut = whenReached === "stop" && tomorrow.length > 0;
      if (!shut && cost <= room) room -= cost;
      else if (cost <= usual) tomorrow.push(cost);
    }
    if (tomorrow.length === 0) return days;
    waiting = tomorrow;
    room = usual;
    days += 1;
  }
}

function caps(limit: number, whenReached: Caps["whenReached"], cap: PaceCap): Caps {
  return makeCaps({ [cap]: microUsd(limit), whenReached });
}

function windows({ today, usual, usedNow, costs, whenReached }: Days, cap: PaceCap = "per_day") {
  const [now, later] = [today, usual].map((limit) => caps(limit, whenReached, cap));
  const used = () => ({ spent: microUsd(usedNow), held: NOTHING });
  const [row] = checkPace(now ?? NO_CAPS, costs.map(microUsd), used, CLOCK, later);
  return row?.windows;
}

const days = (costs: readonly number[]): fc.Arbitrary<Days> =>
  fc
    .record({
      usual: fc.integer({ min: 420, max: 1_500 }),
      added: fc.constantFrom(0, 1, 60, 420, 900),
      usedNow: fc.integer({ min: 0, max: 2_500 }),
      costs: fc.array(fc.constantFrom(...costs), { maxLength: 40 }),
      whenReached: fc.constantFrom("stop" as const, "skip" as const),
    })
    .map(({ added, ...some }) => ({ ...some, today: some.usual + added }));

test.for(["per_day", "per_week", "per_month"] as const)(
  "%s: an overage is room in the current window only, as counting windows one by one shows",
  (cap) => {
    fc.assert(
      fc.property(days([60, 70, 84, 140, 210, 420]), (some) => {
        expect(windows(some, cap)).toBe(countDaysByHand(some));
      }),
      RUNS,
    );
  },
);

test.for([
  [{ today: 20, usual: 10, usedNow: 0, costs: [10, 10] }, 1],
  [{ today: 20, usual: 10, usedNow: 0, costs: [10, 10, 1] }, 2],
  [{ today: 20, usual: 10, usedNow: 15, costs: [10, 10] }, 3],
  [{ today: 20, usual: 10, usedNow: 20, costs: [10] }, 2],
  [{ today: 20, usual: 10, usedNow: 25, costs: [10] }, 2],
  [{ today: 20, usual: 10, usedNow: 0, costs: [] }, 0],
] as const)("%j dollars: %i days", ([some, expected]) => {
  for (const whenReached of ["stop", "skip"] as const) {
    expect(windows({ ...some, whenReached })).toBe(expected);
  }
});

test("the row shows the current window's limit, and what is left of it", () => {
  const used = () => ({ spent: microUsd(12), held: microUsd(1) });
  const [now, later] = [20, 10].map((limit) => caps(limit, "stop", "per_day"));
  const [row] = checkPace(now ?? NO_CAPS, [microUsd(6)], used, CLOCK, later);
  expect(row).toMatchObject({ limit: 20, spent: 12, held: 1, planned: 6, left: 1, verdict: "ok" });
});

// Dearer than any later day, but not than today: nothing may wait for it.
test("counts to an end if lines cost more than a usual day allows", () => {
  fc.assert(
    fc.property(days([60, 420, 1_600, 2_300]), (some) => {
      const count = windows(some);
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(some.costs.length + 1);
    }),
    RUNS,
  );
});

test("counts a line that fits only today in today's window", () => {
  const some = { today: 20, usual: 10, usedNow: 0, whenReached: "stop" } as const;
  expect(windows({ ...some, costs: [15] })).toBe(1);
});

test("a line that fits only today takes room from the other lines", () => {
  const some = { today: 20, usual: 10, usedNow: 0, whenReached: "stop" } as const;
  expect(windows({ ...some, costs: [15, 10] })).toBe(2);
});
