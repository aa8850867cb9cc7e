import { describe, expect, test, vi } from "vitest";
import { falVendor } from "../../src/vendors/fal/fal-vendor.ts";
import type { Order } from "../../src/ledger/entry.ts";
import type { Hold } from "../../src/ledger/hold.ts";
import { createAccess, allowSending } from "../vendors/fal/fal-access.ts";
import { only, order, orders, told, usd } from "./rig/orders.ts";
import { type Market, startMarket } from "./rig/shop.ts";

const POINTS = ["reserved", "sending", "posted", "submitted", "settled"] as const;
type Point = (typeof POINTS)[number];

const never = new AbortController().signal;

/** A run that was killed when it had come so far with a line. */
async function killedAt(market: Market, point: Point, line: Order): Promise<Hold> {
  const ledger = await market.ledger("the killed");
  const run = await ledger.startRun({ campaign: "film", account: null, limits: [] });
  const reservation = await ledger.reserve(run, line);
  if (reservation.is !== "held") throw new Error(`not held but ${reservation.is}`);
  const { hold } = reservation;
  const reached = (other: Point): boolean => POINTS.indexOf(point) >= POINTS.indexOf(other);
  const vendor = falVendor(createAccess(market.simulator));
  if (reached("sending")) await ledger.advance(hold.id, { kind: "sending" });
  if (reached("posted")) {
    const submission = await vendor.submit(line, never, allowSending);
    if (submission.is !== "accepted") throw new Error("not accepted");
    const { request } = submission;
    if (reached("submitted")) {
      await ledger.advance(hold.id, { kind: "submitted", request, person: null });
    }
    if (reached("settled")) {
      const placed = { endpoint: line.endpoint, seconds: line.seconds, request };
      await vi.waitUntil(async () => (await vendor.ask(placed, never)).is === "done", {
        interval: 5,
        timeout: 600_000,
      });
      const collected = await vendor.collect(placed, null, never);
      if (collected.is !== "video") throw new Error("no video");
      const { url: videoUrl, size, billableUnits, headers } = collected;
      const excess = usd(0);
      const step = { kind: "settled", videoUrl, size, billableUnits, excess, headers } as const;
      await ledger.advance(hold.id, step);
    }
  }
  market.kill("the killed");
  return hold;
}

const isUnknown = (state: string): boolean => state === "unknown";

describe("a run that was killed", () => {
  test.for<
    readonly [point: Point, end: string, states: readonly string[], posts: number, buried: string[]]
  >([
    // Nothing had left: it is bought now.
    ["reserved", "settled", ["released", "settled"], 1, ["released"]],
    // (b) Whether it had left nobody knows: a person has to look, and its money stays.
    ["sending", "taken", ["unknown"], 0, ["unknown"]],
    ["posted", "taken", ["unknown"], 1, ["unknown"]],
    // It is collected by its id.
    ["submitted", "taken", ["settled"], 1, []],
    ["settled", "taken", ["settled"], 1, []],
  ])("resumes a line that was %s", async ([point, end, states, posts, buried]) => {
    const market = await startMarket();
    await killedAt(market, point, order("a"));
    const { ends, others, holds, events } = await market.buy([order("a")]);
    expect(ends).toEqual([end]);
    // What it found, and how that ended.
    expect(others).toEqual(point === "submitted" ? ["settled"] : buried.filter(isUnknown));
    expect(holds.map(({ state }) => state)).toEqual(states);
    expect(market.simulator.counts.submit).toBe(posts);
    expect(only(events, "buried").map(({ state }) => state)).toEqual(buried);
    expect(only(events, "taken-up")).toHaveLength(point === "submitted" ? 1 : 0);
    const settled = states.includes("settled");
    expect(only(events, "delivered")).toHaveLength(settled ? 1 : 0);
    expect(holds.at(-1)?.delivery === null).toBe(!settled);
    // And the run after finds nothing left to do.
    const again = await market.buy([order("a")]);
    expect(again.ends).toEqual(["taken"]);
    expect(again.events.map(({ event }) => event)).toEqual(["started", "taken", "ended"]);
    expect(market.simulator.counts.submit).toBe(posts);
  });

  test("(b) killed between the POST and recording its id, keeps the money held under the cap", async () => {
    const market = await startMarket({ caps: { cap: usd(1) } });
    await killedAt(market, "posted", order("a"));
    const { ends, holds } = await market.buy([order("a"), order("b")]);
    expect(ends).toEqual(["taken", "over-cap"]);
    expect(holds.map(told)).toEqual([["a", "unknown", "0.00", "0.56"]]);
  });

  test("collects what it had sent, even if no plan has it now", async () => {
    const market = await startMarket();
    await killedAt(market, "submitted", order("gone from the manifest"));
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(({ key, state, delivery }) => [key, state, delivery !== null])).toEqual([
      ["gone from the manifest", "settled", true],
      ["a", "settled", true],
    ]);
    expect(market.simulator.counts.submit).toBe(2);
  });

  test("reports what failed there, and does not buy it again", async () => {
    const market = await startMarket({
      script: () => ({ outcome: "runner_server_error", billableUnits: "0" }),
    });
    await killedAt(market, "submitted", order("a"));
    const { holds, events } = await market.buy([]);
    expect(holds.map(told)).toEqual([["a", "failed, charge none", "0.00", "0.00"]]);
    expect(only(events, "failed")).toHaveLength(1);
    expect(market.simulator.counts.submit).toBe(1);
  });
});

