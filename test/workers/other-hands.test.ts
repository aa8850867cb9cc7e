import { once } from "node:events";
import { expect, test } from "vitest";
import type { Vendor } from "../../src/run/vendor.ts";
import { queryRows } from "../rig/postgres/database.ts";
import { lines, site } from "./workers-in-process.ts";

// The queue only says which lines there are: the ledger decides who sends each, and another worker resumes what one drops.

const COPY = `insert into topsheet_jobs.job (name, priority, data, retry_limit, expire_in, keep_until, policy)
  select name, priority, data, retry_limit, expire_in, keep_until, policy from topsheet_jobs.job`;

/** A vendor whose worker dies when it first watches a job, and the moment when it has. */
function dieWhileWatching(): {
  readonly vendor: (vendor: Vendor, die: () => void) => Vendor;
  readonly died: Promise<unknown>;
} {
  const died = new AbortController();
  return {
    vendor: (vendor, die) => ({
      ...vendor,
      watch: async (...args) => {
        die();
        died.abort();
        return await vendor.watch(...args);
      },
    }),
    died: once(died.signal, "abort"),
  };
}

test("two workers that are handed the same jobs send each order once", async () => {
  const { url, batch, worker, posts, holds, over } = await site();
  const wanted = lines(10);
  const started = await batch(wanted);
  await queryRows(url, COPY);
  expect(await queryRows(url, "select count(*)::int as jobs from topsheet_jobs.job")).toEqual([
    { jobs: 20 },
  ]);
  const workers = await Promise.all([worker(), worker()]);
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect(posts().toSorted()).toEqual(wanted.map(({ key }) => key).toSorted());
  const told = await holds();
  expect(told.filter(({ delivery }) => delivery !== null)).toHaveLength(10);
  const ends = await Promise.all(workers.map(async ({ ended }) => await ended));
  expect(ends).toEqual([{ gaveUp: null }, { gaveUp: null }]);
});

test("refuses a job that differs from what was planned, and sends nothing more", async () => {
  const { url, batch, worker, posts, over } = await site();
  const started = await batch(lines(3));
  await queryRows(
    url,
    `update topsheet_jobs.job set data = jsonb_set(data, '{order,input,prompt}', '"something dearer"')
      where data #>> '{order,key}' = 'line 1'`,
  );
  const { events, ended } = await worker({ places: 1 });
  expect(await over(started)).toEqual({
    how: "ended",
    reason: {
      because: "queue",
      why: "a job is not as it was planned: line 1 has another input than its fingerprint says",
    },
  });
  await ended;
  expect(posts()).toEqual([]);
  expect(events).toContainEqual({
    news: "refused-job",
    why: "line 1 has another input than its fingerprint says",
  });
});

test("after a worker dies before it delivers a paid video, another delivers it and pays nothing", async () => {
  const { batch, worker, posts, holds, over, forgetKeepers } = await site();
  const started = await batch(lines(1));
  const died = new AbortController();
  await worker({
    store: (store, die) => ({
      deliver: async (...args) => {
        die();
        died.abort();
        return await store.deliver(...args);
      },
    }),
  });
  await once(died.signal, "abort");
  expect((await holds()).map(({ state, delivery }) => [state, delivery])).toEqual([
    ["settled", null],
  ]);
  await forgetKeepers();
  await worker();
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect((await holds()).map(({ delivery }) => delivery !== null)).toEqual([true]);
  expect(posts()).toEqual(["line 1"]);
});

test("after a worker dies with a line in flight, another resumes the line by its id", async () => {
  const { batch, worker, posts, holds, over, forgetKeepers } = await site();
  const started = await batch(lines(1));
  const { vendor, died } = dieWhileWatching();
  await worker({ vendor });
  await died;
  expect((await holds()).map(({ state }) => state)).toEqual(["submitted"]);
  await forgetKeepers();
  const { events } = await worker();
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect(events.filter((event) => "event" in event && event.event === "taken-up")).toHaveLength(1);
  expect((await holds()).map(({ state, delivery }) => [state, delivery !== null])).toEqual([
    ["settled", true],
  ]);
  expect(posts()).toEqual(["line 1"]);
});

