import { makeCaps } from "../budget/make-caps.ts";
import { describe, expect, test } from "vitest";
import { FREE_REFUSAL, names, only, order, orders, told, TURBO, usd } from "./rig/orders.ts";
import { startMarket } from "./rig/shop.ts";

describe("when a cap is reached", () => {
  // Room for two of $0.56, and for one of $0.30 beside.
  const caps = { cap: usd(1.5) };
  const lines = [...orders(3), order("small", { cost: usd(0.3) })];

  test("stop: starts nothing more", async () => {
    const market = await startMarket({ caps });
    const { ends, halt, events } = await market.buy(lines, { total: 1, stopsAtCap: true });
    expect(ends).toEqual(["settled", "settled", "over-cap", "not-started"]);
    expect(halt).toBe("cap");
    expect(only(events, "over-cap")).toEqual([
      {
        event: "over-cap",
        key: "line 3",
        cap: "cap",
        of: null,
        limit: usd(1.5),
        used: usd(1.12),
        cost: usd(0.56),
      },
    ]);
    expect(market.simulator.bill.dollars).toBe("1.12");
  });

  test("skip: buys what still fits", async () => {
    const market = await startMarket({ caps });
    const { ends, halt } = await market.buy(lines, { total: 1, stopsAtCap: false });
    expect(ends).toEqual(["settled", "settled", "over-cap", "settled"]);
    expect(halt).toBeNull();
    expect(market.simulator.counts.submit).toBe(3);
  });
});

test("sends what was reserved before the cap was reached", async () => {
  const market = await startMarket({ caps: { cap: usd(1.2) } });
  const { ends, events } = await market.buy(orders(4), { total: 4, stopsAtCap: true });
  expect(ends.filter((end) => end === "settled")).toHaveLength(2);
  expect(only(events, "unsent")).toEqual([]);
  expect(market.simulator.bill.dollars).toBe("1.12");
});

test("spends a cap to the cent and does not pass it", async () => {
  const market = await startMarket({ caps: { cap: usd(1.68) } });
  const { ends } = await market.buy(orders(4), { total: 4, stopsAtCap: false });
  expect(ends.filter((end) => end === "settled")).toHaveLength(3);
  expect(market.simulator.bill.dollars).toBe("1.68");
});

test.for([
  ["per_shot", { per_shot: usd(1) }, null],
  ["by_scene", { by_scene: [{ of: "1", name: "1", limit: usd(1) }] }, "1"],
  ["by_model", { by_model: [{ of: TURBO, name: "turbo", limit: usd(1) }] }, "turbo"],
  ["by_tag", { by_tag: [{ of: "hero", name: "hero", limit: usd(1) }] }, "hero"],
  ["per_run", { per_run: usd(1) }, null],
  ["per_day", { per_day: usd(1) }, null],
  ["per_week", { per_week: usd(1) }, null],
  ["per_month", { per_month: usd(1) }, null],
] as const)("does not pass %s while four lines compete for it", async ([cap, caps]) => {
  const market = await startMarket({ caps });
  const same = { shot: "one", scene: "1", tags: ["night", "hero"], endpoint: TURBO };
  const { events, ends } = await market.buy(orders(4, same), { total: 4, stopsAtCap: false });
  expect(ends.toSorted()).toEqual(["over-cap", "over-cap", "over-cap", "settled"]);
  expect(new Set(only(events, "over-cap").map((event) => event.cap))).toEqual(new Set([cap]));
  expect(market.simulator.counts.submit).toBe(1);
});

test("applies --max-usd to its own run", async () => {
  const market = await startMarket();
  const limits = [{ name: "--max-usd", limit: usd(1.2) }];
  const first = await market.buy(orders(3), { limits });
  expect(first.ends.toSorted()).toEqual(["over-cap", "settled", "settled"]);
  expect(only(first.events, "over-cap")).toMatchObject([{ cap: "--max-usd" }]);
  const second = await market.buy(orders(3), { limits });
  expect(second.ends.toSorted()).toEqual(["settled", "taken", "taken"]);
});

test("applies a saved plan's limit to all its runs together", async () => {
  const market = await startMarket();
  const chosen = { limits: [{ name: "approval", limit: usd(1.2) }], account: "plan 1" };
  await market.buy([order("a")], chosen);
  await market.buy([order("b")], chosen);
  const third = await market.buy([order("c")], chosen);
  expect(third.ends).toEqual(["over-cap"]);
  expect((await market.buy([order("c")], { ...chosen, account: "plan 2" })).ends).toEqual([
    "settled",
  ]);
});

test("frees the room of a refusal that costs nothing for the next line", async () => {
  const market = await startMarket({
    caps: { cap: usd(0.56) },
    script: (key) => (key === "line 1" ? FREE_REFUSAL : {}),
  });
  const { ends } = await market.buy(orders(2), { total: 1 });
  expect(ends).toEqual(["failed", "settled"]);
  expect(market.simulator.bill.dollars).toBe("0.56");
});

test("(m) continues where it stopped when a cap is raised", async () => {
  const market = await startMarket({ caps: { cap: usd(1.2) } });
  const first = await market.buy(orders(4), { total: 1 });
  expect(first.ends).toEqual(["settled", "settled", "over-cap", "not-started"]);
  const ledger = await market.ledger();
  const terms = await ledger.terms("film");
  if (terms === null) throw new Error("no terms");
  await ledger.agree("film", { ...terms, caps: makeCaps({ cap: usd(2.3) }) });
  const second = await market.buy(orders(4), { total: 1 });
  expect(second.ends).toEqual(["taken", "taken", "settled", "settled"]);
  expect(market.posts.map(({ key }) => key)).toEqual(orders(4).map(({ key }) => key));
  expect(market.simulator.bill).toEqual({ dollars: "2.24", accepted: 4, submits: 4 });
});

test("(j) buys what costs nothing when the cap is full, and nothing that costs a cent", async () => {
  const market = await startMarket({
    caps: { cap: usd(0.56) },
    script: (key) => (key === "free" ? { billableUnits: "0" } : {}),
  });
  const lines = [order("a"), order("free", { cost: usd(0) }), order("b", { cost: usd(0.01) })];
  const { ends, holds } = await market.buy(lines, { total: 1 });
  expect(ends).toEqual(["settled", "settled", "over-cap"]);
  expect(holds.map(told)).toEqual([
    ["a", "settled", "0.56", "0.00"],
    ["free", "settled", "0.00", "0.00"],
  ]);
});

test("buys the same purchase twice in one plan once", async () => {
  const market = await startMarket();
  const { ends, events } = await market.buy([order("a"), order("a")], { total: 2 });
  expect(ends.toSorted()).toEqual(["settled", "taken"]);
  expect(names(events).filter((name) => name === "sending")).toHaveLength(1);
  expect(market.simulator.counts.submit).toBe(1);
});
