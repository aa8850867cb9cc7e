import { expect, test } from "vitest";
import type { DeliveryTrouble } from "../../../src/run/ports.ts";
import { only, order, orders, told } from "../rig/orders.ts";
import { type BuyOptions, startMarket } from "../rig/shop.ts";

/** A store in which nothing arrives. */
const failing =
  (trouble: DeliveryTrouble): NonNullable<BuyOptions["store"]> =>
  () => ({ deliver: async () => ({ is: "undelivered", trouble, why: "no space left on device" }) });

test("(p) pays once for a video that a full disk refuses, and the next run fetches it", async () => {
  const market = await startMarket();
  const first = await market.buy(orders(2), { store: failing("disk") });
  expect(first.ends).toEqual(["settled", "settled"]);
  expect([...first.undelivered].toSorted()).toEqual(["line 1", "line 2"]);
  expect(only(first.events, "undelivered")).toMatchObject([
    { trouble: "disk", why: "no space left on device" },
    { trouble: "disk" },
  ]);
  expect(first.holds.map(told)).toEqual([
    ["line 1", "settled", "0.56", "0.00"],
    ["line 2", "settled", "0.56", "0.00"],
  ]);
  const second = await market.buy(orders(2));
  expect(second.ends).toEqual(["taken", "taken"]);
  expect(second.undelivered).toEqual([]);
  expect(second.holds.map(({ delivery }) => delivery?.warnings)).toEqual([[], []]);
  expect(market.simulator.bill).toEqual({ dollars: "1.12", accepted: 2, submits: 2 });
  // What is here is not fetched again.
  const { file } = market.simulator.counts;
  expect((await market.buy(orders(2))).undelivered).toEqual([]);
  expect(market.simulator.counts.file).toBe(file);
});

test("asks for a dead link in every run, and never pays for it again", async () => {
  const market = await startMarket({ script: () => ({ video: { gone: true } }) });
  for (const ends of [["settled"], ["taken"], ["taken"]]) {
    const bought = await market.buy([order("a")]);
    expect(bought.ends).toEqual(ends);
    expect(bought.undelivered).toEqual(["a"]);
    expect(only(bought.events, "undelivered")).toMatchObject([{ trouble: "gone" }]);
  }
  expect(market.simulator.counts).toMatchObject({ submit: 1, result: 1, file: 3 });
  expect(market.simulator.bill.dollars).toBe("0.56");
});

test("buys other lines although a video cannot be delivered", async () => {
  const market = await startMarket();
  const { ends, undelivered, halt } = await market.buy(orders(5), {
    total: 1,
    store: failing("unreachable"),
  });
  expect(ends).toEqual(Array.from({ length: 5 }, () => "settled"));
  expect(undelivered).toHaveLength(5);
  expect(halt).toBeNull();
});
