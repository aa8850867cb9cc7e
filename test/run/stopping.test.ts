import { describe, expect, test } from "vitest";
import { wallClock } from "../../src/cli/wall-clock.ts";
import type { Clock } from "../../src/run/ports.ts";
import { names, only, order, orders, told } from "./rig/orders.ts";
import { type Reins, startMarket } from "./rig/shop.ts";
import { watched } from "./rig/failing-ledger.ts";

describe("a run that is told to stop", () => {
  test("starts nothing more, and waits for what is in flight", async () => {
    const market = await startMarket();
    const { ends, halt, holds, events } = await market.buy(orders(5), {
      total: 2,
      on: ({ event }, { stop }) => {
        if (event === "submitted") stop();
      },
    });
    const settled = ends.filter((end) => end === "settled").length;
    // The second was perhaps on its way.
    expect([1, 2]).toContain(settled);
    expect(ends.filter((end) => end === "not-started")).toHaveLength(5 - settled);
    expect(halt).toBe("interrupted");
    expect(only(events, "stopping")).toHaveLength(1);
    expect(only(events, "delivered")).toHaveLength(settled);
    expect(holds).toHaveLength(settled);
    expect(market.simulator.counts.submit).toBe(settled);

    const again = await market.buy(orders(5));
    expect(again.ends.filter((end) => end === "settled")).toHaveLength(5 - settled);
    expect(market.simulator.counts.submit).toBe(5);
  });

  test("buys nothing if it was told before it began, and still resumes what an earlier run left", async () => {
    const market = await startMarket({
      simulator: { latency: { queueSeconds: 2, generateSeconds: 30 } },
    });
    await market.buy([order("a")], {
      on: ({ event }, { leave }) => {
        if (event === "submitted") leave();
      },
    });
    const { ends, holds } = await market.buy(orders(3), {
      on: ({ event }, { stop }) => {
        if (event === "started") stop();
      },
    });
    expect(ends).toEqual(["not-started", "not-started", "not-started"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test("frees the money of a line between its reservation and its sending", async () => {
    const market = await startMarket();
    const { ends, holds, events } = await market.buy([order("a")], {
      on: ({ event }, { stop }) => {
        if (event === "reserved") stop();
      },
    });
    expect(ends).toEqual(["not-started"]);
    expect(holds.map(told)).toEqual([["a", "released", "0.00", "0.00"]]);
    expect(only(events, "unsent")).toHaveLength(1);
    expect(market.posts).toEqual([]);
  });

  test("frees the money at the very last moment before sending, too", async () => {
    const market = await startMarket();
    const reins: Reins[] = [];
    const { ends, holds } = await market.buy([order("a")], {
      on: (_, own) => reins.push(own),
      ledger: (ledger) =>
        watched(ledger, async (name, act) => {
          if (name === "sending") reins[0]?.stop();
          return await act();
        }),
    });
    expect(ends).toEqual(["not-started"]);
    expect(holds.map(told)).toEqual([["a", "released", "0.00", "0.00"]]);
    expect(market.posts).toEqual([]);
  });

  test("does not try again between two tries of a line", async () => {
    const market = await startMarket({ script: () => ({ outcome: "runner_server_error" }) });
    const { ends } = await market.buy([order("a")], {
      on: ({ event }, { stop }) => {
        if (event === "failed") stop();
      },
    });
    expect(ends).toEqual(["failed"]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test("ends at once while everything waits for Retry-After", async () => {
    // No pause ever ends by itself.
    const clock: Clock = {
      ...wallClock(1),
      sleep: async (_, signal) => {
        if (signal?.aborted === true) return;
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      },
    };
    const market = await startMarket({
      speed: 1,
      clock,
      script: () => ({ submit: 429, retryAfterSeconds: 60 }),
    });
    const { ends } = await market.buy(orders(3), {
      on: ({ event }, { stop }) => {
        if (event === "pausing") stop();
      },
    });
    expect(ends.filter((end) => end === "settled")).toEqual([]);
  });
});

describe("a run that is told to leave", () => {
  // Longer than any test lasts.
  const SLOW = { latency: { queueSeconds: 60, generateSeconds: 3_600_000 } };

  test("ends soon, with every id in the ledger", async () => {
    const market = await startMarket({ simulator: SLOW });
    const { ends, holds, events } = await market.buy(orders(6), {
      total: 3,
      on: ({ event }, { leave }) => {
        if (event === "submitted" && market.posts.length >= 3) leave();
      },
    });
    expect(ends).toEqual([
      "in-flight",
      "in-flight",
      "in-flight",
      "not-started",
      "not-started",
      "not-started",
    ]);
    expect(holds.map(({ state, request }) => [state, request?.id])).toEqual(
      market.simulator.jobs.map(({ requestId }) => ["submitted", requestId]),
    );
    expect(holds).toHaveLength(3);
    expect(only(events, "in-flight")).toHaveLength(3);
    expect(names(events).at(-1)).toBe("ended");
  });

  test("ends soon without a status stream, too", async () => {
    const market = await startMarket({ simulator: SLOW, script: () => ({ stream: "missing" }) });
    const { ends } = await market.buy(orders(2), {
      on: ({ event }, { leave }) => {
        if (event === "progress" && market.posts.length >= 2) leave();
      },
    });
    expect(ends).toEqual(["in-flight", "in-flight"]);
  });

  test("waits for the answer to an order that is being sent, for its id", async () => {
    const market = await startMarket({ simulator: SLOW });
    const { ends, holds } = await market.buy([order("a")], {
      on: ({ event }, { leave }) => {
        if (event === "sending") leave();
      },
    });
    expect(ends).toEqual(["in-flight"]);
    expect(holds.map(({ state, request }) => [state, request?.id])).toEqual([
      ["submitted", market.simulator.jobs[0]?.requestId],
    ]);
  });

  test("leaves a download, and the next run fetches the video", async () => {
    const market = await startMarket({ script: () => ({ download: ["hang"] }) });
    const first = await market.buy([order("a")], {
      on: ({ event }, { leave }) => {
        if (event === "settled") setTimeout(leave, 50);
      },
    });
    // Whatever is given up after a minute without a byte is tried again.
    expect(market.simulator.counts.file).toBeLessThanOrEqual(1);
    expect(first.ends).toEqual(["settled"]);
    expect(first.undelivered).toEqual(["a"]);
    const second = await market.buy([]);
    expect(second.undelivered).toEqual([]);
    expect(second.holds[0]?.delivery).toMatchObject({ warnings: [], seconds: 5 });
    expect(market.simulator.counts.submit).toBe(1);
  });
});
