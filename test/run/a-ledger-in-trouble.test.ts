import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../src/simulator/behaviour.ts";
import { LedgerFault } from "../../src/ledger/fault.ts";
import { names, only, order, orders, told } from "./rig/orders.ts";
import { type BuyOptions, startMarket } from "./rig/shop.ts";
import { type Trouble, failingLedger, watched } from "./rig/failing-ledger.ts";

/** A run in that trouble, and how often it was met. */
function in_(trouble: Trouble): {
  readonly ledger: NonNullable<BuyOptions["ledger"]>;
  met(): number;
} {
  let met = (): number => 0;
  return {
    ledger: (ledger) => {
      const made = failingLedger(ledger, trouble);
      ({ met } = made);
      return made;
    },
    met: () => met(),
  };
}

describe("a hold that is not durable", () => {
  test.for<readonly [trouble: Trouble, met: number]>([
    [{ at: "reserve" }, 1],
    [{ at: "reserve", done: true }, 1],
    [{ at: "sending" }, 1],
    [{ at: "sending", done: true }, 1],
  ])("%j", async ([trouble, met]) => {
    const market = await startMarket();
    const trial = in_(trouble);
    const first = await market.buy(orders(3), { total: 1, ledger: trial.ledger });
    expect(trial.met()).toBe(met);
    expect(market.simulator.counts.submit).toBe(0);
    expect(first.ends).toEqual(["not-started", "not-started", "not-started"]);
    // Whatever was written of it is free again.
    expect(first.holds.map((hold) => told(hold).slice(1))).toEqual(
      first.holds.map(() => ["released", "0.00", "0.00"]),
    );
    const again = await market.buy(orders(3), { total: 1 });
    expect(again.ends).toEqual(["settled", "settled", "settled"]);
    expect(market.simulator.counts.submit).toBe(3);
  });

  test("does not send a hold that someone else has moved", async () => {
    const market = await startMarket();
    const other = await market.ledger("other");
    const reserved: string[] = [];
    const { ends, holds } = await market.buy([order("a")], {
      on: (event) => {
        if (event.event === "reserved") reserved.push(event.line.hold);
      },
      ledger: (ledger) =>
        watched(ledger, async (name, act) => {
          const [hold = ""] = reserved;
          const step = { kind: "released", why: "by hand", person: null } as const;
          if (name === "sending") await other.advance(hold, step);
          return await act();
        }),
    });
    expect(ends).toEqual(["taken"]);
    expect(market.posts).toEqual([]);
    expect(holds.map(told)).toEqual([["a", "released", "0.00", "0.00"]]);
  });

  test("ends the run if the ledger cannot be written", async () => {
    const market = await startMarket();
    const { halt, events } = await market.buy(orders(3), {
      total: 1,
      ledger: in_({ at: "reserve", after: 1 }).ledger,
    });
    expect(halt).toBe("ledger");
    expect(only(events, "stopping")).toHaveLength(1);
    expect(market.simulator.counts.submit).toBe(1);
  });

  // Else the line would be dropped without a word, and the run end with 0, "done".
  test("ends the run if the ledger fails at the last moment before sending", async () => {
    const market = await startMarket();
    const { halt } = await market.buy(orders(3), {
      total: 1,
      ledger: in_({ at: "sending", times: 1 }).ledger,
    });
    expect(halt).toBe("ledger");
  });

  test.for<Trouble["at"]>(["buryDead", "openRuns", "holds", "startRun"])(
    "does not begin a run if %s fails",
    async (at) => {
      const market = await startMarket();
      await expect(market.buy(orders(2), { ledger: in_({ at }).ledger })).rejects.toThrow(
        LedgerFault,
      );
      expect(market.posts).toEqual([]);
      expect((await market.buy(orders(2))).ends).toEqual(["settled", "settled"]);
    },
  );
});

const NO_UNITS: Behaviour = { outcome: "content_policy_violation", billableUnits: null };

describe("a ledger that works again", () => {
  test.for<
    readonly [trouble: Trouble, behaviour: Behaviour, hold: readonly string[], later: string]
  >([
    [{ at: "submitted", times: 3 }, {}, ["settled", "0.56", "0.00"], "settled"],
    [{ at: "settled", times: 3 }, {}, ["settled", "0.56", "0.00"], "settled"],
    [{ at: "delivered", times: 3 }, {}, ["settled", "0.56", "0.00"], "settled"],
    [{ at: "unknown", times: 3 }, { submit: "html" }, ["unknown", "0.00", "0.56"], "unknown"],
    [{ at: "released", times: 3 }, { submit: 422 }, ["released", "0.00", "0.00"], "failed"],
    [{ at: "failed", times: 3 }, NO_UNITS, ["failed, charge unknown", "0.00", "0.56"], "failed"],
  ])("%j, %j", async ([trouble, behaviour, hold, end]) => {
    const market = await startMarket({ script: () => behaviour });
    const trial = in_(trouble);
    const { ends, halt, holds, events } = await market.buy([order("a")], {
      ledger: trial.ledger,
    });
    expect(trial.met()).toBe(3);
    expect(ends).toEqual([end]);
    expect(halt).toBe("ledger");
    expect(holds.map(told)).toEqual([["a", ...hold]]);
    const unwritten = only(events, "unwritten");
    expect(unwritten).toMatchObject([
      { what: trouble.at, why: "database or disk is full", line: { key: "a" } },
    ]);
    const asked = trouble.at === "unknown" || trouble.at === "released";
    expect(unwritten[0]?.request).toBe(asked ? null : market.simulator.jobs[0]?.requestId);
    expect(only(events, "written-after-all")).toHaveLength(1);
    expect(market.posted("a")).toBe(1);
  });
});

