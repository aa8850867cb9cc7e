import { makeCaps } from "./make-caps.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Caps, findLimit, RAISABLE_CAPS } from "../../src/budget/caps.ts";
import { type Overage, raiseCaps } from "../../src/budget/terms.ts";
import { microUsd } from "../../src/money.ts";
import { caps } from "./generate.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_000 };
const DAY = 86_400_000;
/** A Saturday, the twenty-first. */
const NOW = Date.UTC(2026, 10, 21, 9);
const MONDAY = Date.UTC(2026, 10, 16);

// Around each start of a day, week and month, and in the future, for a clock may be set back.
const moment = fc.constantFrom(
  NOW,
  NOW + 1,
  NOW + 40 * DAY,
  ...[Date.UTC(2026, 10, 21), MONDAY, Date.UTC(2026, 10, 1)].flatMap((at) => [at - 1, at]),
);
const amount = fc.integer({ min: 0, max: 9_000_000 }).map(microUsd);
const overage: fc.Arbitrary<Overage> = fc.record({
  cap: fc.constantFrom(...RAISABLE_CAPS),
  of: fc.constantFrom(null, null, "fal-ai/one", "fal-ai/two", "1", "2"),
  amount,
  by: fc.constant("Ada"),
  why: fc.constant("rain"),
  at: moment,
});
const overages = fc.array(overage, { maxLength: 12 });

/** Every cap that is stated, by a name that tells it from the others, with its limit. */
function limits(some: Caps): ReadonlyMap<string, number> {
  return new Map([...some.limits.values()].map(({ cap, of, limit }) => [`${cap} ${of}`, limit]));
}

const BEGAN: Readonly<Record<string, number>> = {
  "per_day null": Date.UTC(2026, 10, 21),
  "per_week null": MONDAY,
  "per_month null": Date.UTC(2026, 10, 1),
};

const utc = (some: Caps) => ({ caps: some, timezone: "UTC" });

test("a cap is its stated amount plus every overage, in its window if it has one", () => {
  let raised = 0;
  fc.assert(
    fc.property(caps, overages, (stated, added) => {
      const before = limits(stated);
      const expected = new Map(before);
      for (const { cap, of, amount: more, at } of added) {
        const name = `${cap} ${of}`;
        const limit = expected.get(name);
        if (limit === undefined || at < (BEGAN[name] ?? -Infinity)) continue;
        expected.set(name, limit + more);
        raised += more > 0 ? 1 : 0;
      }
      expect(limits(raiseCaps(utc(stated), added, NOW))).toEqual(expected);
    }),
    RUNS,
  );
  expect(raised).toBeGreaterThan(300);
});

test("the order of overages does not matter, and they change nothing but the limits", () => {
  fc.assert(
    fc.property(caps, overages, (stated, added) => {
      const raised = raiseCaps(utc(stated), added, NOW);
      expect(raiseCaps(utc(stated), added.toReversed(), NOW)).toEqual(raised);
      const { warnAt, whenReached, breaker } = stated;
      expect(raised).toMatchObject({ warnAt, whenReached, breaker });
      expect(findLimit(raised, "per_run")).toBe(findLimit(stated, "per_run"));
      const named = (some: Caps) =>
        [...some.limits.values()].map(({ cap, of, name }) => [cap, of, name]);
      expect(named(raised)).toEqual(named(stated));
      expect(raiseCaps(utc(stated), [], NOW)).toEqual(stated);
    }),
    RUNS,
  );
});

test("an overage raises its own cap by its amount if the cap is stated, and no other cap", () => {
  let effective = 0;
  fc.assert(
    fc.property(caps, overages, overage, amount, (stated, before, one, more) => {
      const added = { ...one, amount: microUsd(more + 1), at: NOW };
      const [old, now] = [before, [...before, added]].map((all) =>
        limits(raiseCaps(utc(stated), all, NOW)),
      );
      const moved = [...(now ?? [])].filter(([name, limit]) => limit !== old?.get(name));
      const holds = findLimit(stated, one.cap, one.of) !== null;
      expect(moved.map(([name, limit]) => [name, limit - (old?.get(name) ?? 0)])).toEqual(
        holds ? [[`${one.cap} ${one.of}`, added.amount]] : [],
      );
      effective += holds ? 1 : 0;
    }),
    RUNS,
  );
  expect(effective).toBeGreaterThan(50);
});

test.for([
  // 23 hours, then 25; an overage from the second hour of the longer day ends after its last.
  ["Europe/London", "2026-03-29T00:00:00Z", "2026-03-29T22:59:59.999Z"],
  ["Europe/London", "2026-10-24T23:00:00Z", "2026-10-25T23:59:59.999Z"],
  ["America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z"],
  ["Asia/Kathmandu", "2026-11-20T18:15:00Z", "2026-11-21T18:14:59.999Z"],
  // The day begins at one o'clock.
  ["America/Havana", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59.999Z"],
] as const)(
  "per_day in %s: an overage recorded from %s on lasts until %s",
  ([timezone, first, last]) => {
    const stated = makeCaps({ per_day: microUsd(10) });
    const limit = (given: number, now: number): number | null => {
      const more = { cap: "per_day", of: null, amount: microUsd(5), by: "Ada", why: "" } as const;
      const terms = { caps: stated, timezone };
      return findLimit(raiseCaps(terms, [{ ...more, at: given }], now), "per_day");
    };
    const [begins, ends] = [Date.parse(first), Date.parse(last)];
    expect([limit(begins, ends), limit(ends, ends), limit(begins, begins)]).toEqual([15, 15, 15]);
    expect([limit(begins, ends + 1), limit(ends, ends + 1)]).toEqual([10, 10]);
    expect(limit(begins - 1, begins)).toBe(10);
  },
);
