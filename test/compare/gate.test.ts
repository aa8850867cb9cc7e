import fc from "fast-check";
import { expect, test } from "vitest";
import { exact, microUsd, parsePercent, shareOf } from "../../src/money.ts";
import { type PlanGate, checkGates } from "../../src/plan/check-gates.ts";

const RUNS = { seed: 20_261_121, numRuns: 2_000 };
const MOST = 999_999_999_999_999;

const digits = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9]{1,${length}}$`));
/** `12.5%`, as its digits without the point and how many of them come after it. */
const percent = fc.tuple(digits(9), fc.option(digits(6), { nil: "" })).map(([whole, decimals]) => ({
  written: `${whole}${decimals === "" ? "" : `.${decimals}`}%`,
  digits: BigInt(whole + decimals),
  scale: 10n ** BigInt(decimals.length),
}));

function checkIncrease(written: string, before: number, after: number): PlanGate {
  const read = parsePercent(written);
  if (read === undefined) throw new Error(`${written} is no percentage`);
  const limits = { maxUsd: null, maxIncrease: { percent: read }, failOn: null } as const;
  const weighed = { cost: microUsd(after), before: microUsd(before), warnings: 0 };
  const [gate] = checkGates(limits, weighed);
  if (gate === undefined) throw new Error("no gate was held");
  return gate;
}

test("judges a percentage exactly as integer arithmetic does", () => {
  const cost = fc.oneof(fc.integer({ min: 0, max: MOST }), fc.integer({ min: 0, max: 1_000_000 }));
  // Most pairs of costs are far from the limit: every other one stands on it, or a micro-dollar away.
  const pair = fc.tuple(percent, cost, cost, fc.option(fc.integer({ min: -1, max: 1 })));
  let close = 0;
  fc.assert(
    fc.property(pair, ([limit, before, any, step]) => {
      const edge = BigInt(before) + (BigInt(before) * limit.digits) / (100n * limit.scale);
      const near = step === null ? null : edge + BigInt(step);
      const after = near === null || near < 0n || near > BigInt(MOST) ? any : Number(near);
      if (near !== null && after === Number(near)) close += 1;
      const grows = BigInt(after) - BigInt(before);
      const passes = grows * 100n * limit.scale <= BigInt(before) * limit.digits;
      expect(checkIncrease(limit.written, before, after).passed).toBe(passes);
    }),
    RUNS,
  );
  expect(close).toBeGreaterThan(RUNS.numRuns / 10);
});

test.for([
  ["10%", 7, 7.7, true],
  ["10%", 7, 7.700001, false],
  ["0%", 7, 7, true],
  ["0%", 7, 7.000001, false],
  ["100%", 0, 0, true],
  ["999999999%", 0, 0.000001, false],
  ["0%", 7, 0, true],
  // A third has no end: 33.333333 % of $0.000003 is less than a micro-dollar, 34 % is one.
  ["33.333333%", 0.000003, 0.000004, false],
  ["34%", 0.000003, 0.000004, true],
  ["999999999.999999%", 999_999_999.999999, 999_999_999.999999, true],
] as const)(
  "judges --max-increase %s from $%d to $%d: passed is %s",
  ([limit, before, after, passed]) => {
    const micros = (usd: number): number => Math.round(usd * 1_000_000);
    expect(checkIncrease(limit, micros(before), micros(after)).passed).toBe(passed);
  },
);

test("rounds a share down to a whole amount, and never overflows", () => {
  const share = (amount: number, written: string): string => {
    const read = parsePercent(written);
    return read === undefined ? "no share" : exact(shareOf(microUsd(amount), read));
  };
  expect(share(7_000_000, "39.9%")).toBe("2.793");
  expect(share(1, "99.999999%")).toBe("0.00");
  expect(share(MOST, "999999999%")).toBe("9007199254.740991");
  for (const wrong of ["10", "%", "10 %", "1e1%", "-5%", "+5%", ".5%", "5.%", "0.1234567%", "%5"]) {
    expect([wrong, share(1, wrong)]).toEqual([wrong, "no share"]);
  }
});

test("checks only stated limits in the order of the options, and passes a value equal to its limit", () => {
  const weighed = { cost: microUsd(5), before: microUsd(3), warnings: 0 };
  expect(checkGates({ maxUsd: null, maxIncrease: null, failOn: null }, weighed)).toEqual([]);
  const usd = microUsd(2);
  const limits = { maxUsd: microUsd(5), maxIncrease: { usd }, failOn: "warn" } as const;
  const passed = checkGates(limits, weighed).map((gate) => [gate.name, gate.passed]);
  expect(passed).toEqual([
    ["max-usd", true],
    ["max-increase", true],
    ["fail-on", true],
  ]);
  const more = { cost: microUsd(6), before: microUsd(3), warnings: 1 };
  expect(checkGates(limits, more).map((gate) => gate.passed)).toEqual([false, false, false]);
});
