import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Breaker, NO_BREAKER } from "../../src/budget/caps.ts";
import { wallClock } from "../../src/cli/wall-clock.ts";
import type { Behaviour } from "../../src/simulator/behaviour.ts";
import type { RunEvent } from "../../src/run/events.ts";
import type { Clock } from "../../src/run/ports.ts";
import {
  FREE_REFUSAL,
  keyOf,
  names,
  only,
  order,
  orders,
  told,
  TURBO,
  usd,
  V3_PRO,
} from "./rig/orders.ts";
import { type BuyOptions, type Market, type MarketOptions, startMarket } from "./rig/shop.ts";

const UNKNOWN: Behaviour = { submit: "html" };
const NOON = Date.UTC(2026, 10, 21, 12);

/** What happens to the first line, the second, ...; what is not said goes well. */
const story =
  (...lines: readonly Behaviour[]): NonNullable<MarketOptions["script"]> =>
  (key) =>
    lines[Number(key.replace("line ", "")) - 1];

const broken = (breaker: Partial<Breaker>) => ({ breaker: { ...NO_BREAKER, ...breaker } });

/** Lets no other job than of these lines be seen done before the run stops, however busy the machine is. */
function failuresFirst(market: Market, failing: readonly string[]): BuyOptions {
  const stopping = new AbortController();
  const turn = async (id: string): Promise<void> => {
    const job = market.simulator.jobs.find(({ requestId }) => requestId === id);
    const fails = failing.includes(keyOf(job?.input ?? {}));
    if (!fails && !stopping.signal.aborted) await once(stopping.signal, "abort");
  };
  return {
    on: ({ event }) => {
      if (event === "stopping") stopping.abort();
    },
    vendor: (vendor) => ({
      ...vendor,
      watch: async (placed, ...args) => {
        await turn(placed.request.id);
        return await vendor.watch(placed, ...args);
      },
      ask: async (placed, ...args) => {
        await turn(placed.request.id);
        return await vendor.ask(placed, ...args);
      },
    }),
  };
}

/** Nothing is asked for, sent or given back once it was said that the run stops. */
function startedAfterwards(events: readonly RunEvent[]): readonly string[] {
  const all = names(events);
  return all
    .slice(all.indexOf("stopping"))
    .filter((name) => ["reserved", "sending", "unsent", "over-cap"].includes(name));
}

