import fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  exact,
  type MicroUsd,
  microUsd,
  NOTHING,
  parseUsd,
  reachesShare,
  subtract,
  sum,
  times,
} from "../../src/money.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_000 };
const MOST = 999_999_999_999_999;
const amount = fc.integer({ min: 0, max: MOST }).map(microUsd);
const signed = fc.integer({ min: -MOST, max: MOST }).map(microUsd);
const rate = fc.integer({ min: 1, max: 2_000_000 }).map(microUsd);

function usd(text: string): MicroUsd {
  const read = parseUsd(text);
  if (read === undefined) throw new Error(`${text} is no amount`);
  return read;
}

test("three times $0.14 is 0.42, and no more (trap t)", () => {
  expect(exact(sum([usd("0.14"), usd("0.14"), usd("0.14")]))).toBe("0.42");
});

test("the order of a sum does not matter", () => {
  const shuffled = fc
    .array(rate, { maxLength: 60 })
    .chain((amounts) =>
      fc.tuple(
        fc.constant(amounts),
        fc.shuffledSubarray(amounts, { minLength: amounts.length, maxLength: amounts.length }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([amounts, others]) => {
      expect(sum(others)).toBe(sum(amounts));
      expect(sum(amounts.toReversed())).toBe(sum(amounts));
    }),
    RUNS,
  );
});

test("a sum is what BigInt makes of it, and nothing sums to nothing", () => {
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 9 }), (amounts) => {
      const total = amounts.reduce((whole, one) => whole + BigInt(one), 0n);
      expect(BigInt(sum(amounts))).toBe(total);
    }),
    RUNS,
  );
  expect(sum([])).toBe(NOTHING);
});

test("adding and taking away undo each other", () => {
  fc.assert(
    fc.property(signed, signed, (a, b) => {
      expect(subtract(add(a, b), b)).toBe(a);
      expect(add(a, b)).toBe(add(b, a));
    }),
    RUNS,
  );
});

test("seconds times a rate is the rate added that often", () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: 0, max: 90 }), (perSecond, seconds) => {
      expect(times(perSecond, seconds)).toBe(sum(Array.from({ length: seconds }, () => perSecond)));
    }),
    RUNS,
  );
});

test.for([
  ["0.14", 3, "0.42"],
  ["0.168", 7, "1.176"],
  ["0.112", 5, "0.56"],
  ["0.42", 5, "2.10"],
  ["0.42", 10, "4.20"],
  ["0.14", 5, "0.70"],
] as const)("$%s × %i s is $%s", ([perSecond, seconds, cost]) => {
  expect(exact(times(usd(perSecond), seconds))).toBe(cost);
});

/** A share reached, by long multiplication on the digits: no division, no float. */
function reached(amounts: bigint, limit: bigint, percent: bigint): boolean {
  let hundredfold = 0n;
  for (let step = 0; step < 100; step += 1) hundredfold += amounts;
  let share = 0n;
  for (let step = 0n; step < percent; step += 1n) share += limit;
  return hundredfold >= share;
}

test("a share is reached at the very micro-dollar, and not one before", () => {
  const percent = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(amount, percent, fc.integer({ min: -3, max: 3 }), (limit, share, off) => {
      const exactly = (BigInt(limit) * BigInt(share)) / 100n + BigInt(off);
      const near = microUsd(Number(exactly < 0n ? 0n : exactly));
      expect(reachesShare(near, limit, share)).toBe(
        reached(BigInt(near), BigInt(limit), BigInt(share)),
      );
    }),
    RUNS,
  );
  fc.assert(
    fc.property(amount, amount, percent, (used, limit, share) => {
      const brute = reached(BigInt(used), BigInt(limit), BigInt(share));
      expect(reachesShare(used, limit, share)).toBe(brute);
    }),
    RUNS,
  );
});

test("an amount that is not exact is thrown, not kept", () => {
  const largest = microUsd(Number.MAX_SAFE_INTEGER);
  const one = microUsd(1);
  for (const wrong of [0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 0.1 + 0.2]) {
    expect(() => microUsd(wrong)).toThrow(RangeError);
  }
  expect(() => add(largest, one)).toThrow(RangeError);
  expect(() => sum([largest, one])).toThrow(RangeError);
  expect(() => subtract(microUsd(-Number.MAX_SAFE_INTEGER), one)).toThrow(RangeError);
  expect(() => times(largest, 2)).toThrow(RangeError);
  expect(() => times(one, 0.5)).toThrow(RangeError);
  expect(add(largest, microUsd(-1))).toBe(Number.MAX_SAFE_INTEGER - 1);
});

test("no amount is minus zero", () => {
  expect(Object.is(subtract(microUsd(5), microUsd(5)), 0)).toBe(true);
  expect(exact(times(microUsd(0), 7))).toBe("0.00");
});
