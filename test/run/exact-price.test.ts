import { expect, test } from "vitest";
import { admit, exact, makePlan, NO_LEDGER, readManifest, SourceText } from "../../src/index.ts";
import type { Order } from "../../src/ledger/entry.ts";
import { makeOrders } from "../../src/run/make-orders.ts";
import { manifest } from "../plan/make-plan.ts";
import { NOW } from "../rig/in-process.ts";
import { keyOf } from "./rig/orders.ts";
import { startMarket } from "./rig/shop.ts";

const MODELS = [
  "kling-v3-4k",
  "kling-o3-4k",
  "kling-o3-4k-reference",
  "kling-v3-pro",
  "kling-v3-turbo-pro",
] as const;

const IMAGE = "https://example.org/a.png";

/** Every model, with the fields that move its price, each prompt another. */
function shots(): readonly string[] {
  return MODELS.flatMap((model, index) => {
    const id = (name: string): string => `{ id: m${index}-${name}, model: ${model}, `;
    const image = model.endsWith("reference") ? `, image_urls: ["${IMAGE}"]` : "";
    const plain = [3, 5, 7, 15].map(
      (seconds) =>
        `${id(`s${seconds}`)}prompt: "m${index} s${seconds}", duration: ${seconds}${image} }`,
    );
    const shot = (name: string, seconds: number): string =>
      `{ prompt: "m${index} ${name}", duration: ${seconds} }`;
    const multi = `${id("multi")}multi_prompt: [${shot("a", 4)}, ${shot("b", 3)}]${image} }`;
    const defaulted = `${id("default")}multi_prompt: [${shot("c", 4)}, { prompt: "m${index} d" }]${image} }`;
    if (model.includes("turbo")) return [...plain, multi, defaulted];
    const sound = [true, false].map(
      (on) =>
        `${id(`sound-${on}`)}prompt: "m${index} sound ${on}", duration: 7, generate_audio: ${on}${image} }`,
    );
    return [...plain, multi, defaulted, ...sound];
  });
}

function planned(): readonly Order[] {
  const source = new SourceText("shots.yaml", manifest(shots()));
  const { plan, diagnostics } = makePlan({
    manifests: [{ ...readManifest(source), sha256: "0".repeat(64) }],
    prices: null,
    only: [],
  });
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  const orders = makeOrders(admit(plan, NO_LEDGER, NOW), () => false);
  return orders.map((order) => ({ ...order, key: keyOf(order.input) }));
}

test("(h) (i) every model is billed what was planned, by its own defaults and the sum of its shots", async () => {
  const orders = planned();
  expect(orders).toHaveLength(5 * 6 + 4 * 2);
  const market = await startMarket({ speed: 2_000 });
  const { ends, holds, undelivered } = await market.buy(orders, { total: 8 });
  expect(ends).toEqual(orders.map(() => "settled"));
  expect(undelivered).toEqual([]);
  expect(holds.filter(({ excess }) => excess !== 0)).toEqual([]);
  const billed = market.simulator.jobs.map(({ requestId, dollars }) => `${requestId} ${dollars}`);
  const spent = holds.map(({ request, spent: money }) => `${request?.id} ${exact(money)}`);
  expect(spent.toSorted()).toEqual(billed.toSorted());
  // And what comes is what was asked for: its length, its shape, its sound.
  expect(
    holds.flatMap(({ key, delivery }) => delivery?.warnings.map((w) => `${key}: ${w}`)),
  ).toEqual([]);
  expect(holds.map(({ delivery }) => delivery?.seconds)).toEqual(
    holds.map(({ seconds }) => seconds),
  );
});
