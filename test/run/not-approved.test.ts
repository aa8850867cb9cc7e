import { describe, expect, test } from "vitest";
import type { Order } from "../../src/ledger/entry.ts";
import { FREE_REFUSAL, names, only, orders, told, usd } from "./rig/orders.ts";
import { type Market, startMarket } from "./rig/shop.ts";

/** Approves orders as the lines of a plan, for so many dollars. */
async function approve(
  market: Market,
  lines: readonly Order[],
  { plan = "plan-1", limit = 9, until = null as number | null } = {},
): Promise<void> {
  const ledger = await market.ledger();
  const said = { plan, created: "2026-11-21T08:00:00Z", by: "Ada", limit: usd(limit), until };
  const known = lines.map(({ key, fingerprint, ordinal, gist = key, cost }) => {
    return { key, fingerprint, ordinal, gist, cost };
  });
  await ledger.approve("film", said, known);
}

const lines = orders(4);
const approved = lines.filter(({ key }) => key !== "line 3");

describe("an order that is not approved", () => {
  test("ends the run, whatever is done at a cap, and what was bought before stays bought", async () => {
    const market = await startMarket({ required: true });
    await approve(market, approved);
    const { ends, halt, why, events } = await market.buy(lines, { total: 1, stopsAtCap: false });
    expect(ends).toEqual(["settled", "settled", "not-approved", "not-started"]);
    expect(halt).toBe("approval");
    expect(why).toBe("what is left is not approved");
    expect(only(events, "not-approved")).toEqual([
      {
        event: "not-approved",
        key: "line 3",
        cost: usd(0.56),
        why: "not-in-plan",
        nearest: null,
      },
    ]);
    expect(market.posts.map(({ key }) => key)).toEqual(["line 1", "line 2"]);
  });

  test("sends and settles parallel lines that were admitted before", async () => {
    const market = await startMarket({ required: true, script: () => ({ generateSeconds: 20 }) });
    await approve(market, approved);
    const { ends, halt, events, holds } = await market.buy(lines, { total: 3 });
    expect(ends.slice(0, 3)).toEqual(["settled", "settled", "not-approved"]);
    expect(halt).toBe("approval");
    expect(only(events, "unsent")).toEqual([]);
    expect(only(events, "delivered")).toHaveLength(holds.length);
    expect(holds.map(({ state }) => state)).toEqual(holds.map(() => "settled"));
    const after = names(events).slice(names(events).indexOf("stopping"));
    expect(after.filter((name) => name === "reserved")).toEqual([]);
  });

  test("holds a run that names its plan to that plan, although none is required", async () => {
    const market = await startMarket();
    await approve(market, lines.slice(0, 2));
    await approve(market, lines, { plan: "plan-2" });
    const { ends, holds } = await market.buy(lines, { total: 1, approval: "plan-1" });
    expect(ends).toEqual(["settled", "settled", "not-approved", "not-started"]);
    expect(holds.map((hold) => hold.approved)).toEqual([
      { plan: "plan-1", line: "line 1" },
      { plan: "plan-1", line: "line 2" },
    ]);
    const any = await market.buy(lines, { total: 1, approval: "any" });
    expect(any.ends).toEqual(["taken", "taken", "settled", "settled"]);
  });

  test.for([
    ["over-limit", { limit: 1.2 }],
    ["expired", { until: 1 }],
  ] as const)("%s: says so, with the line that comes nearest", async ([why, said]) => {
    const market = await startMarket({ required: true });
    await approve(market, lines, said);
    const { ends, events } = await market.buy(lines, { total: 1 });
    expect(ends.filter((end) => end === "settled")).toHaveLength(why === "expired" ? 0 : 2);
    expect(only(events, "not-approved")).toMatchObject([
      { why, nearest: { approval: { plan: "plan-1", by: "Ada" }, taken: false } },
    ]);
  });

  test("pays a bill that passes the limit, and buys nothing after it", async () => {
    const market = await startMarket({ required: true, script: () => ({ billableUnits: "8.0" }) });
    await approve(market, lines, { limit: 1.12 });
    const { ends, events, holds } = await market.buy(lines, { total: 1 });
    expect(ends).toEqual(["settled", "not-approved", "not-started", "not-started"]);
    expect(only(events, "not-approved")).toMatchObject([{ why: "over-limit" }]);
    expect(holds.map(told)).toEqual([["line 1", "settled", "1.12", "0.00"]]);
  });

  test("frees the line and the room of a refusal that costs nothing, for itself and for the next", async () => {
    const market = await startMarket({
      required: true,
      script: (key) => (key === "line 1" ? FREE_REFUSAL : {}),
    });
    await approve(market, lines, { limit: 0.56 });
    const { ends } = await market.buy(lines, { total: 1 });
    expect(ends).toEqual(["failed", "settled", "not-approved", "not-started"]);
  });

  test("stops at the next line when the approval is taken back during the run", async () => {
    const market = await startMarket({ required: true });
    await approve(market, lines);
    let revoked: Promise<void> | undefined;
    const { ends } = await market.buy(lines, {
      total: 1,
      on: ({ event }) => {
        if (event === "submitted") revoked ??= approve(market, lines, { limit: 0 });
      },
    });
    await revoked;
    expect(ends).toEqual(["settled", "not-approved", "not-started", "not-started"]);
  });
});
