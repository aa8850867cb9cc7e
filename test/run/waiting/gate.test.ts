import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Gate } from "../../../src/run/work.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

const START = 0;

interface Passed {
  readonly who: number;
  readonly came: number;
  readonly at: number;
}

/** Who passes when, of those who come at these moments; the gate is closed at one of them, for so long. */
async function passing(
  gap: number,
  arrivals: readonly number[],
  closing: { readonly at: number; readonly ms: number } | null = null,
): Promise<readonly Passed[]> {
  const clock = virtualClock(START);
  const gate = new Gate(clock, gap);
  const passed: Passed[] = [];
  const comers = arrivals.map(async (came, who) => {
    await clock.sleep(came);
    await gate.pass();
    passed.push({ who, came, at: clock.now() });
  });
  const closer = async (): Promise<void> => {
    if (closing === null) return;
    await clock.sleep(closing.at);
    gate.close(closing.ms);
  };
  await clock.run(Promise.all([...comers, closer()]));
  return passed;
}

const arrivals = fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 30 });

test("keeps the gap between two requests, lets none pass before it came, and forgets none", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 300 }), arrivals, async (gap, came) => {
      const passed = await passing(gap, came);
      expect(passed).toHaveLength(came.length);
      for (const [index, { at, came: then }] of passed.entries()) {
        expect(at).toBeGreaterThanOrEqual(then);
        expect(at - (passed[index - 1]?.at ?? -Infinity)).toBeGreaterThanOrEqual(gap);
      }
    }),
    { numRuns: 60 },
  );
});

test("lets requests pass in the order in which they came", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 300 }), arrivals, async (gap, came) => {
      const passed = await passing(gap, came);
      const order = passed.map(({ came: then, who }) => then * 1_000 + who);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});

test("does not delay requests at an idle gate", async () => {
  const passed = await passing(100, [500, 700, 950]);
  expect(passed.map(({ at }) => at)).toEqual([500, 700, 950]);
});

test("holds back all later requests while it is closed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 300 }),
      arrivals,
      fc.record({ at: fc.nat({ max: 1_000 }), ms: fc.integer({ min: 1, max: 5_000 }) }),
      async (gap, came, closing) => {
        const passed = await passing(gap, came, closing);
        const after = passed.filter((each) => each.came > closing.at);
        for (const { at } of after) expect(at).toBeGreaterThanOrEqual(closing.at + closing.ms);
      },
    ),
    { numRuns: 60 },
  );
});

test("does not shorten a longer wait by a shorter one", async () => {
  const clock = virtualClock(START);
  const gate = new Gate(clock, 0);
  gate.close(5_000);
  gate.close(100);
  await clock.run(gate.pass());
  expect(clock.now()).toBe(5_000);
});

test("(o) moves the waits back with a clock that is set back", async () => {
  const clock = virtualClock(3_600_000);
  const gate = new Gate(clock, 100);
  await clock.run(gate.pass());
  gate.close(60_000);
  clock.set(0);
  await clock.run(gate.pass());
  expect(clock.elapsed()).toBeLessThanOrEqual(60_100);
});

test("ends the wait of a request whose run leaves", async () => {
  const clock = virtualClock(START);
  const gate = new Gate(clock, 0);
  gate.close(60_000);
  const leave = new AbortController();
  const leaving = clock.sleep(100).then(() => leave.abort());
  await clock.run(Promise.all([gate.pass(leave.signal), leaving]));
  expect(clock.now()).toBe(100);
});

describe("requests that wait already", () => {
  // A turn given out when one comes must not be kept when the gate is closed in between: of a thousand lines that wait
  // to ask, ten a second would pass; and of two orders answered 429, one would be sent again before the other's time.
  test("are held back too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        arrivals,
        fc.record({ at: fc.nat({ max: 1_000 }), ms: fc.integer({ min: 1, max: 5_000 }) }),
        async (gap, came, closing) => {
          const passed = await passing(gap, came, closing);
          const through = passed.filter(
            ({ at }) => at > closing.at && at < closing.at + closing.ms,
          );
          expect(through).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("are held back by the longer of two waits, even if it is the second", async () => {
    const clock = virtualClock(START);
    const gate = new Gate(clock, 0);
    gate.close(1_000);
    const first = gate.pass();
    gate.close(5_000);
    await clock.run(first);
    expect(clock.now()).toBe(5_000);
  });
});