describe("failures in a row", () => {
  test("starts nothing more after so many, and says why", async () => {
    const market = await startMarket({ script: story(FREE_REFUSAL, FREE_REFUSAL, FREE_REFUSAL) });
    const { ends, halt, why, events } = await market.buy(orders(5), { total: 1, mostFailures: 3 });
    expect(ends).toEqual(["failed", "failed", "failed", "not-started", "not-started"]);
    expect(halt).toBe("breaker");
    expect(why).toBe("3 lines in a row have failed (breaker.failures_in_a_row)");
    expect(only(events, "stopping")).toEqual([{ event: "stopping", why }]);
    expect(startedAfterwards(events)).toEqual([]);
    expect(market.simulator.counts.submit).toBe(3);
  });

  test("stops after one if the manifest says so, whatever is done at a cap", async () => {
    const market = await startMarket({ script: story({}, FREE_REFUSAL) });
    const chosen = { total: 1, mostFailures: 1, stopsAtCap: false };
    const { ends, why } = await market.buy(orders(3), chosen);
    expect(ends).toEqual(["settled", "failed", "not-started"]);
    expect(why).toBe("1 line has failed (breaker.failures_in_a_row)");
  });

  test("restarts the count at a success, and tries all lines without a breaker", async () => {
    const row = story(
      FREE_REFUSAL,
      FREE_REFUSAL,
      {},
      FREE_REFUSAL,
      FREE_REFUSAL,
      {},
      FREE_REFUSAL,
      FREE_REFUSAL,
    );
    const market = await startMarket({ script: row });
    const first = await market.buy(orders(8), { total: 1, mostFailures: 3 });
    expect(first.halt).toBeNull();
    expect(first.ends.filter((end) => end === "failed")).toHaveLength(6);
    const others = await startMarket({ script: () => FREE_REFUSAL });
    const { ends, halt } = await others.buy(orders(6), { total: 1 });
    expect([halt, new Set(ends)]).toEqual([null, new Set(["failed"])]);
  });

  test("counts an unknown outcome neither as a failure nor as a success", async () => {
    const market = await startMarket({ script: story(FREE_REFUSAL, UNKNOWN, FREE_REFUSAL) });
    const { ends, halt } = await market.buy(orders(4), { total: 1, mostFailures: 2 });
    expect(ends).toEqual(["failed", "unknown", "failed", "not-started"]);
    expect(halt).toBe("breaker");
    const other = await startMarket({ script: story(UNKNOWN, FREE_REFUSAL, UNKNOWN) });
    const second = await other.buy(orders(4), { total: 1, mostFailures: 2 });
    expect(second.ends).toEqual(["unknown", "failed", "unknown", "settled"]);
  });

  test("counts a line that was bought before, or that fits under no cap, as neither", async () => {
    const market = await startMarket({
      script: story({}, FREE_REFUSAL, {}, FREE_REFUSAL),
      caps: { per_shot: usd(0.6) },
    });
    await market.buy(orders(1), { total: 1 });
    const dear = order("line 3", { cost: usd(0.7) });
    const [one, two, , four] = orders(4);
    const lines = [two, one, dear, four].flatMap((line) => line ?? []);
    const chosen = { total: 1, mostFailures: 2, stopsAtCap: false };
    const { ends, halt } = await market.buy([...lines, order("last")], chosen);
    expect(ends).toEqual(["failed", "taken", "over-cap", "failed", "not-started"]);
    expect(halt).toBe("breaker");
  });

  test("counts a line that was tried three times as one failure", async () => {
    const market = await startMarket({
      script: story({ outcome: "runner_server_error", billableUnits: "0" }),
    });
    const { ends, halt } = await market.buy(orders(2), { total: 1, mostFailures: 2 });
    expect(market.posted("line 1")).toBeGreaterThan(0);
    expect([ends, halt]).toEqual([["failed", "settled"], null]);
  });

  test("counts parallel lines as they end, and finishes what is in flight", async () => {
    const third = { ...FREE_REFUSAL, generateSeconds: 20 };
    const market = await startMarket({ script: story(FREE_REFUSAL, {}, third) });
    const { ends, halt, events, holds } = await market.buy(orders(8), {
      total: 4,
      mostFailures: 2,
      ...failuresFirst(market, ["line 1", "line 3"]),
    });
    // The place of the first was taken by a fifth before the third failed.
    expect(ends.slice(0, 4)).toEqual(["failed", "settled", "failed", "settled"]);
    expect(halt).toBe("breaker");
    expect(startedAfterwards(events)).toEqual([]);
    const settled = ends.filter((end) => end === "settled");
    expect(only(events, "delivered")).toHaveLength(settled.length);
    expect(holds.filter(({ state }) => state === "settled")).toHaveLength(settled.length);
    expect(ends.filter((end) => end === "not-started").length).toBeGreaterThan(0);
    expect(market.simulator.counts.submit).toBe(holds.length);
  });

  test.for([1, 2, 4])(
    "%d at once: does not start the line that waits for a failed one's place",
    async (total) => {
      const market = await startMarket({ script: story(FREE_REFUSAL) });
      const byModel = [{ endpoint: V3_PRO, lines: total }];
      for (const more of [{}, { byModel }]) {
        const { ends, events } = await market.buy(orders(8), {
          total,
          mostFailures: 1,
          ...more,
          ...failuresFirst(market, ["line 1"]),
        });
        expect(ends[0]).toBe("failed");
        expect(startedAfterwards(events)).toEqual([]);
      }
    },
  );
});

