import fc from "fast-check";
import type { Caps, PaceCap, Scope, UsedMoney } from "../../src/budget/caps.ts";
import type { Ask } from "../../src/budget/decide.ts";
import { microUsd } from "../../src/money.ts";

// Few shots, models, scenes and amounts, so that lines meet under the same cap, and meet it exactly.
const SHOTS = ["a", "b", "c"];
const ENDPOINTS = ["fal-ai/one", "fal-ai/two"];
const SCENES = ["1", "2"];

const cent = (most: number): fc.Arbitrary<ReturnType<typeof microUsd>> =>
  fc.integer({ min: 0, max: most }).map((cents) => microUsd(cents * 10_000));
const cost = fc.constantFrom(70, 70, 140, 210, 420).map((cents) => microUsd(cents * 10_000));

export const asks: fc.Arbitrary<readonly Ask[]> = fc.array(
  fc.record({
    cost,
    shot: fc.constantFrom(...SHOTS),
    endpoint: fc.constantFrom(...ENDPOINTS),
    scene: fc.constantFrom(null, ...SCENES),
  }),
  { maxLength: 14 },
);

const named = (names: readonly string[]): fc.Arbitrary<Caps["byModel"]> =>
  fc
    .subarray([...names])
    .chain((some) =>
      fc.tuple(...some.map((of) => cent(900).map((limit) => ({ of, name: `the ${of}`, limit })))),
    );

const PACES: readonly PaceCap[] = ["per_run", "per_day", "per_week", "per_month"];

/** Of every cap, now and then; those on pace are often smaller than the dearest line. */
export const caps: fc.Arbitrary<Caps> = fc.record({
  cap: fc.option(cent(2_500)),
  perShot: fc.option(cent(1_000)),
  byModel: named(ENDPOINTS),
  byScene: named(SCENES),
  pace: fc
    .subarray([...PACES])
    .chain((some) =>
      fc.tuple(
        ...some.map((pace) =>
          fc
            .tuple(fc.constant(pace), fc.integer({ min: 100, max: 1_500 }))
            .map(([name, cents]): [PaceCap, ReturnType<typeof microUsd>] => [
              name,
              microUsd(cents * 10_000),
            ]),
        ),
      ),
    )
    .map((limits) => new Map(limits)),
  warnAt: fc.option(fc.integer({ min: 0, max: 100 })),
  whenReached: fc.constantFrom("stop", "skip"),
  breaker: fc.record({
    usdPerHour: fc.option(cent(2_500)),
    failuresInARow: fc.option(fc.integer({ min: 1, max: 9 })),
    unknownUsd: fc.option(cent(900)),
  }),
});

/** A ledger made up from a few numbers: what is spent and held under a name, from the beginning or from an instant. */
export const usedMoney: fc.Arbitrary<UsedMoney> = fc
  .record({ spent: fc.integer({ min: 0, max: 3 }), held: fc.integer({ min: 0, max: 2 }) })
  .map(({ spent, held }): UsedMoney => (scope, from) => {
    const size = nameOf(scope).length % 3;
    const share = from === null ? 1 : 0.5;
    return {
      spent: microUsd(spent * size * 700_000 * share),
      held: microUsd(held * size * 1_400_000 * share),
    };
  });

function nameOf(scope: Scope): string {
  return scope.of === "everything" ? "everything" : `${scope.of} ${scope.name}`;
}
