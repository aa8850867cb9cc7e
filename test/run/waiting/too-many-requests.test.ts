import { expect, test } from "vitest";
import { createJsonResponse, recordRequests } from "../../vendors/fal/record-requests.ts";
import { only, order, orders, told } from "../rig/orders.ts";
import { startMarket } from "../rig/shop.ts";

const SPEED = 200;
/** Simulated seconds as real milliseconds. */
const real = (seconds: number): number => (seconds * 1_000) / SPEED;

test("holds back every order until the Retry-After of a 429 is over", async () => {
  const market = await startMarket({
    speed: SPEED,
    script: (key, time) =>
      key === "line 2" && time === 1 ? { submit: 429, retryAfterSeconds: 30 } : {},
  });
  let pausedAt = 0;
  const { ends, events, holds } = await market.buy(orders(8), {
    total: 2,
    on: ({ event }) => {
      if (event === "pausing") pausedAt = performance.now();
    },
  });
  expect(ends).toEqual(Array.from({ length: 8 }, () => "settled"));
  expect(only(events, "pausing").map(({ ms }) => ms)).toEqual([30_000]);
  const [before, after] = [market.posts.slice(0, 2), market.posts.slice(2)];
  expect(before.map(({ key }) => key).toSorted()).toEqual(["line 1", "line 2"]);
  expect(after).toHaveLength(7);
  // A timer may be a millisecond early.
  const soonest = Math.min(...after.map(({ at }) => at)) - pausedAt;
  expect(soonest).toBeGreaterThanOrEqual(real(30) - 2);
  expect(holds.filter(({ key }) => key === "line 2").map(told)).toEqual([
    ["line 2", "released", "0.00", "0.00"],
    ["line 2", "settled", "0.56", "0.00"],
  ]);
  expect(market.simulator.bill).toMatchObject({ submits: 9, accepted: 8, dollars: "4.48" });
});

test.for([
  ["in seconds", { "retry-after": "7" }, 7_000],
  ["in seconds with a point", { "retry-after": "2.5" }, 2_500],
  [
    "as a date",
    {
      "retry-after": "Sat, 21 Nov 2026 09:01:00 GMT",
      date: "Sat, 21 Nov 2026 09:00:20 GMT",
    },
    40_000,
  ],
  [
    "as a date that is over",
    {
      "retry-after": "Sat, 21 Nov 2026 08:00:00 GMT",
      date: "Sat, 21 Nov 2026 09:00:00 GMT",
    },
    0,
  ],
  ["as a date beside no other", { "retry-after": "Sat, 21 Nov 2026 09:01:00 GMT" }, 10_000],
  ["of a day", { "retry-after": "86400" }, 900_000],
  ["in words", { "retry-after": "soon" }, 10_000],
  ["not at all", {}, 10_000],
] as const)("Retry-After %s", async ([, headers, ms]) => {
  const { fetch } = recordRequests(({ kind }, time) =>
    kind === "submit" && time === 1
      ? createJsonResponse(429, { detail: "slow down" }, { "x-fal-simulated": "1", ...headers })
      : undefined,
  );
  const market = await startMarket({ speed: 20_000, access: { fetch } });
  const { events, ends } = await market.buy([order("a")]);
  expect(only(events, "pausing").map((event) => event.ms)).toEqual([ms]);
  expect(ends).toEqual(["settled"]);
});

test("fails a line that is answered so three times, and frees its money", async () => {
  const market = await startMarket({ script: () => ({ submit: 429, retryAfterSeconds: 1 }) });
  const { ends, holds } = await market.buy([order("a")]);
  expect(ends).toEqual(["failed"]);
  expect(holds.map(told)).toEqual(
    Array.from({ length: 3 }, () => ["a", "released", "0.00", "0.00"]),
  );
  expect(market.simulator.counts.submit).toBe(3);
});
