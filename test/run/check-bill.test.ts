import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../src/simulator/behaviour.ts";
import type { Order } from "../../src/ledger/entry.ts";
import { exact, parseUnits } from "../../src/money.ts";
import { findUsualUnits } from "../../src/run/check-bill.ts";
import { only, order, orders, told, TURBO, usd, V3_PRO } from "./rig/orders.ts";
import { startMarket } from "./rig/shop.ts";

/** What the bill says, what is spent, and what of it was not planned. Planned are $0.56: 4 units of $0.14. */
test.for<readonly [name: string, behaviour: Behaviour, spent: string, excess: string]>([
  ["as planned", {}, "0.56", "0.00"],
  ["no units", { billableUnits: null }, "0.56", "0.00"],
  ["fewer units", { billableUnits: "2.0" }, "0.56", "0.00"],
  ["no units at all", { billableUnits: "0" }, "0.56", "0.00"],
  ["a second more", { moreBilledSeconds: 1 }, "0.672", "0.112"],
  ["a tenth of a unit more", { billableUnits: "4.1" }, "0.574", "0.014"],
  ["a ten-thousandth of a unit more", { billableUnits: "4.0001" }, "0.560014", "0.000014"],
  ["twice as many units", { billableUnits: "8" }, "1.12", "0.56"],
])("%s", async ([, behaviour, spent, excess]) => {
  const market = await startMarket({ script: () => behaviour });
  const { holds, events } = await market.buy([order("a")]);
  expect(holds.map(told)).toEqual([["a", "settled", spent, "0.00"]]);
  expect(holds.map((hold) => exact(hold.excess))).toEqual([excess]);
  expect(only(events, "settled").map((event) => exact(event.excess))).toEqual([excess]);
  const { billableUnits = "4.0", moreBilledSeconds } = behaviour;
  const units = moreBilledSeconds === undefined ? billableUnits : "4.8";
  expect(holds.map((hold) => hold.billableUnits)).toEqual([units]);
});

test("counts an excess under the cap like anything spent", async () => {
  const market = await startMarket({
    caps: { cap: usd(1.2) },
    script: (key) => (key === "line 1" ? { billableUnits: "8" } : {}),
  });
  const { ends } = await market.buy(orders(2), { total: 1 });
  expect(ends).toEqual(["settled", "over-cap"]);
});

test("(g) takes no price from units if the price book does not know what a unit costs", async () => {
  const market = await startMarket({ script: () => ({ billableUnits: "4.0" }) });
  const { holds } = await market.buy([order("a", { unitPrice: null })]);
  expect(holds.map(({ spent, billableUnits }) => [exact(spent), billableUnits])).toEqual([
    ["0.56", "4.0"],
  ]);
});

/** Units as the header says them, on a line of 4 planned: what of the bill was not planned. */
async function excessAt(units: string): Promise<string> {
  const market = await startMarket();
  const { holds } = await market.buy([order("a")], {
    vendor: (vendor) => ({
      ...vendor,
      collect: async (placed, ...more) => {
        const collected = await vendor.collect(placed, ...more);
        return collected.is === "video" ? { ...collected, billableUnits: units } : collected;
      },
    }),
  });
  return holds.map(({ excess }) => exact(excess)).join();
}

test.for(["4", "4.0", "4.000", "4.000000000000001", "3.9999999999999996"])(
  "takes %s units as planned",
  async (units) => {
    expect(await excessAt(units)).toBe("0.00");
  },
);

// 0.8 × 6, in floating point, is 4.800000000000001: what a sum of tenths looks like in the header of a Python program.
test.for([
  ["4.800000000000001", "0.112"],
  ["8.000000000000002", "0.56"],
] as const)("takes %s units as $%s too many", async ([units, excess]) => {
  expect(await excessAt(units)).toBe(excess);
});

