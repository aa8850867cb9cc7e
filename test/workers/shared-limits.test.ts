import { expect, test } from "vitest";
import { usd } from "../run/rig/orders.ts";
import { line, lines, mostAtOnce, site } from "./workers-in-process.ts";

// What a run holds on one machine, workers hold across all of them.

test("a model's limit of one holds across three workers and delays no other model", async () => {
  const { batch, worker, entries, posts, over } = await site();
  const [pro, standard] = [lines(4, "kling-v3-pro"), lines(8, "kling-v3-turbo-pro")];
  const endpoint = pro[0]?.endpoint ?? "";
  const started = await batch([...pro, ...standard], {
    total: 6,
    byModel: [{ endpoint, lines: 1 }],
  });
  await Promise.all([worker(), worker(), worker()]);
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  const told = await entries();
  expect(mostAtOnce(told, endpoint)).toBe(1);
  expect(mostAtOnce(told)).toBeGreaterThan(2);
  expect(mostAtOnce(told)).toBeLessThanOrEqual(6);
  expect(posts().toSorted()).toEqual([...pro, ...standard].map(({ key }) => key).toSorted());
});

test("a batch at its limit leaves places to another", async () => {
  const { batch, worker, entries, over } = await site();
  const first = await batch(lines(3, "kling-v3-pro"), { total: 1, byModel: [] });
  // Its lines count as well: with four places there is room for three beside.
  const second = await batch(lines(6), { total: 100, byModel: [] });
  await worker({ places: 4 });
  expect(await over(second)).toMatchObject({ how: "ended", reason: null });
  expect(await over(first)).toMatchObject({ how: "ended", reason: null });
  expect(mostAtOnce(await entries())).toBeGreaterThan(1);
});

test("a cap that is reached ends the batch for all workers, which wait for what is in flight", async () => {
  const { batch, worker, holds, posts, over, ledger } = await site({
    cap: usd(2.3),
    whenReached: "stop",
  });
  const started = await batch(lines(8));
  const workers = await Promise.all([worker({ places: 2 }), worker({ places: 2 })]);
  expect(await over(started)).toEqual({
    how: "ended",
    reason: { because: "cap", why: "a cap is reached" },
  });
  await Promise.all(workers.map(async ({ ended }) => await ended));
  const bought = (await holds()).filter(({ state }) => state !== "released");
  expect(bought.map(({ state, delivery }) => [state, delivery !== null])).toEqual(
    Array.from({ length: 5 }, () => ["settled", true]),
  );
  expect(posts()).toHaveLength(5);
  expect(await ledger.batches()).toEqual([]);
});

test("begins lines in run order, whatever their models", async () => {
  const { batch, worker, posts, over } = await site();
  const wanted = [1, 2, 3, 4, 5, 6].map((turn) =>
    line(`turn ${turn}`, turn % 2 === 0 ? "kling-v3-pro" : "kling-v3-turbo-pro"),
  );
  const started = await batch(wanted);
  await worker({ places: 1 });
  await over(started);
  expect(posts()).toEqual(wanted.map(({ key }) => key));
});
