import fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  cents,
  dollars,
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

const RUNS = { seed: 20_261_121, numRuns: 2_000 };
const MOST = 999_999_999_999_999;
const written = fc.integer({ min: 0, max: MOST });
const signedMicros = fc.integer({ min: -MOST, max: MOST });
const amount = written.map(microUsd);
const signed = signedMicros.map(microUsd);
const rate = fc.integer({ min: 1, max: 2_000_000 }).map(microUsd);

/** Writes decimals from the digits alone: no arithmetic that could share a mistake with the program's. */
function decimal(micros: number): string {
  const digits = String(Math.abs(micros)).padStart(7, "0");
  const text = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/(\.\d\d\d*?)0+$/, "$1");
  return `${micros < 0 ? "-" : ""}${text}`;
}

test("writes every amount exactly, with two to six decimals, and reads it back", () => {
  fc.assert(
    fc.property(written, (micros) => {
      const text = exact(microUsd(micros));
      expect(text).toBe(decimal(micros));
      expect(text).toMatch(/^(?:0|[1-9]\d*)\.\d{2,6}$/);
      expect(parseUsd(text)).toBe(micros);
    }),
    RUNS,
  );
});

test("writes and reads back each micro-dollar below two cents and around a dollar", () => {
  const lost: number[] = [];
  for (const from of [0, 990_000, MOST - 20_000]) {
    for (let micros = from; micros <= from + 20_000; micros += 1) {
      if (parseUsd(exact(microUsd(micros))) !== micros) lost.push(micros);
    }
  }
  expect(lost).toEqual([]);
});

test("accepts superfluous zeros", () => {
  fc.assert(
    fc.property(written, (micros) => {
      const digits = String(micros).padStart(7, "0");
      expect(parseUsd(`${digits.slice(0, -6)}.${digits.slice(-6)}`)).toBe(micros);
    }),
    RUNS,
  );
  expect(parseUsd("007")).toBe(7_000_000);
  expect(parseUsd("180")).toBe(180_000_000);
});

test.for([
  ["", "nothing"],
  [" 1", "a blank before"],
  ["1 ", "a blank after"],
  ["1\n", "a line end"],
  ["0.1234567", "seven decimals"],
  ["0.0000000", "seven decimals, all zero"],
  ["+1", "a plus sign"],
  ["-1", "a minus sign"],
  ["-0", "minus zero"],
  ["1e3", "an exponent"],
  ["1E-3", "a small exponent"],
  ["0x10", "hex"],
  ["0b1", "binary"],
  ["1_000", "an underscore"],
  ["1,000", "a group separator"],
  ["1,5", "a decimal comma"],
  [".5", "no digit before the point"],
  ["5.", "no digit after the point"],
  ["1.2.3", "two points"],
  ["$5", "a currency sign"],
  ["1000000000", "a thousand million"],
  ["1000000000.00", "a thousand million with cents"],
  ["0000000001", "ten digits"],
  ["NaN", "no number"],
  ["Infinity", "no end"],
  [".inf", "no end, as YAML has it"],
  ["١٢", "digits of another script"],
  ["１２", "full-width digits"],
])("does not read %j: %s", ([text]) => {
  expect(parseUsd(text ?? "")).toBeUndefined();
});

test("reads nothing but plain decimals", () => {
  const characters = fc.constantFrom(..."0123456789.+-eExX_, $\n".split(""));
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 12 }), (text) => {
      const plain = /^[0-9]{1,9}$/.test(text) || /^[0-9]{1,9}[.][0-9]{1,6}$/.test(text);
      expect(parseUsd(text) !== undefined).toBe(plain);
    }),
    { ...RUNS, numRuns: 10_000 },
  );
});

test("writes the exact amount after a dollar sign in messages", () => {
  fc.assert(
    fc.property(signedMicros, (micros) => {
      expect(dollars(microUsd(micros))).toBe(decimal(micros).replace(/^(-?)/, "$1$$"));
    }),
    RUNS,
  );
});

/** Rounds half away from zero, in whole numbers only. */
function rounded(micros: number): string {
  const cent = (BigInt(Math.abs(micros)) + 5_000n) / 10_000n;
  const whole = (cent / 100n).toLocaleString("en-US");
  const sign = micros < 0 && cent > 0n ? "-" : "";
  return `${sign}$${whole}.${String(cent % 100n).padStart(2, "0")}`;
}

test("rounds printed amounts half away from zero, below zero too, with group separators", () => {
  fc.assert(
    fc.property(signedMicros, (micros) => {
      expect(cents(microUsd(micros))).toBe(rounded(micros));
    }),
    RUNS,
  );
});

test.for([
  [1_176_000, "1.176", "$1.18"],
  [-1_176_000, "-1.176", "-$1.18"],
  [5_000, "0.005", "$0.01"],
  [4_999, "0.004999", "$0.00"],
  [-5_000, "-0.005", "-$0.01"],
  [-4_999, "-0.004999", "$0.00"],
  [1_005_000, "1.005", "$1.01"],
  [-1_005_000, "-1.005", "-$1.01"],
  [994_999, "0.994999", "$0.99"],
  [995_000, "0.995", "$1.00"],
  [999_999_000_000, "999999.00", "$999,999.00"],
  [999_999_995_000, "999999.995", "$1,000,000.00"],
  [1_234_567_890_000, "1234567.89", "$1,234,567.89"],
  [-1_000_000_000, "-1000.00", "-$1,000.00"],
  [0, "0.00", "$0.00"],
] as const)(
  "writes %i micro-dollars as %s exactly and as %s for a reader",
  ([micros, full, short]) => {
    expect(exact(microUsd(micros))).toBe(full);
    expect(cents(microUsd(micros))).toBe(short);
  },
);

function usd(text: string): MicroUsd {
  const read = parseUsd(text);
  if (read === undefined) throw new Error(`${text} is no amount`);
  return read;
}

test("sums three times $0.14 to exactly 0.42 (trap t)", () => {
  expect(exact(sum([usd("0.14"), usd("0.14"), usd("0.14")]))).toBe("0.42");
});

test("gives the same sum in any order", () => {
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

test("sums as BigInt does, and nothing to 0", () => {
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 9 }), (amounts) => {
      const total = amounts.reduce((whole, one) => whole + BigInt(one), 0n);
      expect(BigInt(sum(amounts))).toBe(total);
    }),
    RUNS,
  );
  expect(sum([])).toBe(NOTHING);
});

test("undoes an addition by a subtraction", () => {
  fc.assert(
    fc.property(signed, signed, (a, b) => {
      expect(subtract(add(a, b), b)).toBe(a);
      expect(add(a, b)).toBe(add(b, a));
    }),
    RUNS,
  );
});

test("multiplies seconds and a rate like repeated addition", () => {
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
] as const)("multiplies $%s by %i s to $%s", ([perSecond, seconds, cost]) => {
  expect(exact(times(usd(perSecond), seconds))).toBe(cost);
});

/** Whether a share is reached, by long multiplication on the digits: no division, no float. */
function reached(amounts: bigint, limit: bigint, percent: bigint): boolean {
  let hundredfold = 0n;
  for (let step = 0; step < 100; step += 1) hundredfold += amounts;
  let share = 0n;
  for (let step = 0n; step < percent; step += 1n) share += limit;
  return hundredfold >= share;
}

test("reaches a share at the exact micro-dollar, and not one before", () => {
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

test("throws for an amount that is not exact", () => {
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

test("never makes minus zero", () => {
  expect(Object.is(subtract(microUsd(5), microUsd(5)), 0)).toBe(true);
  expect(exact(times(microUsd(0), 7))).toBe("0.00");
});