test("reports a lost id at once, with what a person needs, before it tries anything else", async () => {
  const market = await startMarket();
  const { events } = await market.buy([order("a")], {
    ledger: in_({ at: "submitted", times: 2 }).ledger,
  });
  expect(names(events)).toEqual([
    "started",
    "reserved",
    "sending",
    "submitted",
    "stopping",
    "unwritten",
    "written-after-all",
    "settled",
    "delivered",
    "ended",
  ]);
  expect(only(events, "unwritten")).toMatchObject([
    { request: market.simulator.jobs[0]?.requestId, what: "submitted", line: { key: "a" } },
  ]);
});

test("starts nothing more while an id is not written, although places are free", async () => {
  const market = await startMarket();
  const { ends } = await market.buy(orders(6), {
    total: 1,
    ledger: in_({ at: "submitted", times: 2 }).ledger,
  });
  expect(ends).toEqual(["settled", ...Array.from({ length: 5 }, () => "not-started")]);
  expect(market.simulator.counts.submit).toBe(1);
});

describe("a ledger that never works again", () => {
  test("leaves on request, after it has reported the id, and the money stays held", async () => {
    const market = await startMarket();
    const { ends, events, holds } = await market.buy([order("a")], {
      ledger: in_({ at: "submitted" }).ledger,
      on: ({ event }, { leave }) => {
        if (event === "unwritten") setTimeout(leave, 20);
      },
    });
    expect(ends).toEqual(["unknown"]);
    expect(only(events, "unwritten")).toMatchObject([
      { request: market.simulator.jobs[0]?.requestId },
    ]);
    expect(holds.map(told)).toEqual([["a", "unknown", "0.00", "0.56"]]);
    const again = await market.buy([order("a")]);
    expect(again.ends).toEqual(["taken"]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test("cannot record the end, so the next run finds the run dead", async () => {
    const market = await startMarket();
    const { ends } = await market.buy([order("a")], {
      owner: "the lost",
      ledger: in_({ at: "endRun" }).ledger,
    });
    expect(ends).toEqual(["settled"]);
    const ledger = await market.ledger();
    expect(await ledger.openRuns("film")).toMatchObject([{ owner: "the lost", alive: true }]);
    market.kill("the lost");
    expect((await market.buy([order("b")])).ends).toEqual(["settled"]);
    expect(await ledger.openRuns("film")).toEqual([]);
  });
});

test.for<Trouble["at"]>(["keepAlive", "durations"])(
  "a fault in %s does not stop a run",
  async (at) => {
    // Slow enough for a few signs of life.
    const market = await startMarket({
      simulator: { latency: { queueSeconds: 5, generateSeconds: 50 } },
    });
    const trial = in_({ at });
    const { ends, halt } = await market.buy(orders(2), { ledger: trial.ledger });
    expect(trial.met()).toBeGreaterThanOrEqual(2);
    expect(ends).toEqual(["settled", "settled"]);
    expect(halt).toBeNull();
  },
);

// The write was done and only its word was lost: the run must not take its own step for somebody else's.
test("follows an id that was written although the write seemed to fail", async () => {
  const market = await startMarket();
  const { ends } = await market.buy([order("a")], {
    ledger: in_({ at: "submitted", times: 1, done: true }).ledger,
  });
  expect(ends).toEqual(["settled"]);
});

// The ledger is asked about a request that the vendor has forgotten, and that may fail.
test("pays once for a line whose settlement seemed to fail, and the next run fetches it", async () => {
  const market = await startMarket();
  const first = await market.buy([order("a")], {
    ledger: in_({ at: "settled", times: 1, done: true }).ledger,
  });
  expect(first.holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
  const second = await market.buy([order("a")]);
  expect(second.ends).toEqual(["taken"]);
  expect(second.holds[0]?.delivery).toMatchObject({ seconds: 5 });
  expect(market.simulator.counts.submit).toBe(1);
});

test("never reports a line in flight as not started", async () => {
  const market = await startMarket({ script: () => ({ lostSeconds: 1_000_000 }) });
  const { ends } = await market.buy([order("a")], { ledger: in_({ at: "hold", after: 1 }).ledger });
  expect(ends).toEqual(["in-flight"]);
});