test("after a worker dies while it sends an order, the outcome is unknown and no other sends it", async () => {
  const { batch, worker, posts, holds, over, forgetKeepers } = await site();
  const started = await batch(lines(2));
  const died = new AbortController();
  await worker({
    places: 1,
    vendor: (vendor, die) => ({
      ...vendor,
      submit: async (...args) => {
        const answer = await vendor.submit(...args);
        die();
        died.abort();
        return answer;
      },
    }),
  });
  await once(died.signal, "abort");
  await forgetKeepers();
  await worker();
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect((await holds()).map(({ key, state }) => [key, state])).toEqual([
    ["line 1", "unknown"],
    ["line 2", "settled"],
  ]);
  expect(posts()).toEqual(["line 1", "line 2"]);
});

test("a worker that is stopped waits for its lines, and the next one buys the rest", async () => {
  const { batch, worker, posts, holds, over } = await site();
  const started = await batch(lines(6));
  const first = await worker({
    places: 2,
    vendor: (vendor) => ({
      ...vendor,
      watch: async (...args) => {
        first.stop();
        return await vendor.watch(...args);
      },
    }),
  });
  await first.ended;
  const told = await holds();
  expect(told.length).toBeGreaterThanOrEqual(1);
  expect(told.length).toBeLessThanOrEqual(2);
  expect(told.map(({ delivery }) => delivery !== null)).toEqual(told.map(() => true));
  await worker();
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect(posts()).toHaveLength(6);
});

test("a worker that leaves hands over its lines at once, by their ids", async () => {
  const { batch, worker, posts, holds, over } = await site();
  const started = await batch(lines(3));
  // None is asked about before all are sent, so that none is done before the worker leaves, however slow the machine.
  const allSent = new AbortController();
  const first = await worker({
    vendor: (vendor) => ({
      ...vendor,
      watch: async (...args) => {
        if (posts().length === 3) {
          first.leave();
          allSent.abort();
        }
        if (!allSent.signal.aborted) await once(allSent.signal, "abort");
        return await vendor.watch(...args);
      },
    }),
  });
  await first.ended;
  expect((await holds()).map(({ state }) => state)).toEqual([
    "submitted",
    "submitted",
    "submitted",
  ]);
  await worker();
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect((await holds()).map(({ delivery }) => delivery !== null)).toEqual([true, true, true]);
  expect(posts()).toHaveLength(3);
});

test("ends a batch whose lines were never queued", async () => {
  // A minute passes in less than one second.
  const { ledger, worker, over } = await site({}, 100);
  const id = await ledger.startRun({ campaign: "film", account: null, limits: [], batch: true });
  const { ended } = await worker();
  expect(await over({ id, left: [] })).toEqual({ how: "ended", reason: null });
  expect(await ended).toEqual({ gaveUp: null });
});

test("queues what an earlier run left in flight with the next batch, even without an order", async () => {
  const { url, ledger, batch, worker, posts, holds, over } = await site();
  const first = await batch(lines(1));
  const { vendor, died } = dieWhileWatching();
  await worker({ vendor });
  await died;
  await ledger.endRun(first.id);
  await queryRows(url, "delete from topsheet_jobs.job");
  const second = await batch([]);
  expect(second.left.map(({ key, state }) => [key, state])).toEqual([["line 1", "submitted"]]);
  await worker();
  expect(await over(second)).toEqual({ how: "ended", reason: null });
  expect((await holds()).map(({ delivery }) => delivery !== null)).toEqual([true]);
  expect(posts()).toEqual(["line 1"]);
});

test("a worker whose key is refused ends, and others buy the batch", async () => {
  const { batch, worker, posts, over } = await site();
  const started = await batch(lines(2));
  const why = "the key was refused";
  const barred = await worker({
    vendor: (vendor) => ({
      ...vendor,
      submit: async () => ({
        is: "fault",
        fault: { kind: "bad-key", why, retryAfter: null },
        astray: null,
      }),
    }),
  });
  expect(await barred.ended).toEqual({ gaveUp: why });
  expect(posts()).toEqual([]);
  await worker();
  expect(await over(started)).toEqual({ how: "ended", reason: null });
  expect(posts().toSorted()).toEqual(["line 1", "line 2"]);
});
