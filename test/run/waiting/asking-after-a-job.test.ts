import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import { createJsonResponse, recordRequests } from "../../vendors/fal/record-requests.ts";
import { only, order, orders, told } from "../rig/orders.ts";
import { startMarket } from "../rig/shop.ts";

const SETTLED = ["a", "settled", "0.56", "0.00"];
const IN_FLIGHT = ["a", "submitted", "0.00", "0.56"];

describe("asks for the status if the status stream does not work", () => {
  test.for<readonly [name: string, behaviour: Behaviour]>([
    ["a stream that is not there", { stream: "missing" }],
    ["a stream that ends after its first word", { stream: "cut" }],
    ["… and a status that fails in every way", { stream: "cut", status: EVERY_WAY() }],
  ])("%s", async ([, behaviour]) => {
    // Long enough for a stream to be opened before it is done, on a busy machine too.
    // A stream that lived for 30 s is opened again: to open one may take 200 real milliseconds.
    const script = () => ({ generateSeconds: 100, ...behaviour });
    const market = await startMarket({ speed: 150, script });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([SETTLED]);
    const { submit, stream, status } = market.simulator.counts;
    expect({ submit, stream }).toEqual({ submit: 1, stream: 1 });
    expect(status).toBeGreaterThanOrEqual((behaviour.status ?? ["one"]).length);
  });

  test.for([
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/login" } })],
    ["a login page", () => new Response("<h1>Log in</h1>", { status: 200 })],
    ["an error", () => createJsonResponse(503, { detail: "no runner" })],
    ["a JSON", () => createJsonResponse(200, { status: "IN_PROGRESS" })],
    ["no answer", () => Promise.reject(new TypeError("fetch failed"))],
  ] as const)("%s in place of the stream", async ([, answer]) => {
    const { fetch, of } = recordRequests(({ kind }) => (kind === "stream" ? answer() : undefined));
    const market = await startMarket({ access: { fetch } });
    const { ends } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(of("stream")).toHaveLength(1);
    expect(of("status").length).toBeGreaterThanOrEqual(1);
    expect(market.simulator.counts).toMatchObject({ submit: 1, result: 1 });
  });

  test("gives up a silent stream, and does not open it again", async () => {
    // Given up after 20 s; 100 real milliseconds.
    const market = await startMarket({
      speed: 200,
      script: () => ({ stream: "silent" }),
      access: { silence: { first: 100, between: 100 } },
    });
    expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
    expect(market.simulator.counts).toMatchObject({ submit: 1, stream: 1 });
  });

  // In a rehearsal a silent one stays open for a second: more than half a minute, 60 times faster than life. Judged by
  // that alone, `--rehearse --faults silent:100%` would open it again and again and never ask.
  test("does not open a silent stream again however long it was open", async () => {
    const market = await startMarket({
      script: () => ({ stream: "silent" }),
      access: { silence: { first: 100, between: 100 } },
    });
    const { ends } = await market.buy([order("a")], { patience: 400_000 });
    expect(ends).toEqual(["settled"]);
    expect(market.simulator.counts.stream).toBe(1);
  });
});

/** Everything a status may meet, and then it is fine. */
function EVERY_WAY(): NonNullable<Behaviour["status"]> {
  return [404, 408, 429, 500, 502, 503, 504, 302, "html", "truncated", "reset"];
}

test("reopens a stream that falls silent, and its first message is the end", async () => {
  const { fetch } = recordRequests(({ kind }, time) => {
    if (kind !== "stream" || time > 1) return undefined;
    const told = `data: ${JSON.stringify({ status: "IN_PROGRESS" })}\n\n`;
    const body = new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode(told)) });
    const headers = { "content-type": "text/event-stream", "x-fal-simulated": "1" };
    return new Response(body, { headers });
  });
  const market = await startMarket({ access: { fetch, silence: { first: 100, between: 100 } } });
  expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
  expect(market.simulator.counts).toMatchObject({ submit: 1, stream: 1, status: 0, result: 1 });
});

