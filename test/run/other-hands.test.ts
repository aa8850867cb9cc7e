import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Step } from "../../src/ledger/entry.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { createJsonResponse, recordRequests } from "../vendors/fal/record-requests.ts";
import { only, order, orders, told } from "./rig/orders.ts";
import {
  type Bought,
  type BuyOptions,
  type Market,
  startMarket,
  type MarketOptions,
} from "./rig/shop.ts";
import { failingLedger } from "./rig/failing-ledger.ts";

const person = { by: "ann", why: "looked at the bill" };
const FREED: Step = { kind: "released", why: "by hand", person };
const BILLED: Step = { kind: "failed", charge: "charged", why: "by hand", headers: {}, person };

interface Reached extends Bought {
  readonly market: Market;
}

/** A run of one line, into which somebody reaches: when its order arrives at the vendor, or when its id is written. */
async function reachedInto(
  at: "posted" | "submitted",
  step: Step,
  options: MarketOptions & BuyOptions = {},
): Promise<Reached> {
  const holds: string[] = [];
  const reaching: Promise<unknown>[] = [];
  const reach = (): void => {
    const id = holds[0] ?? "";
    const reached = async (): Promise<unknown> => {
      // An id is told before it is written.
      while (at === "submitted" && (await other.hold(id))?.state === "sending") {
        await market.clock.sleep(1, new AbortController().signal);
      }
      return await other.advance(id, step);
    };
    reaching.push(reached());
  };
  const market = await startMarket({
    // Slow enough that whoever reaches in is there before the job is done, on a busy machine too.
    speed: at === "submitted" ? 50 : 500,
    ...options,
    script: (...posted) => {
      if (at === "posted") reach();
      return options.script?.(...posted);
    },
  });
  const other = await market.ledger("a person");
  const bought = await market.buy([order("a")], {
    counts: options.counts ?? true,
    on: (event) => {
      if (event.event === "reserved") holds.push(event.line.hold);
      if (event.event === at) reach();
    },
  });
  expect(await Promise.all(reaching)).toMatchObject([{ is: "done" }]);
  return { ...bought, market };
}

describe("a person who settles what a run is about to settle", () => {
  test("keeps the id of a line that the person released while it was being sent, for it was bought", async () => {
    const { market, ends, holds } = await reachedInto("posted", FREED);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
  });

  test("reports a video that is made although the person said that it was billed without one", async () => {
    const { market, ends, holds, events } = await reachedInto("submitted", BILLED);
    expect(ends).toEqual(["unknown"]);
    // The person's word stands.
    expect(holds.map(told)).toEqual([["a", "failed, charge charged", "0.56", "0.00"]]);
    expect(only(events, "unwritten")).toMatchObject([
      { what: "settled", request: market.simulator.jobs[0]?.requestId },
    ]);
    expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
  });

  test("accepts that the person closes a request that the vendor no longer knows", async () => {
    const script = () => ({ lostSeconds: 1_000_000 });
    const { ends, holds } = await reachedInto("submitted", BILLED, { script });
    expect(ends).toEqual(["taken"]);
    expect(holds.map(told)).toEqual([["a", "failed, charge charged", "0.56", "0.00"]]);
  });
});

test("a run that was taken for dead reserves nothing more, and its late id counts", async () => {
  const burials: Promise<unknown>[] = [];
  const market = await startMarket({
    script: () => {
      if (burials.length > 0) return undefined;
      market.kill("the slow");
      burials.push(other.reclaimDeadRuns("film"));
      return undefined;
    },
  });
  const other = await market.ledger("the other");
  const { ends, halt, holds } = await market.buy(orders(4), { total: 1, owner: "the slow" });
  // What it was sending was unknown to the other, until its id came.
  expect(await Promise.all(burials)).toMatchObject([[{ key: "line 1", state: "unknown" }]]);
  expect(ends).toEqual(["settled", "not-started", "not-started", "not-started"]);
  expect(halt).toBe("taken-for-dead");
  expect(holds.map(told)).toEqual([["line 1", "settled", "0.56", "0.00"]]);
  expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
});

test("keeps a result that is never available in flight, and records it as missing", async () => {
  const { fetch } = recordRequests(({ kind }) =>
    kind === "result" ? createJsonResponse(404, { status: "NOT_FOUND" }) : undefined,
  );
  const market = await startMarket({ access: { fetch } });
  const { ends, holds } = await market.buy([order("a")]);
  expect(ends).toEqual(["in-flight"]);
  expect(holds).toMatchObject([{ state: "submitted", missing: true }]);
  expect(market.simulator.counts.submit).toBe(1);
});

