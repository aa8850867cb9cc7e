import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import { createJsonResponse, recordRequests } from "../../vendors/fal/record-requests.ts";
import { names, only, order, orders, told } from "../rig/orders.ts";
import { startMarket } from "../rig/shop.ts";

const FREE = ["failed, charge none", "0.00", "0.00"];
const HELD = ["failed, charge unknown", "0.00", "0.56"];
const CHARGED = ["failed, charge charged", "0.56", "0.00"];

/** What fal says of a job that made no video, what it means, and whether the purchase is still free after. */
test.for<
  readonly [
    name: string,
    behaviour: Behaviour,
    hold: readonly string[],
    times: number,
    kind: string,
  ]
>([
  ["422, no units", { outcome: "content_policy_violation" }, HELD, 1, "refused"],
  ["422, 0 units", { outcome: "content_policy_violation", billableUnits: "0" }, FREE, 1, "refused"],
  ["422, 0.0 units", { outcome: "no_media_generated", billableUnits: "0.0" }, FREE, 1, "refused"],
  [
    "422, 4 units",
    { outcome: "content_policy_violation", billableUnits: "4.0" },
    CHARGED,
    1,
    "refused",
  ],
  // Of 5xx too the platform may bill its default where no units are stated: it was taken for free, and bought again.
  ["500 of the runner", { outcome: "runner_server_error" }, HELD, 1, "maker-failed"],
  ["503 of the runner", { outcome: "runner_disconnected" }, HELD, 1, "maker-failed"],
  [
    "500 of the runner, 4 units",
    { outcome: "runner_server_error", billableUnits: "4.0" },
    CHARGED,
    1,
    "maker-failed",
  ],
  [
    "500 of the runner, units of nothing",
    { outcome: "runner_server_error", billableUnits: "0" },
    FREE,
    3,
    "maker-failed",
  ],
  ["404 of a path, 0 units", { outcome: "path_not_found" }, FREE, 1, "refused"],
  ["a plain 499", { outcome: "client_cancelled" }, HELD, 1, "cancelled"],
])("%s", async ([, behaviour, hold, times, kind]) => {
  const market = await startMarket({ script: () => behaviour });
  const { ends, holds, events } = await market.buy([order("a")]);
  expect(ends).toEqual(["failed"]);
  expect(holds.map((each) => told(each).slice(1))).toEqual(
    Array.from({ length: times }, () => hold),
  );
  expect(only(events, "failed").map(({ fault }) => fault.kind)).toEqual(
    Array.from({ length: times }, () => kind),
  );
  expect(market.simulator.counts.submit).toBe(times);
  expect(market.simulator.counts.file).toBe(0);
});

test("(d) keeps the money of a 422 that may have been billed, and does not send it again", async () => {
  const market = await startMarket({
    caps: { cap: order("a").cost },
    script: (_, time) => (time === 1 ? { outcome: "content_policy_violation" } : {}),
  });
  await market.buy([order("a")]);
  const again = await market.buy([order("a")]);
  expect(again.ends).toEqual(["taken"]);
  // Its money stays under the cap, so that there is none for another line.
  expect((await market.buy([order("b")])).ends).toEqual(["over-cap"]);
  expect(market.simulator.counts.submit).toBe(1);
  expect(again.holds.map(told)).toEqual([["a", ...HELD]]);
});

