import { expect, test } from "vitest";
import { falVendor } from "../../../src/vendors/fal/fal-vendor.ts";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import { createAccess } from "../../vendors/fal/fal-access.ts";
import { only, order, told } from "../rig/orders.ts";
import { type Market, startMarket } from "../rig/shop.ts";

/** A line in flight that fal was asked to cancel, as `topsheet cancel` does. */
async function cancelling(behaviour: Behaviour): Promise<Market & { readonly answer: string }> {
  const market = await startMarket({
    // Two real seconds, so that a busy machine asks before it is done.
    script: () => ({ queueSeconds: 500, generateSeconds: 500, ...behaviour }),
  });
  const { holds } = await market.buy([order("a")], {
    on: ({ event }, { leave }) => {
      if (event === "submitted") leave();
    },
  });
  const [hold] = holds;
  if (hold === undefined || hold.request === null) throw new Error("nothing in flight");
  const { endpoint, seconds, request } = hold;
  const answer = await falVendor(createAccess(market.simulator)).cancel({
    endpoint,
    seconds,
    request,
  });
  const ledger = await market.ledger();
  await ledger.advance(hold.id, { kind: "cancel", answer: answer.is });
  return { ...market, answer: answer.is };
}

test("(e) collects and pays for a job that completes although it was cancelled", async () => {
  const market = await cancelling({ queueSeconds: 0, generateSeconds: 1_000 });
  expect(market.answer).toBe("asked");
  expect((await market.holds()).map(told)).toEqual([["a", "submitted", "0.00", "0.56"]]);
  const { holds, ends } = await market.buy([order("a")]);
  expect(ends).toEqual(["taken"]);
  expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
  expect(holds[0]).toMatchObject({ cancel: "asked", delivery: { seconds: 5 } });
  expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
});

test("ends a job that was stopped as cancelled, and keeps its money held, for its cost is unknown", async () => {
  const market = await cancelling({ queueSeconds: 0, cancel: "requested-stops" });
  const { holds, events, ends } = await market.buy([order("a")]);
  expect(ends).toEqual(["taken"]);
  expect(holds.map(told)).toEqual([["a", "failed, charge unknown", "0.00", "0.56"]]);
  expect(only(events, "failed")).toMatchObject([{ fault: { kind: "cancelled" }, again: false }]);
});

test("reports a job that the vendor no longer knows as cancelled, and keeps its money held", async () => {
  const market = await cancelling({ cancel: "removed" });
  expect(market.answer).toBe("removed");
  const { holds, events } = await market.buy([order("a")]);
  expect(holds.map(told)).toEqual([["a", "failed, charge unknown", "0.00", "0.56"]]);
  expect(only(events, "failed")).toMatchObject([{ fault: { kind: "cancelled" } }]);
  expect(market.simulator.counts.submit).toBe(1);
});

test("collects a job that was done before the cancellation", async () => {
  const market = await cancelling({ cancel: "already" });
  expect(market.answer).toBe("too-late");
  expect((await market.buy([])).holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
});