test("leaves a living run alone, and does not buy its lines twice", async () => {
  const market = await startMarket({
    simulator: { latency: { queueSeconds: 2, generateSeconds: 40 } },
  });
  const [one, two] = await Promise.all([
    market.buy(orders(6), { total: 2, owner: "one" }),
    market.buy(orders(6), { total: 2, owner: "two" }),
  ]);
  expect([...one.ends, ...two.ends].toSorted()).toEqual([
    ...one.ends.map(() => "settled"),
    ...two.ends.map(() => "taken"),
  ]);
  expect(one.ends.filter((end, index) => end === two.ends[index])).toEqual([]);
  expect(market.simulator.bill).toEqual({ dollars: "3.36", accepted: 6, submits: 6 });
  const taken = [...only(one.events, "taken-up"), ...only(two.events, "taken-up")];
  expect(taken).toEqual([]);
});

test("(q) two runs that collect the same job settle it once and pay once", async () => {
  const market = await startMarket({
    simulator: { latency: { queueSeconds: 2, generateSeconds: 30 } },
  });
  await killedAt(market, "submitted", order("a"));
  const both = await Promise.all(["one", "two"].map((owner) => market.buy([], { owner })));
  const heard = both.flatMap(({ events }) => events);
  expect(only(heard, "taken-up")).toHaveLength(2);
  expect(only(heard, "settled")).toHaveLength(1);
  expect(only(heard, "delivered")).toHaveLength(1);
  expect((await market.holds()).map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
  const entries = await (await market.ledger()).entries("film");
  expect(entries.filter(({ fact }) => fact.kind === "settled")).toHaveLength(1);
});

test("does not resume what a living run has sent", async () => {
  const market = await startMarket({
    simulator: { latency: { queueSeconds: 2, generateSeconds: 60 } },
  });
  const others: ReturnType<typeof market.buy>[] = [];
  const first = await market.buy([order("a")], {
    on: ({ event }) => {
      if (event === "submitted") others.push(market.buy([order("a"), order("b")]));
    },
  });
  const [second] = await Promise.all(others);
  expect(first.ends).toEqual(["settled"]);
  expect(second?.ends).toEqual(["taken", "settled"]);
  expect(only(second?.events ?? [], "taken-up")).toEqual([]);
  expect(market.simulator.counts.submit).toBe(2);
});

test("a run learns within 15 s that it was taken for dead", async () => {
  const market = await startMarket({
    simulator: { latency: { queueSeconds: 2, generateSeconds: 100 } },
  });
  const other = await market.ledger("the other");
  const burials: Promise<unknown>[] = [];
  const { ends, halt, events } = await market.buy([order("a")], {
    owner: "the slow",
    on: ({ event }) => {
      if (event !== "submitted") return;
      market.kill("the slow");
      burials.push(other.reclaimDeadRuns("film"));
    },
  });
  await Promise.all(burials);
  expect(ends).toEqual(["settled"]);
  expect(halt).toBe("taken-for-dead");
  const told = events.map(({ event }) => event);
  expect(told.indexOf("stopping")).toBeLessThan(told.indexOf("settled"));
});

test("(a) two runs that share a cap never pass it", async () => {
  const market = await startMarket({ caps: { cap: usd(2.24) } });
  const lines = (name: string) =>
    Array.from({ length: 5 }, (_, index) => order(`${name} ${index}`));
  const [one, two] = await Promise.all([
    market.buy(lines("one"), { total: 5, owner: "one" }),
    market.buy(lines("two"), { total: 5, owner: "two" }),
  ]);
  expect([...one.ends, ...two.ends].filter((end) => end === "settled")).toHaveLength(4);
  expect(market.simulator.bill).toEqual({ dollars: "2.24", accepted: 4, submits: 4 });
});

test("a run that was taken for dead starts nothing more, and still collects what it sent", async () => {
  const market = await startMarket({
    simulator: { latency: { queueSeconds: 2, generateSeconds: 40 } },
  });
  const other = await market.ledger("the other");
  let buried: Promise<unknown> = Promise.resolve();
  const { ends, halt, holds } = await market.buy(orders(4), {
    total: 1,
    owner: "the slow",
    on: ({ event }) => {
      if (event !== "submitted" || market.posts.length !== 2) return;
      market.kill("the slow");
      buried = other.reclaimDeadRuns("film");
    },
  });
  await buried;
  expect(ends).toEqual(["settled", "settled", "not-started", "not-started"]);
  expect(halt).toBe("taken-for-dead");
  expect(holds.map(told)).toEqual([
    ["line 1", "settled", "0.56", "0.00"],
    ["line 2", "settled", "0.56", "0.00"],
  ]);
});

test("(l) a run that retries failures does not touch what succeeded", async () => {
  const market = await startMarket({
    script: (key, time) =>
      key === "line 2" && time <= 3 ? { outcome: "runner_server_error", billableUnits: "0" } : {},
  });
  const first = await market.buy(orders(3));
  expect(first.ends).toEqual(["settled", "failed", "settled"]);
  const before = first.holds.filter(({ state }) => state === "settled");
  const second = await market.buy(orders(3));
  expect(second.ends).toEqual(["taken", "settled", "taken"]);
  expect(second.holds.filter(({ id }) => before.some((hold) => hold.id === id))).toEqual(before);
  expect(market.posts.map(({ key }) => key).filter((key) => key !== "line 2")).toHaveLength(2);
  expect(market.posted("line 2")).toBe(4);
});