test("leaves a line in flight if its bill cannot be written, and the next run settles it", async () => {
  const market = await startMarket();
  const { ends, events } = await market.buy([order("a")], {
    ledger: (ledger) => failingLedger(ledger, { at: "settled" }),
    on: ({ event }, { leave }) => {
      if (event === "unwritten") leave();
    },
  });
  expect(ends).toEqual(["in-flight"]);
  expect(only(events, "unwritten")).toMatchObject([{ what: "settled" }]);
  const { holds } = await market.buy([]);
  expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
  expect(market.simulator.counts.submit).toBe(1);
});

describe("a bug of topsheet in the middle of a run", () => {
  test("is thrown after every other line is recorded and the run has ended", async () => {
    const market = await startMarket();
    const events: RunEvent[] = [];
    const buying = market.buy(orders(3), {
      total: 3,
      on: (event) => events.push(event),
      vendor: (vendor) => ({
        ...vendor,
        watch: async (placed, ...more) => {
          const [first] = market.simulator.jobs;
          if (placed.request.id === first?.requestId) throw new RangeError("a bug");
          return await vendor.watch(placed, ...more);
        },
      }),
    });
    await expect(buying).rejects.toThrow(RangeError);
    expect(events.map(({ event }) => event).at(-1)).toBe("ended");
    expect((await market.holds()).map(({ state }) => state).toSorted()).toEqual([
      "settled",
      "settled",
      "submitted",
    ]);
    expect(await (await market.ledger()).openRuns("film")).toEqual([]);
    const { holds } = await market.buy(orders(3));
    expect(holds.map(({ state }) => state)).toEqual(["settled", "settled", "settled"]);
    expect(market.simulator.bill).toMatchObject({ submits: 3, dollars: "1.68" });
  });
});

test('collects a line that was bought again after a wrong "not bought" to a file of its own', async () => {
  const market = await startMarket({
    script: (_key, time) => (time === 1 ? { submit: "reset" } : undefined),
  });
  const { holds: lost } = await market.buy([order("a")]);
  expect(lost.map(told)).toEqual([["a", "unknown", "0.00", "0.56"]]);
  const ledger = await market.ledger("a person");
  const first = lost[0]?.id ?? "";
  await ledger.advance(first, FREED);
  // Until a person looks again, the ledger knows nothing of the first.
  await market.buy([order("a")], { counts: false });
  const id = market.simulator.jobs[0]?.requestId ?? "";
  const request = { id, statusUrl: null, responseUrl: null, cancelUrl: null };
  await ledger.advance(first, { kind: "submitted", request, person });

  const { ends, others, holds, events } = await market.buy([order("a")]);
  expect([ends, others]).toEqual([["taken"], ["settled"]]);
  expect(holds.map(told)).toEqual([
    ["a", "settled", "0.56", "0.00"],
    ["a", "settled", "0.56", "0.00"],
  ]);
  expect(holds.map(({ duplicate }) => duplicate)).toEqual([true, false]);
  const paths = holds.map(({ delivery }) => delivery?.path ?? "");
  expect(new Set(paths).size).toBe(2);
  for (const path of paths) expect(existsSync(`${path}.json`)).toBe(true);
  expect(paths[0]).toContain(`-${first.slice(0, 8)}.mp4`);
  expect(only(events, "taken-up")).toHaveLength(1);
  expect(market.simulator.counts).toMatchObject({ submit: 2 });
});

test("reports a duplicate without an end as in flight, although its line is made", async () => {
  const market = await startMarket({
    script: (_key, time) => (time === 1 ? { submit: "reset", generateSeconds: 7_200 } : undefined),
  });
  const first = (await market.buy([order("a")])).holds[0]?.id ?? "";
  const ledger = await market.ledger("a person");
  await ledger.advance(first, FREED);
  await market.buy([order("a")], { counts: false });
  const id = market.simulator.jobs[0]?.requestId ?? "";
  const request = { id, statusUrl: null, responseUrl: null, cancelUrl: null };
  await ledger.advance(first, { kind: "submitted", request, person });
  const { others } = await market.buy([], { patience: 10_000 });
  expect(others).toEqual(["in-flight"]);
});
