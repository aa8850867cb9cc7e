import { expect, test, vi } from "vitest";
import type { Order } from "../../../src/ledger/entry.ts";
import { only, order, orders, TURBO, usd, V3_PRO } from "../rig/orders.ts";
import type { RunEvent } from "../../../src/run/events.ts";
import type { Vendor } from "../../../src/run/vendor.ts";
import { type Market, startMarket } from "../rig/shop.ts";

const turbo = (key: string): Order =>
  order(key, { endpoint: TURBO, model: "kling-v3-turbo-pro", cost: usd(0.7) });

/** Lets no job be seen done before so many were ordered, however busy the machine is. */
const afterOrders =
  (market: Market, many: number) =>
  (vendor: Vendor): Vendor => {
    const ordered = async (): Promise<unknown> =>
      await vi.waitUntil(() => market.posts.length >= many, { timeout: 600_000, interval: 2 });
    return {
      ...vendor,
      watch: async (...args) => {
        await ordered();
        return await vendor.watch(...args);
      },
      ask: async (...args) => {
        await ordered();
        return await vendor.ask(...args);
      },
    };
  };

/** The most lines that were under way at once. */
function mostAtOnce(events: readonly RunEvent[]): number {
  let [now, most] = [0, 0];
  for (const { event } of events) {
    if (event === "sending") now += 1;
    if (event === "settled") now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

test("buys lines one at a time in the order of the request", async () => {
  const wanted = ["c", "a", "e", "b", "d"].map((key) => order(key));
  const market = await startMarket();
  const { ends } = await market.buy(wanted, { total: 1 });
  expect(ends).toEqual(wanted.map(() => "settled"));
  expect(market.posts.map(({ key }) => key)).toEqual(["c", "a", "e", "b", "d"]);
  expect(market.posts.map(({ beside }) => beside)).toEqual(wanted.map(() => []));
});

test("begins several at a time in that order", async () => {
  const market = await startMarket();
  const { events } = await market.buy(orders(12), { total: 3 });
  expect(only(events, "reserved").map(({ line }) => line.key)).toEqual(
    orders(12).map(({ key }) => key),
  );
});

test.for([1, 2, 5])(
  "buys never more than %d at once, and that many while there is work",
  async (total) => {
    const market = await startMarket();
    const { events } = await market.buy(orders(10), { total, vendor: afterOrders(market, total) });
    expect(mostAtOnce(events)).toBe(total);
    // So did the other side see it.
    const beside = market.posts.map((post) => post.beside.length);
    expect(beside).toHaveLength(10);
    expect(Math.max(...beside)).toBeLessThan(total);
  },
);

test("buys never more of a model than its limit, and fills the rest with others", async () => {
  const market = await startMarket();
  const mixed = orders(6).flatMap((line, index) => [line, turbo(`turbo ${index}`)]);
  const { ends, events } = await market.buy(mixed, {
    total: 4,
    byModel: [{ endpoint: TURBO, lines: 1 }],
    vendor: afterOrders(market, 4),
  });
  expect(ends).toEqual(mixed.map(() => "settled"));
  const seen = market.posts.map(({ endpoint, beside }) => ({
    all: beside.length + 1,
    turbo: [endpoint, ...beside].filter((each) => each === TURBO).length,
  }));
  expect(seen).toHaveLength(12);
  expect(mostAtOnce(events)).toBe(4);
  expect(Math.max(...seen.map((each) => each.all))).toBeLessThanOrEqual(4);
  expect(Math.max(...seen.map((each) => each.turbo))).toBe(1);
});

test("counts resumed lines among them", async () => {
  const market = await startMarket({
    simulator: { latency: { queueSeconds: 2, generateSeconds: 30 } },
  });
  await market.buy(orders(3), {
    total: 3,
    on: ({ event }, { leave }) => {
      if (event === "submitted" && market.posts.length === 3) leave();
    },
  });
  const { ends } = await market.buy([...orders(3), order("d"), order("e")], { total: 3 });
  expect(ends).toEqual(["taken", "taken", "taken", "settled", "settled"]);
  expect(market.posts.slice(3).map(({ beside }) => beside.length <= 2)).toEqual([true, true]);
});

test("does not count downloads among the lines at once", async () => {
  const market = await startMarket({
    script: (key) => (key === "line 1" ? { download: ["slow"] } : {}),
  });
  const { events, ends } = await market.buy(orders(3), { total: 1 });
  expect(ends).toEqual(["settled", "settled", "settled"]);
  const told = events.map((event) =>
    event.event === "delivered" || event.event === "submitted"
      ? `${event.event} ${event.line.key}`
      : "",
  );
  expect(told.indexOf("submitted line 2")).toBeLessThan(told.indexOf("delivered line 1"));
  expect(told.indexOf("submitted line 2")).toBeGreaterThan(-1);
});

test("buys each of 120 lines at once exactly once, for exactly what it costs", async () => {
  const market = await startMarket({ speed: 400 });
  const mixed = Array.from({ length: 120 }, (_, index) =>
    index % 2 === 0 ? order(`pro ${index}`) : turbo(`turbo ${index}`),
  );
  const { ends, holds } = await market.buy(mixed, { total: 120 });
  expect(ends).toEqual(mixed.map(() => "settled"));
  expect(holds.reduce((sum, { spent }) => sum + spent, 0)).toBe(60 * 560_000 + 60 * 700_000);
  expect(market.simulator.bill).toEqual({ dollars: "75.60", accepted: 120, submits: 120 });
  // A hundred may listen to a stream each; the others ask, and no more often than they have to.
  const { stream, status, result } = market.simulator.counts;
  expect(stream).toBeGreaterThanOrEqual(100);
  expect(result).toBe(120);
  expect(status).toBeLessThan(1_000);
  expect(new Set(market.posts.map(({ endpoint }) => endpoint))).toEqual(new Set([V3_PRO, TURBO]));
});
