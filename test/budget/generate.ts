import fc from "fast-check";
import {
  type Caps,
  mapKinds,
  PACE_KINDS,
  scopeKey,
  type UsedMoney,
} from "../../src/budget/caps.ts";
import type { Ask } from "../../src/budget/decide.ts";
import { makeCaps, type NamedLimits } from "./make-caps.ts";
import { microUsd } from "../../src/money.ts";

// Few shots, models, scenes and amounts, so that lines meet under the same cap, and meet it exactly.
const SHOTS = ["a", "b", "c"];
const ENDPOINTS = ["fal-ai/one", "fal-ai/two"];
const SCENES = ["1", "2"];
const TAGS = ["1", "hero", "night"];

const cent = (most: number): fc.Arbitrary<ReturnType<typeof microUsd>> =>
  fc.integer({ min: 0, max: most }).map((cents) => microUsd(cents * 10_000));
const cost = fc.constantFrom(70, 70, 140, 210, 420).map((cents) => microUsd(cents * 10_000));

export const asks: fc.Arbitrary<readonly Ask[]> = fc.array(
  fc.record({
    cost,
    shot: fc.constantFrom(...SHOTS),
    endpoint: fc.constantFrom(...ENDPOINTS),
    scene: fc.constantFrom(null, ...SCENES),
    // A tag that is written twice counts once.
    tags: fc.option(fc.array(fc.constantFrom(...TAGS), { maxLength: 3 })),
  }),
  { maxLength: 14 },
);

const named = (names: readonly string[]): fc.Arbitrary<NamedLimits> =>
  fc
    .subarray([...names])
    .chain((some) =>
      fc.tuple(...some.map((of) => cent(900).map((limit) => ({ of, name: `the ${of}`, limit })))),
    );

const onPace = fc.integer({ min: 100, max: 1_500 }).map((cents) => microUsd(cents * 10_000));

/** Generates some of every cap; those on pace are often smaller than the dearest line. */
export const caps: fc.Arbitrary<Caps> = fc
  .record({
    cap: fc.option(cent(2_500)),
    per_shot: fc.option(cent(1_000)),
    by_model: named(ENDPOINTS),
    by_scene: named(SCENES),
    by_tag: named(TAGS),
    ...mapKinds(PACE_KINDS, () => fc.option(onPace)),
    warnAt: fc.option(fc.integer({ min: 0, max: 100 })),
    whenReached: fc.constantFrom("stop" as const, "skip" as const),
    breaker: fc.record({
      usdPerHour: fc.option(cent(2_500)),
      failuresInARow: fc.option(fc.integer({ min: 1, max: 9 })),
      unknownUsd: fc.option(cent(900)),
    }),
  })
  .map(makeCaps);

/** Derives a ledger from a few numbers: what is spent and held under a name, ever or from an instant on. */
export const usedMoney: fc.Arbitrary<UsedMoney> = fc
  .record({ spent: fc.integer({ min: 0, max: 3 }), held: fc.integer({ min: 0, max: 2 }) })
  .map(({ spent, held }): UsedMoney => (scope, from) => {
    const size = scopeKey(scope).length % 3;
    const share = from === null ? 1 : 0.5;
    return {
      spent: microUsd(spent * size * 700_000 * share),
      held: microUsd(held * size * 1_400_000 * share),
    };
  });