describe("money in an hour", () => {
  const caps = broken({ usdPerHour: usd(1.2) });

  /** A clock that stands still: on a busy machine an hour is soon over, 500 times faster than life. */
  const standing = (): Clock => ({ ...wallClock(500), now: () => NOON });

  test("ends the run at a line that would pass it, even if smaller lines fit and lines are skipped at caps", async () => {
    const market = await startMarket({ caps, clock: standing() });
    const lines = [...orders(3), order("small", { cost: usd(0.01) })];
    const { ends, halt, why, events } = await market.buy(lines, { total: 1, stopsAtCap: false });
    expect(ends).toEqual(["settled", "settled", "over-cap", "not-started"]);
    expect(halt).toBe("breaker");
    expect(why).toBe(
      "line 3 would bring the last hour to $1.68, over breaker.usd_per_hour of $1.20",
    );
    expect(only(events, "over-cap")).toMatchObject([
      { key: "line 3", cap: "breaker.usd_per_hour", limit: usd(1.2), used: usd(1.12) },
    ]);
    expect(market.simulator.bill.dollars).toBe("1.12");
  });

  test("continues an hour later where it stopped", async () => {
    let late = 0;
    const clock = { ...standing(), now: () => NOON + late };
    const market = await startMarket({ caps, clock });
    await market.buy(orders(3), { total: 1 });
    late = 1_800_000;
    const soon = await market.buy(orders(3), { total: 1 });
    expect(soon.ends).toEqual(["taken", "taken", "over-cap"]);
    late = 3_600_001;
    const later = await market.buy(orders(3), { total: 1 });
    expect(later.ends).toEqual(["taken", "taken", "settled"]);
  });

  test("names the breaker even if a cap is reached as well", async () => {
    const market = await startMarket({ caps: { ...caps, cap: usd(1.2) }, clock: standing() });
    const { halt, events } = await market.buy(orders(4), { total: 1, stopsAtCap: false });
    expect(halt).toBe("breaker");
    expect(only(events, "over-cap")).toMatchObject([{ cap: "breaker.usd_per_hour" }]);
  });

  test("finishes parallel lines in flight, and never spends more than allowed", async () => {
    const market = await startMarket({ caps, clock: standing() });
    const { ends, halt, holds } = await market.buy(orders(8), { total: 4, stopsAtCap: false });
    expect(halt).toBe("breaker");
    const settled = holds.filter(({ state }) => state === "settled");
    expect(ends.filter((end) => end === "settled")).toHaveLength(settled.length);
    expect(settled.length).toBeLessThanOrEqual(2);
    expect(market.simulator.counts.submit).toBe(settled.length);
  });

  test("buys parallel lines that fit within the hour", async () => {
    const market = await startMarket({ caps, clock: standing() });
    const { ends } = await market.buy(orders(4), { total: 4, stopsAtCap: false });
    expect(ends.filter((end) => end === "settled")).toHaveLength(2);
  });
});

describe("money of unknown outcome", () => {
  test("ends the run at more than is allowed, however much room the caps have", async () => {
    const market = await startMarket({
      caps: broken({ unknownUsd: usd(0.56) }),
      script: story(UNKNOWN, {}, UNKNOWN),
    });
    const { ends, halt, why, holds } = await market.buy(orders(5), { total: 1, stopsAtCap: false });
    expect(ends).toEqual(["unknown", "settled", "unknown", "over-cap", "not-started"]);
    expect(halt).toBe("breaker");
    expect(why).toBe("$1.12 of unknown outcome, more than breaker.unknown_usd of $0.56");
    expect(holds.map(told)).toEqual([
      ["line 1", "unknown", "0.00", "0.56"],
      ["line 2", "settled", "0.56", "0.00"],
      ["line 3", "unknown", "0.00", "0.56"],
    ]);
  });

  test("if none is allowed, stops at the first unknown line, and the next run starts nothing", async () => {
    const market = await startMarket({
      caps: broken({ unknownUsd: usd(0) }),
      script: story({}, UNKNOWN),
    });
    const { ends } = await market.buy(orders(4), { total: 1 });
    expect(ends).toEqual(["settled", "unknown", "over-cap", "not-started"]);
    const next = await market.buy([order("line 9", { endpoint: TURBO })], { total: 1 });
    expect([next.ends, next.halt]).toEqual([["over-cap"], "breaker"]);
    const [, unknown] = await market.holds();
    const ledger = await market.ledger();
    const person = { by: "Ada", why: "fal has no such request" };
    await ledger.advance(unknown?.id ?? "", { kind: "released", why: "never came", person });
    const last = await market.buy([order("line 9", { endpoint: TURBO })], { total: 1 });
    expect(last.ends).toEqual(["settled"]);
  });
});
