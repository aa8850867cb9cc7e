import { makeCaps, type NamedLimits } from "../../../budget/make-caps.ts";
import fc from "fast-check";
import type { Terms } from "../../../../src/budget/terms.ts";
import type { Charge, Step } from "../../../../src/ledger/entry.ts";
import { type MicroUsd, microUsd } from "../../../../src/money.ts";
import { step } from "../../rig/test-ledger.ts";
import { type ModelCaps, SENDABLE_MS } from "./model.ts";

const DAY = 86_400_000;
export const OWNERS = ["a", "b", "c"] as const;

// Few purchases, few amounts, and caps that a few of them reach: requests have to collide.
const cents = (...some: readonly number[]): fc.Arbitrary<number> =>
  fc.constantFrom(...some).map((amount) => amount * 10_000);
const some = fc.option(cents(140, 210, 350, 420), { freq: 2 });
export const caps: fc.Arbitrary<ModelCaps> = fc.record({
  cap: fc.option(cents(0, 700, 1_400, 2_100), { freq: 2 }),
  shot: some,
  endpoint: fc.dictionary(fc.constantFrom("one", "two"), cents(210, 420), { maxKeys: 1 }),
  scene: fc.dictionary(fc.constantFrom("1", "2"), cents(210, 420), { maxKeys: 1 }),
  tag: fc.dictionary(fc.constantFrom("1", "hero"), cents(210, 420), { maxKeys: 2 }),
  run: some,
  day: some,
  week: fc.option(cents(280, 560), { freq: 2 }),
  month: fc.option(cents(350, 700), { freq: 2 }),
});

const which = fc.nat({ max: 99 });
const asked = fc.record({
  print: fc.constantFrom("p", "q", "r", "s"),
  ordinal: fc.integer({ min: 1, max: 2 }),
  edition: fc.constantFrom("", "", "2026-11-21T01:00"),
  shot: fc.constantFrom("hero", "Hero", "b"),
  endpoint: fc.constantFrom("one", "two"),
  scene: fc.constantFrom(null, "1", "2"),
  tags: fc.array(fc.constantFrom("1", "hero", "night"), { maxLength: 3 }),
  cost: cents(70, 140, 140, 210),
});
const taken: fc.Arbitrary<() => Step> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(step.sending, step.submitted, step.unknown) },
  { weight: 4, arbitrary: fc.constantFrom(step.settled, () => step.settled(microUsd(550_000))) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      step.released,
      step.freed,
      step.missing,
      step.cancel,
      step.delivered,
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom("none", "unknown", "charged")
      .map((charge: Charge) => () => step.failed(charge)),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom("none", "charged")
      .map((charge: "none" | "charged") => () => step.charge(charge)),
  },
  { weight: 3, arbitrary: fc.constantFrom(step.found, step.billed) },
);

/** The steps that a hold's state allows. */
export const ONWARDS: Readonly<Record<string, readonly (() => Step)[]>> = {
  reserved: [step.sending, step.sending, step.sending, step.released],
  sending: [step.submitted, step.submitted, step.unknown],
  submitted: [
    step.settled,
    () => step.settled(microUsd(550_000)),
    () => step.failed("none"),
    () => step.failed("unknown"),
    step.missing,
    step.cancel,
  ],
  settled: [step.delivered, () => step.charge("none"), () => step.charge("charged")],
  released: [step.found, step.billed],
  unknown: [step.submitted, step.released, () => step.failed("charged")],
  failed: [step.submitted, () => step.charge("none"), () => step.charge("charged")],
};

export const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("reserve" as const), run: which, asked }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("give up" as const), run: which, asked }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("step" as const), hold: which, taken }) },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant("go on" as const), turn: which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      owner: fc.constantFrom(...OWNERS),
      account: fc.constantFrom(null, null, "plan"),
      most: fc.option(cents(140, 350)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), run: which }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("reclaim" as const), owner: fc.constantFrom("b", "c") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("agree" as const), caps }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(
        SENDABLE_MS - 1,
        1,
        DAY / 2,
        DAY,
        DAY,
        9 * DAY,
        40 * DAY,
        -DAY,
        -40 * DAY,
      ),
    }),
  },
);
export type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;
export type Asking = (Command & { readonly do: "reserve" })["asked"];

export function termsOf(modelCaps: ModelCaps): Terms {
  const micros = (amount: number | null): MicroUsd | null =>
    amount === null ? null : microUsd(amount);
  const each = (limits: Readonly<Record<string, number>>): NamedLimits =>
    Object.entries(limits).map(([of, most]) => ({ of, name: of, limit: microUsd(most) }));
  return {
    timezone: "UTC",
    caps: makeCaps({
      cap: micros(modelCaps.cap),
      per_shot: micros(modelCaps.shot),
      by_model: each(modelCaps.endpoint),
      by_scene: each(modelCaps.scene),
      by_tag: each(modelCaps.tag),
      per_run: micros(modelCaps.run),
      per_day: micros(modelCaps.day),
      per_week: micros(modelCaps.week),
      per_month: micros(modelCaps.month),
    }),
    approval: "optional",
  };
}