describe("(c) a 404 on a pending id", () => {
  test("does not send the order again, and keeps asking", async () => {
    const market = await startMarket({ script: () => ({ lostSeconds: 20 }) });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([SETTLED]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test("keeps the money and the id if it stays, and another run resumes it by the id", async () => {
    const { fetch, left } = recordRequests(({ kind }) =>
      forgotten && (kind === "status" || kind === "stream")
        ? createJsonResponse(404, { status: "NOT_FOUND" })
        : undefined,
    );
    let forgotten = true;
    const market = await startMarket({ access: { fetch } });
    const first = await market.buy([order("a")]);
    expect(first.ends).toEqual(["in-flight"]);
    expect(first.holds.map(told)).toEqual([IN_FLIGHT]);
    expect(first.holds[0]).toMatchObject({ missing: true });
    // Within about a minute; then a person has to look, or the next run.
    const asked = left.filter(({ kind }) => kind === "status" || kind === "stream").length;
    expect(asked).toBeGreaterThanOrEqual(5);
    expect(asked).toBeLessThanOrEqual(10);

    const second = await market.buy([order("a")]);
    expect(second.ends).toEqual(["taken"]);
    expect(second.holds.map(told)).toEqual([IN_FLIGHT]);
    expect(only(second.events, "taken-up")).toHaveLength(1);

    forgotten = false;
    const third = await market.buy([order("a")]);
    expect(third.holds.map(told)).toEqual([SETTLED]);
    expect(third.holds[0]?.delivery).not.toBeNull();
    expect(market.simulator.counts.submit).toBe(1);
  });

  test("recognizes one that a proxy turned into a 200", async () => {
    const market = await startMarket({
      proxied: true,
      simulator: { flatten: true },
      script: () => ({ lostSeconds: 20, result: [404] }),
    });
    const { holds } = await market.buy([order("a")]);
    expect(holds.map(told)).toEqual([SETTLED]);
    expect(market.simulator.counts.submit).toBe(1);
  });
});

test.for([
  [401, "stream"],
  [403, "stream"],
  [401, "status"],
  [403, "status"],
] as const)(
  "starts nothing more after %d on a %s, and the job stays in flight",
  async ([status, what]) => {
    const { fetch } = recordRequests(({ kind }) => {
      if (kind === what) return createJsonResponse(status, { detail: "no" });
      return kind === "stream" ? createJsonResponse(404, { status: "NOT_FOUND" }) : undefined;
    });
    const market = await startMarket({ access: { fetch } });
    const { ends, halt, holds, events } = await market.buy(orders(3), { total: 1 });
    expect(ends).toEqual(["in-flight", "not-started", "not-started"]);
    expect(halt).toBe("vendor");
    expect(only(events, "in-flight")).toHaveLength(1);
    expect(holds.map((hold) => told(hold).slice(1))).toEqual([["submitted", "0.00", "0.56"]]);
  },
);

describe("a 429 on a question: asks nothing until Retry-After is over", () => {
  const SPEED = 200;

  async function pause(what: "status" | "stream"): Promise<number> {
    const { fetch, of } = recordRequests(({ kind }, time) => {
      if (kind === what && time === 1) {
        return createJsonResponse(429, { detail: "slow down" }, { "retry-after": "30" });
      }
      return kind === "stream" ? createJsonResponse(404, { status: "NOT_FOUND" }) : undefined;
    });
    const market = await startMarket({ speed: SPEED, access: { fetch } });
    expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
    const refused = of(what)[0]?.at ?? Infinity;
    const next = of("status").find(({ at }) => at > refused)?.at ?? 0;
    // A timer may be a millisecond early.
    return (next - refused + 1) * SPEED;
  }

  test("on the status", async () => {
    expect(await pause("status")).toBeGreaterThanOrEqual(30_000);
  });

  test("on the stream", async () => {
    expect(await pause("stream")).toBeGreaterThanOrEqual(30_000);
  });
});

describe("a job that is not done in the time to wait", () => {
  test("stays in flight, and another run collects it", async () => {
    const market = await startMarket({
      script: () => ({ generateSeconds: 900 }),
    });
    const first = await market.buy([order("a")], { patience: 10_000 });
    expect(first.ends).toEqual(["in-flight"]);
    expect(only(first.events, "in-flight")).toMatchObject([
      { why: "it was not done in the time to wait" },
    ]);
    expect(first.holds.map(told)).toEqual([IN_FLIGHT]);
    const second = await market.buy([]);
    expect(second.holds.map(told)).toEqual([SETTLED]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test("counts the time from the beginning, even if the job is done and its result is not available", async () => {
    const market = await startMarket({
      speed: 3_000,
      script: () => ({ result: Array.from({ length: 500 }, () => "html") }),
    });
    const { events } = await market.buy([order("a")], {
      patience: 20_000,
    });
    expect(only(events, "in-flight")).toMatchObject([
      { why: expect.stringMatching(/^it was not done in the time to wait: /) },
    ]);
  });
});
