import fc from "fast-check";
import { NO_BREAKER } from "../../../../src/budget/caps.ts";
import type { Terms } from "../../../../src/budget/terms.ts";
import type { ApprovedLine, Order } from "../../../../src/ledger/entry.ts";
import { microUsd } from "../../../../src/money.ts";
import { order } from "../../rig/test-ledger.ts";
import { type ModelLine, type ModelOrder, type ModelTerms, purchaseOf } from "./model.ts";
import { termsOf } from "../any-order/generate.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const PLANS = ["plan-1", "plan-2", "plan-3"] as const;

// Few shots, lengths and amounts, in whole dollars: purchases have to meet the same lines, and limits exactly.
const dollars = (...some: readonly number[]): fc.Arbitrary<number> =>
  fc.constantFrom(...some).map((amount) => amount * 1_000_000);
const maybe = (...some: readonly number[]) => fc.option(dollars(...some), { freq: 2 });
const what = {
  shot: fc.constantFrom("a", "b"),
  seconds: fc.constantFrom(3, 5, 8),
  ordinal: fc.integer({ min: 1, max: 2 }),
};
/** By the second, now and then a dearer or a cheaper one. */
const rate = fc.constantFrom(1, 1, 1, 1, 2, 0.5);
const priced = <Of extends { seconds: number; rate: number }>({ rate: each, ...of }: Of) => ({
  ...of,
  cost: of.seconds * each * 1_000_000,
});
export const wanted: fc.Arbitrary<ModelOrder> = fc
  .record({ ...what, rate, scene: fc.constantFrom(null, "1") })
  .map(priced);
export const lines: fc.Arbitrary<readonly ModelLine[]> = fc
  .array(fc.record({ ...what, rate }).map(priced), { maxLength: 5 })
  .map((some) => some.map((line, turn) => ({ ...line, key: `line ${turn}` })));

const NO_MODEL_CAPS = { shot: null, endpoint: {}, tag: {}, run: null, month: null };
export const terms: fc.Arbitrary<ModelTerms> = fc.record({
  caps: fc
    .record({
      cap: maybe(8, 16, 40),
      day: maybe(8, 16),
      week: maybe(16, 24),
      scene: fc
        .option(dollars(5, 8), { freq: 2 })
        .map((most) => (most === null ? {} : { "1": most })),
    })
    .map((some) => ({ ...NO_MODEL_CAPS, ...some })),
  required: fc.boolean(),
  perHour: maybe(13, 21),
  unknown: maybe(0, 0, 5),
});

const turn = fc.nat({ max: 99 });
const kind = <const Name extends string>(name: Name): fc.Arbitrary<Name> => fc.constant(name);
export const command = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: kind("reserve"), run: turn, wanted }) },
  { weight: 14, arbitrary: fc.record({ do: kind("go on"), turn }) },
  { weight: 3, arbitrary: fc.record({ do: kind("correct"), turn }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: kind("approve"),
      plan: fc.constantFrom(...PLANS),
      limit: dollars(0, 3, 5, 8, 13, 50),
      ends: fc.option(fc.constantFrom(-1, 0, 1, HOUR), { freq: 2 }),
      lines,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: kind("start"), needs: fc.constantFrom(null, "any", ...PLANS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: kind("overage"),
      cap: fc.constantFrom("cap", "by_scene", "per_day", "per_week"),
      amount: dollars(1, 5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: kind("agree"), terms }) },
  { weight: 1, arbitrary: fc.record({ do: kind("end"), run: turn }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: kind("wait"),
      ms: fc.constantFrom(1, HOUR / 2, HOUR, HOUR + 1, DAY, 3 * DAY, -1, -DAY),
    }),
  },
);
export type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

export function termsFor({ caps, required, perHour, unknown }: ModelTerms): Terms {
  const made = termsOf(caps);
  const micros = (amount: number | null) => (amount === null ? null : microUsd(amount));
  const breaker = { ...NO_BREAKER, usdPerHour: micros(perHour), unknownUsd: micros(unknown) };
  return { ...made, caps: { ...made.caps, breaker }, approval: required ? "required" : "optional" };
}

export function orderFor(one: ModelOrder): Order {
  const { shot, seconds, ordinal, scene, cost } = one;
  const more = { gist: `gist of ${shot}`, key: purchaseOf(one), endpoint: "one", shot };
  return order(`${shot}, ${seconds} s`, { ...more, seconds, ordinal, scene, cost: microUsd(cost) });
}

export function lineFor({ key, shot, seconds, ordinal, cost }: ModelLine): ApprovedLine {
  const fingerprint = `${shot}, ${seconds} s`;
  return { key, fingerprint, ordinal, gist: `gist of ${shot}`, cost: microUsd(cost) };
}
