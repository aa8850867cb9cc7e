import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planNextLook, findMedianDuration } from "../../../src/run/await-completion.ts";

/** When a job is looked at until it is seen to be done, if every look took no time. */
function looks(done: number, took: readonly number[] = []): readonly number[] {
  const all: number[] = [];
  for (let at = 0; at < done;) {
    at = planNextLook(at, took);
    all.push(at);
  }
  return all;
}

const late = (done: number, took: readonly number[] = []): number =>
  (looks(done, took).at(-1) ?? 0) - done;

const SECOND = 1_000;
const length = (min: number, max: number) => fc.integer({ min: min * SECOND, max: max * SECOND });

describe("the lateness if nothing is known of such jobs", () => {
  test("is at most a twentieth of the time taken from 42 s on, and never more than a minute", () => {
    fc.assert(
      fc.property(length(42, 7 * 86_400), (done) => {
        expect(late(done)).toBeLessThanOrEqual(Math.min(done * 0.05, 60 * SECOND) + 1e-6);
      }),
      { numRuns: 300 },
    );
  });

  test("lasts until the next of four looks before that: at 3, 8, 20 and 42 s", () => {
    fc.assert(
      fc.property(length(0, 42), (done) => {
        const [seen] = [3, 8, 20, 42].filter((look) => look * SECOND >= done);
        expect(looks(done).at(-1) ?? 0).toBe(done === 0 ? 0 : (seen ?? 0) * SECOND);
      }),
    );
  });

  test.for([
    [3, 1],
    [10, 3],
    [60, 12],
    [120, 26],
    [300, 45],
    [600, 59],
    [1_200, 73],
  ] as const)("%d s: seen with %d looks", ([seconds, count]) => {
    expect(looks(seconds * SECOND)).toHaveLength(count);
  });

  test("needs looks that grow with the logarithm, until they are a minute apart", () => {
    fc.assert(
      fc.property(length(42, 1_200), (done) => {
        const most = 4 + Math.log(done / (42 * SECOND)) / Math.log(1.05) + 1;
        expect(looks(done).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe("the lateness if three such jobs are known", () => {
  const took = fc.array(length(3, 1_200), { minLength: 3, maxLength: 20 });

  test("is at most a twentieth for a job that takes nine tenths of the shortest, or more", () => {
    fc.assert(
      fc.property(took, fc.double({ min: 0.9, max: 20, noNaN: true }), (known, share) => {
        const done = Math.min(...known) * share;
        expect(late(done, known)).toBeLessThanOrEqual(Math.max(done * 0.05, 500) + 1e-6);
      }),
    );
  });

  test("ends before the shortest would have been done for a job that is shorter than ever", () => {
    fc.assert(
      fc.property(took, fc.double({ min: 0, max: 0.9, noNaN: true }), (known, share) => {
        const shortest = Math.min(...known);
        expect(looks(shortest * share, known).at(-1) ?? 0).toBeLessThanOrEqual(shortest);
      }),
    );
  });

  test("ignores two such jobs", () => {
    expect(looks(60 * SECOND, [10 * SECOND, 10 * SECOND])).toEqual(looks(60 * SECOND));
    expect(
      looks(
        60 * SECOND,
        [55, 60, 65].map((s) => s * SECOND),
      ),
    ).toEqual(
      [24.75, 49.5, 51.975, 54.57375, 57.302_437_5, 60.167_559_375].map((s) =>
        expect.closeTo(s * SECOND),
      ),
    );
  });
});

test("puts each look later than the last, by at most a minute", () => {
  const took = fc.array(fc.integer({ min: 0, max: 2_000_000 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), took, (asked, known) => {
      const next = planNextLook(asked, known);
      expect(next).toBeGreaterThan(asked);
      const early = Math.max(42_000, known.length < 3 ? 0 : Math.min(...known) * 0.9);
      expect(next).toBeLessThanOrEqual(Math.max(asked + 60_000, early));
    }),
  );
});

test("takes the median of three or more jobs as what such jobs usually take", () => {
  expect(findMedianDuration([])).toBeNull();
  expect(findMedianDuration([1, 2])).toBeNull();
  expect(findMedianDuration([9, 1, 5])).toBe(5);
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 3 }), (took) => {
      const middle = findMedianDuration(took) ?? -1;
      expect(took).toContain(middle);
      expect(took.filter((each) => each < middle).length).toBeLessThanOrEqual(took.length / 2);
      expect(took.filter((each) => each > middle).length).toBeLessThanOrEqual(took.length / 2);
    }),
  );
});