test("retries a failure that costs nothing at most twice, each time under a new hold", async () => {
  const market = await startMarket({
    script: (_, time) => (time < 3 ? { outcome: "runner_server_error", billableUnits: "0" } : {}),
  });
  const { ends, holds, events } = await market.buy([order("a")]);
  expect(ends).toEqual(["settled"]);
  expect(holds.map(told)).toEqual([
    ["a", ...FREE],
    ["a", ...FREE],
    ["a", "settled", "0.56", "0.00"],
  ]);
  expect(new Set(holds.map(({ id }) => id)).size).toBe(3);
  expect(new Set(holds.map(({ request }) => request?.id)).size).toBe(3);
  const attempt = ["reserved", "sending", "submitted", "failed"];
  expect(names(events)).toEqual([
    "started",
    ...attempt,
    ...attempt,
    ...attempt.slice(0, 3),
    "settled",
    "delivered",
    "ended",
  ]);
  const [first, second, third] = market.posts.map(({ at }) => at * market.speed);
  // Two seconds before the second time, eight before the third; a timer may be a millisecond early.
  const gaps = [(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)];
  expect(gaps[0]).toBeGreaterThan(2_000 + 4_000 - market.speed * 2);
  expect(gaps[1]).toBeGreaterThan(8_000 + 4_000 - market.speed * 2);
});

test("counts a retry against the caps like the first try", async () => {
  const market = await startMarket({
    caps: { cap: order("a").cost },
    script: () => ({ outcome: "runner_server_error", billableUnits: "0" }),
  });
  const other = await market.ledger("other");
  const run = await other.startRun({ campaign: "film", account: null, limits: [] });
  const taking: Promise<unknown>[] = [];
  const { ends, events } = await market.buy([order("a")], {
    on: ({ event }) => {
      // Its money is free for a moment, and someone else takes it.
      if (event === "failed") taking.push(other.reserve(run, order("b")));
    },
    clock: (clock) => ({
      ...clock,
      sleep: async (ms, signal) => {
        await Promise.all(taking);
        await clock.sleep(ms, signal);
      },
    }),
  });
  expect(await Promise.all(taking)).toMatchObject([{ is: "held" }]);
  expect(ends).toEqual(["over-cap"]);
  expect(only(events, "over-cap")).toMatchObject([{ key: "a", cap: "cap", of: null }]);
  expect(market.simulator.counts.submit).toBe(1);
});

describe("the result of a job with a failed status, without a video", () => {
  test.for([
    ["charged, as its units say", { "x-fal-billable-units": "4.0" }, CHARGED],
    ["of unknown charge, without units", {}, HELD],
    ["free, as its units say", { "x-fal-billable-units": "0" }, FREE],
  ] as const)("is a failure, %s", async ([, headers, hold]) => {
    const { fetch } = recordRequests(({ kind }) => {
      if (kind === "stream") return createJsonResponse(404, { status: "NOT_FOUND" });
      if (kind === "status")
        return createJsonResponse(200, { status: "COMPLETED", error: "broken" }, SIMULATED);
      return kind === "result"
        ? createJsonResponse(200, { video: null }, { ...headers, ...SIMULATED })
        : undefined;
    });
    const market = await startMarket({ access: { fetch } });
    const { ends, holds, events } = await market.buy([order("a")], { counts: false });
    expect(ends).toEqual(["failed"]);
    expect(holds.map((each) => told(each).slice(1))).toEqual([hold]);
    expect(only(events, "failed")).toMatchObject([{ fault: { kind: "no-video" }, again: false }]);
    expect(market.simulator.counts.submit).toBe(1);
  });
});

const SIMULATED = { "x-fal-simulated": "1" };
const TYPED = { detail: [{ loc: ["body"], msg: "broken", type: "internal_server_error" }] };
const UNCOLLECTED = ["a", "submitted", "0.00", "0.56"];