describe("a bill that cannot be read", () => {
  test.for(["1e3", "50.0, 50.0", "-5", "NaN", "", "1".repeat(40)])(
    "doubts units of %j, and takes no price from them",
    async (units) => {
      const market = await startMarket();
      const { holds, events, bills } = await market.buy([order("a"), order("b")], {
        total: 1,
        vendor: (vendor) => ({
          ...vendor,
          collect: async (placed, ...more) => {
            const collected = await vendor.collect(placed, ...more);
            const first = placed.request.id === market.simulator.jobs[0]?.requestId;
            return first && collected.is === "video"
              ? { ...collected, billableUnits: units }
              : collected;
          },
        }),
      });
      const doubt = expect.stringMatching(/^its billable units cannot be read: "/);
      expect(holds).toMatchObject([
        { key: "a", spent: usd(0.56), excess: 0, doubt },
        { key: "b", spent: usd(0.56), excess: 0, doubt: null },
      ]);
      expect(only(events, "settled").map((event) => event.doubt)).toEqual([doubt, null]);
      expect(bills).toEqual({ misbilled: ["a"], unchecked: [] });
    },
  );

  test("takes the charge of a refusal with such a bill as unknown", async () => {
    const market = await startMarket({
      script: () => ({ outcome: "content_policy_violation", billableUnits: "1e3" }),
    });
    const { holds, bills } = await market.buy([order("a")]);
    expect(holds.map(told)).toEqual([["a", "failed, charge unknown", "0.00", "0.56"]]);
    expect(holds).toMatchObject([{ doubt: 'its billable units cannot be read: "1e3"' }]);
    expect(bills.misbilled).toEqual(["a"]);
  });
});

// The other side bills more than anyone here can know yet.
const UNKNOWN_TO_US = { counts: false };

/** Five seconds of turbo, $0.70: what a unit of it costs is not known. */
const turbo = (key: string, changes: Partial<Order> = {}): Order =>
  order(key, {
    endpoint: TURBO,
    model: "kling-v3-turbo-pro",
    input: { prompt: key, duration: "5", aspect_ratio: "16:9" },
    cost: usd(0.7),
    unitPrice: null,
    ...changes,
  });

describe("a bill is compared with those of earlier jobs like it", () => {
  // 50 units for five seconds were $0.70, exit 0, and not a word.
  test("doubts units unlike those of three such jobs, and no others", async () => {
    const units: Readonly<Record<string, string>> = { odd: "50.0", float: "5.0000000000000001" };
    const market = await startMarket({
      script: (key) => (key in units ? { billableUnits: units[key] ?? null } : {}),
    });
    const two = await market.buy([turbo("1"), turbo("2")]);
    const early = await market.buy([turbo("odd", { fingerprint: "early" })], UNKNOWN_TO_US);
    expect([two.bills.misbilled, early.bills.misbilled]).toEqual([[], []]);
    await market.buy([turbo("3")], UNKNOWN_TO_US);
    const last = [turbo("odd"), turbo("float"), turbo("4")];
    const { holds, bills } = await market.buy(last, UNKNOWN_TO_US);
    expect(bills).toEqual({ misbilled: ["odd"], unchecked: ["kling-v3-turbo-pro"] });
    expect(holds.filter(({ doubt }) => doubt !== null)).toMatchObject([
      {
        key: "odd",
        fingerprint: turbo("odd").fingerprint,
        spent: usd(0.7),
        excess: 0,
        doubt: "billed for 50.0 units, and 3 earlier jobs like it for 5.0",
      },
    ]);
    // What was seen in an earlier run is told by the ledger, and no more by a run.
    expect((await market.buy([turbo("odd")], UNKNOWN_TO_US)).bills).toEqual({
      misbilled: [],
      unchecked: [],
    });
  });

  test("does not compare with jobs of another length or with other sound", async () => {
    const pro = (key: string, audio: boolean, seconds = 5): Order =>
      order(key, {
        endpoint: V3_PRO,
        seconds,
        input: {
          prompt: key,
          duration: String(seconds),
          generate_audio: audio,
          aspect_ratio: "16:9",
        },
        unitPrice: null,
      });
    const market = await startMarket();
    const three = ["1", "2", "3"].map((key) => pro(key, false));
    expect((await market.buy(three)).bills.misbilled).toEqual([]);
    const others = await market.buy([pro("loud", true), pro("long", false, 10)], UNKNOWN_TO_US);
    expect(others.holds.map(({ billableUnits }) => billableUnits)).toEqual([
      ...three.map(() => "4.0"),
      "6.0",
      "8.0",
    ]);
    expect(others.bills.misbilled).toEqual([]);
  });

  test("doubts fewer units even if the price of a unit is known", async () => {
    const market = await startMarket({
      script: (key) => (key === "less" ? { billableUnits: "1.0" } : {}),
    });
    await market.buy(orders(3));
    const { holds, bills } = await market.buy([order("less")]);
    expect(bills.misbilled).toEqual(["less"]);
    expect(holds.at(-1)).toMatchObject({ spent: usd(0.56), excess: 0 });
  });

  test.for<readonly [units: string, earlier: readonly string[], usual: string | null]>([
    ["50.0", ["5.0", "5.0"], null],
    ["50.0", ["5.0", "5.0", "5.0"], "5.0"],
    ["50.0", ["5.0", "5.0", "4.0"], null],
    ["50.0", ["5.0", "oops", "5.0", "", "5"], "5.0"],
    ["5.0", ["5.0", "5.0", "5.0"], null],
    ["8.44", ["8.439999999999998", "8.44", "8.440000000000001"], null],
    ["8.45", ["8.439999999999998", "8.44", "8.440000000000001"], "8.439999999999998"],
    // A price that has changed is what is usual once three jobs have it.
    ["6.0", ["5.0", "5.0", "5.0", "5.0", "6.0", "6.0"], "5.0"],
    ["6.0", ["5.0", "5.0", "5.0", "5.0", "6.0", "6.0", "6.0"], null],
    ["7.0", ["5.0", "5.0", "5.0", "6.0", "6.0", "6.0", "6.0"], "6.0"],
  ])("%s after %j: usual are %s", ([written, earlier, usual]) => {
    const units = parseUnits(written);
    if (units === undefined) throw new Error(written);
    expect(findUsualUnits(units, earlier)?.written ?? null).toBe(usual);
  });
});

describe("a charged failure counts what its units state, if that is more than was held", () => {
  test.for([
    ["2.0", "0.56", "0.00"],
    ["4.0", "0.56", "0.00"],
    ["50.0", "7.00", "6.44"],
  ] as const)("%s units: $%s", async ([billableUnits, spent, excess]) => {
    const market = await startMarket({
      caps: { cap: usd(1.2) },
      script: (key) => (key === "a" ? { outcome: "content_policy_violation", billableUnits } : {}),
    });
    const { holds, events, bills } = await market.buy([order("a")]);
    expect(holds.map(told)).toEqual([["a", "failed, charge charged", spent, "0.00"]]);
    expect(holds.map((hold) => exact(hold.excess))).toEqual([excess]);
    expect(only(events, "failed").map((event) => exact(event.excess))).toEqual([excess]);
    expect(bills.misbilled).toEqual(excess === "0.00" ? [] : ["a"]);
    // And it takes room under the cap.
    const { ends } = await market.buy([order("b")]);
    expect(ends).toEqual([spent === "7.00" ? "over-cap" : "settled"]);
  });
});

test("counts the excess of a line that was resumed, although this plan does not have it", async () => {
  const market = await startMarket({
    script: (key) => (key === "left" ? { billableUnits: "40.0" } : {}),
  });
  await market.buy([order("left")], {
    ...UNKNOWN_TO_US,
    on: ({ event }, { leave }) => {
      if (event === "submitted") leave();
    },
  });
  const { bills, others, holds } = await market.buy([order("b")]);
  expect([others, bills.misbilled]).toEqual([["settled"], ["left"]]);
  expect(holds.map(told)).toEqual([
    ["left", "settled", "5.60", "0.00"],
    ["b", "settled", "0.56", "0.00"],
  ]);
});
