import { expect, test } from "vitest";
import type { Behaviour } from "../../src/fal/simulator/behaviour.ts";
import { exact } from "../../src/money/usd.ts";
import { only, order, orders, told, usd } from "./lines.ts";
import { shop } from "./rig.ts";

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
  const market = await shop({ script: () => behaviour });
  const { holds, events } = await market.buy([order("a")]);
  expect(holds.map(told)).toEqual([["a", "settled", spent, "0.00"]]);
  expect(holds.map((hold) => exact(hold.excess))).toEqual([excess]);
  expect(only(events, "settled").map((event) => exact(event.excess))).toEqual([excess]);
  const { billableUnits = "4.0", moreBilledSeconds } = behaviour;
  const units = moreBilledSeconds === undefined ? billableUnits : "4.8";
  expect(holds.map((hold) => hold.billableUnits)).toEqual([units]);
});

test("an excess takes room under the cap like anything spent", async () => {
  const market = await shop({
    caps: { cap: usd(1.2) },
    script: (key) => (key === "line 1" ? { billableUnits: "8" } : {}),
  });
  const { ends } = await market.buy(orders(2), { total: 1 });
  expect(ends).toEqual(["settled", "over-cap"]);
});

test("where the book does not know what a unit costs, nothing is read out of units (trap g)", async () => {
  const market = await shop({ script: () => ({ billableUnits: "4.0" }) });
  const { holds } = await market.buy([order("a", { unitPrice: null })]);
  expect(holds.map(({ spent, billableUnits }) => [exact(spent), billableUnits])).toEqual([
    ["0.56", "4.0"],
  ]);
});

/** Units as the header says them, on a line of 4 planned: what of the bill was not planned. */
async function excessAt(units: string): Promise<string> {
  const market = await shop();
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
  "units of %s are as planned",
  async (units) => {
    expect(await excessAt(units)).toBe("0.00");
  },
);

// 0.8 × 6, in floating point, is 4.800000000000001: what a sum of tenths looks like in the header of a Python program.
test.for([
  ["4.800000000000001", "0.112"],
  ["8.000000000000002", "0.56"],
] as const)("units of %s are $%s too many", async ([units, excess]) => {
  expect(await excessAt(units)).toBe(excess);
});