describe("a result that is not available, of a job whose status reports no failure", () => {
  // Each of these once ended the job: some as a free failure that was bought up to three times, past the cap.
  test.for<readonly [name: string, answer: () => Response, why: RegExp]>([
    [
      "500 of the model",
      () => createJsonResponse(500, TYPED, SIMULATED),
      /^its result was answered 500: broken/,
    ],
    [
      "500 of the model, units of nothing",
      () => createJsonResponse(500, TYPED, { ...SIMULATED, "x-fal-billable-units": "0" }),
      /answered 500/,
    ],
    [
      "a plain 500",
      () => createJsonResponse(500, { detail: "broken" }, SIMULATED),
      /answered 500: broken/,
    ],
    [
      "an output of another kind",
      () => createJsonResponse(200, { images: [] }, SIMULATED),
      /answered 200/,
    ],
    [
      "an output without its video",
      () => createJsonResponse(200, { video: null }, SIMULATED),
      /answered 200/,
    ],
    [
      "another request's video",
      () =>
        createJsonResponse(200, OTHERS_VIDEO, {
          ...SIMULATED,
          "x-fal-request-id": "019da11f-0000",
        }),
      /^the result of another request came, 019da11f-0000$/,
    ],
  ])(
    "%s: asks for more than a minute, and in every later run, until it is available",
    async (row) => {
      const [, answer, why] = row;
      let broken = true;
      const { fetch, of } = recordRequests(({ kind }) =>
        broken && kind === "result" ? answer() : undefined,
      );
      const market = await startMarket({
        speed: 5_000,
        caps: { cap: order("a").cost },
        access: { fetch },
      });
      const first = await market.buy([order("a")]);
      expect(first.ends).toEqual(["in-flight"]);
      expect(first.holds.map(told)).toEqual([UNCOLLECTED]);
      expect(first.holds).toMatchObject([{ missing: true, why: expect.stringMatching(why) }]);
      expect(only(first.events, "in-flight").map((event) => event.why)).toEqual([
        expect.stringMatching(why),
      ]);
      const asked = of("result").map(({ at }) => at);
      expect(asked.length).toBeGreaterThan(10);
      expect(((asked.at(-1) ?? 0) - (asked[0] ?? 0)) * market.speed).toBeGreaterThan(600_000);

      // Its money stays under the cap, and it is in nobody's way.
      const second = await market.buy([order("a"), order("b")], { total: 1 });
      expect(second.ends).toEqual(["taken", "over-cap"]);
      expect(second.holds.map(told)).toEqual([UNCOLLECTED]);

      broken = false;
      const third = await market.buy([order("a")]);
      expect(third.holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
      expect(third.holds[0]).toMatchObject({ missing: false, why: null });
      expect(market.simulator.counts.submit).toBe(1);
    },
  );

  test("settles a result that is available at the second request", async () => {
    const { fetch } = recordRequests(({ kind }, time) => {
      if (kind === "stream") return createJsonResponse(404, { status: "NOT_FOUND" });
      // Empty words in a status state no failure.
      if (kind === "status") return createJsonResponse(200, NOT_FAILED, SIMULATED);
      return kind === "result" && time === 1
        ? createJsonResponse(500, TYPED, SIMULATED)
        : undefined;
    });
    const market = await startMarket({ access: { fetch }, script: () => ({ generateSeconds: 0 }) });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
  });
});

const OTHERS_VIDEO = { video: { url: "https://v3b.fal.media/files/b/other/output.mp4" } };
const NOT_FAILED = { status: "COMPLETED", error: "", error_type: {} };

test.for(["FAILED", "ERROR", "completed"])(
  "reports a status of %s once and at once, and keeps asking",
  async (status) => {
    let odd = 4;
    const { fetch } = recordRequests(({ kind }) => {
      if (kind !== "stream" && kind !== "status") return undefined;
      if (kind === "stream" || odd === 0) return undefined;
      odd -= 1;
      return createJsonResponse(200, { status }, SIMULATED);
    });
    const market = await startMarket({ access: { fetch }, script: () => ({ stream: "missing" }) });
    const { ends, events } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(only(events, "unfamiliar-status")).toMatchObject([{ line: { key: "a" }, status }]);
    expect(odd).toBe(0);
  },
);

test("names a status that stays FAILED when the time to wait is over", async () => {
  const { fetch } = recordRequests(({ kind }) => {
    if (kind === "result")
      return createJsonResponse(400, { detail: "Request is still in progress" }, SIMULATED);
    return kind === "submit" ? undefined : createJsonResponse(200, { status: "FAILED" }, SIMULATED);
  });
  const market = await startMarket({ access: { fetch } });
  const { ends, events } = await market.buy([order("a")], { patience: 20_000 });
  expect(ends).toEqual(["in-flight"]);
  expect(only(events, "in-flight")).toMatchObject([
    { why: "it was not done in the time to wait: its status is FAILED" },
  ]);
  expect(only(events, "unfamiliar-status")).toHaveLength(1);
});

test("ignores the status of another request", async () => {
  const other = { request_id: "019da11f-0000" };
  const { fetch, of } = recordRequests(({ kind }, time) => {
    if (kind === "stream") return createJsonResponse(404, { status: "NOT_FOUND" });
    if (kind !== "status" || time > 3) return undefined;
    const body = time === 1 ? { status: "COMPLETED", error: "broken" } : { status: "COMPLETED" };
    return createJsonResponse(200, { ...body, ...other }, SIMULATED);
  });
  const market = await startMarket({ access: { fetch }, script: () => ({ generateSeconds: 30 }) });
  const { ends, holds } = await market.buy([order("a")]);
  expect(ends).toEqual(["settled"]);
  expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
  // Not before the job was done.
  expect(of("result")).toHaveLength(1);
  expect(of("status").length).toBeGreaterThan(3);
});

describe("a result that is not available yet is asked for again", () => {
  test.for<readonly [name: string, result: NonNullable<Behaviour["result"]>]>([
    ["half of its JSON", ["truncated"]],
    ["a login page", ["html", "html"]],
    ["no answer", ["reset"]],
    ["404, twice", [404, 404]],
    ["408", [408]],
    ["429", [429]],
  ])("%s", async ([, result]) => {
    const market = await startMarket({ script: () => ({ result }) });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.counts).toMatchObject({ submit: 1, result: result.length + 1 });
  });

  test.for([502, 503, 504])("a gateway's plain %d", async (status) => {
    const { fetch } = recordRequests(({ kind }, time) =>
      kind === "result" && time < 3
        ? new Response("<h1>Bad gateway</h1>", { status, headers: { "content-type": "text/html" } })
        : undefined,
    );
    const market = await startMarket({ access: { fetch } });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test.for([
    [302, "Found"],
    [400, "Request is still in progress"],
  ] as const)("%d %s", async ([status, detail]) => {
    const { fetch } = recordRequests(({ kind }, time) =>
      kind === "result" && time === 1
        ? createJsonResponse(status, { detail }, { "x-fal-simulated": "1" })
        : undefined,
    );
    const market = await startMarket({ access: { fetch } });
    expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
  });

  // Once taken for the end of the job, free of charge, and bought again: three times for one video that was ready.
  test.for([500, 502, 503, 504])(
    "%d of fal's infrastructure, while the status knows of no error",
    async (status) => {
      const market = await startMarket({ script: () => ({ result: [status] }) });
      const { ends, holds } = await market.buy([order("a")]);
      expect(ends).toEqual(["settled"]);
      expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
      expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
    },
  );

  test.for([401, 403])("ends the run on %d, and the job stays in flight", async (status) => {
    const market = await startMarket({
      script: (key) => (key === "line 1" ? { result: [status] } : {}),
    });
    const { ends, holds, halt } = await market.buy(orders(2), { total: 1 });
    expect(ends).toEqual(["in-flight", "not-started"]);
    expect(halt).toBe("vendor");
    expect(holds.map(told)).toEqual([["line 1", "submitted", "0.00", "0.56"]]);
    const again = await market.buy(orders(2), { total: 1 });
    expect(again.ends).toEqual(["taken", "settled"]);
    expect(again.holds.map(({ state }) => state)).toEqual(["settled", "settled"]);
    expect(market.simulator.counts.submit).toBe(2);
  });
});
