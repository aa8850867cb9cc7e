import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../src/fal/simulator/behaviour.ts";
import { json, wire } from "../fal/wire.ts";
import { names, only, order, orders, told } from "./lines.ts";
import { shop } from "./rig.ts";

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
  [
    "422, no units",
    { outcome: "content_policy_violation", billableUnits: null },
    HELD,
    1,
    "refused",
  ],
  ["422, 0 units", { outcome: "content_policy_violation" }, FREE, 1, "refused"],
  ["422, 0.0 units", { outcome: "no_media_generated", billableUnits: "0.0" }, FREE, 1, "refused"],
  [
    "422, 4 units",
    { outcome: "content_policy_violation", billableUnits: "4.0" },
    CHARGED,
    1,
    "refused",
  ],
  ["500 of the model", { outcome: "downstream_service_error" }, FREE, 3, "maker-failed"],
  ["504 of the model", { outcome: "generation_timeout" }, FREE, 3, "maker-failed"],
  ["500 of the runner", { outcome: "runner_server_error" }, FREE, 3, "maker-failed"],
  ["503 of the runner", { outcome: "runner_disconnected" }, FREE, 3, "maker-failed"],
  [
    "500 of the model, 4 units",
    { outcome: "downstream_service_error", billableUnits: "4.0" },
    CHARGED,
    1,
    "maker-failed",
  ],
  [
    "500 of the model, units of nothing",
    { outcome: "downstream_service_error", billableUnits: "0" },
    FREE,
    3,
    "maker-failed",
  ],
  ["499", { outcome: "client_cancelled" }, HELD, 1, "cancelled"],
])("%s", async ([, behaviour, hold, times, kind]) => {
  const market = await shop({ script: () => behaviour });
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

test("(d) a 422 that may have been billed keeps its money, and is not sent again", async () => {
  const market = await shop({
    caps: { cap: order("a").cost },
    script: (_, time) =>
      time === 1 ? { outcome: "content_policy_violation", billableUnits: null } : {},
  });
  await market.buy([order("a")]);
  const again = await market.buy([order("a")]);
  expect(again.ends).toEqual(["taken"]);
  // Its money stays under the cap, so that there is none for another line.
  expect((await market.buy([order("b")])).ends).toEqual(["over-cap"]);
  expect(market.simulator.counts.submit).toBe(1);
  expect(again.holds.map(told)).toEqual([["a", ...HELD]]);
});

test("a failure that costs nothing is tried again, each time under a new hold, and then no more", async () => {
  const market = await shop({
    script: (_, time) => (time < 3 ? { outcome: "runner_server_error" } : {}),
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

test("another try counts against the caps like the first", async () => {
  const market = await shop({
    caps: { cap: order("a").cost },
    script: () => ({ outcome: "runner_server_error" }),
  });
  const other = await market.ledger("other");
  const run = await other.startRun({ campaign: "film", account: null, limits: [] });
  const taking: Promise<unknown>[] = [];
  const { ends, events } = await market.buy([order("a")], {
    on: ({ event }) => {
      // Its money is free for a moment, and someone else takes it.
      if (event === "failed") taking.push(other.reserve(run, order("b")));
    },
  });
  expect(await Promise.all(taking)).toMatchObject([{ is: "held" }]);
  expect(ends).toEqual(["over-cap"]);
  expect(only(events, "over-cap")).toMatchObject([{ key: "a", cap: "cap", of: null }]);
  expect(market.simulator.counts.submit).toBe(1);
});

describe("a result without a video", () => {
  test.for([
    ["charged, as its units say", { "x-fal-billable-units": "4.0" }, CHARGED],
    ["of unknown charge, without units", {}, HELD],
    ["free, as its units say", { "x-fal-billable-units": "0" }, FREE],
  ] as const)("is a failure, %s", async ([, headers, hold]) => {
    const { fetch } = wire(({ kind }) =>
      kind === "result"
        ? json(200, { video: null }, { ...headers, "x-fal-simulated": "1" })
        : undefined,
    );
    const market = await shop({ access: { fetch } });
    const { ends, holds, events } = await market.buy([order("a")], { counts: false });
    expect(ends).toEqual(["failed"]);
    expect(holds.map((each) => told(each).slice(1))).toEqual([hold]);
    expect(only(events, "failed")).toMatchObject([{ fault: { kind: "no-video" }, again: false }]);
    expect(market.simulator.counts.submit).toBe(1);
  });
});

test("a result that never says anything is given up after ten minutes, and its money stays held", async () => {
  const { fetch, of } = wire(({ kind }) =>
    kind === "result" ? json(200, { images: [] }, { "x-fal-simulated": "1" }) : undefined,
  );
  const market = await shop({ speed: 5_000, access: { fetch } });
  const { ends, holds, events } = await market.buy([order("a")]);
  expect(ends).toEqual(["failed"]);
  expect(holds.map(told)).toEqual([["a", ...HELD]]);
  expect(only(events, "failed")).toMatchObject([{ again: false, charge: "unknown" }]);
  expect(of("result").length).toBeGreaterThan(10);
  const asked = of("result").map(({ at }) => at);
  expect(((asked.at(-1) ?? 0) - (asked[0] ?? 0)) * market.speed).toBeGreaterThan(600_000);
  expect((await market.buy([order("a")])).ends).toEqual(["taken"]);
  expect(market.simulator.counts.submit).toBe(1);
});

describe("a result that is not to be had just now is asked for again", () => {
  test.for<readonly [name: string, result: NonNullable<Behaviour["result"]>]>([
    ["half of its JSON", ["truncated"]],
    ["a login page", ["html", "html"]],
    ["no answer", ["reset"]],
    ["404, twice", [404, 404]],
    ["408", [408]],
    ["429", [429]],
  ])("%s", async ([, result]) => {
    const market = await shop({ script: () => ({ result }) });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.counts).toMatchObject({ submit: 1, result: result.length + 1 });
  });

  test.for([502, 503, 504])("a gateway's plain %d", async (status) => {
    const { fetch } = wire(({ kind }, time) =>
      kind === "result" && time < 3
        ? new Response("<h1>Bad gateway</h1>", { status, headers: { "content-type": "text/html" } })
        : undefined,
    );
    const market = await shop({ access: { fetch } });
    const { ends, holds } = await market.buy([order("a")]);
    expect(ends).toEqual(["settled"]);
    expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
    expect(market.simulator.counts.submit).toBe(1);
  });

  test.for([
    [302, "Found"],
    [400, "Request is still in progress"],
  ] as const)("%d %s", async ([status, detail]) => {
    const { fetch } = wire(({ kind }, time) =>
      kind === "result" && time === 1
        ? json(status, { detail }, { "x-fal-simulated": "1" })
        : undefined,
    );
    const market = await shop({ access: { fetch } });
    expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
  });

  // Once taken for the end of the job, free of charge, and bought again: three times for one video that was ready.
  test.for([500, 502, 503, 504])(
    "%d of fal's infrastructure, while the status knows of no error",
    async (status) => {
      const market = await shop({ script: () => ({ result: [status] }) });
      const { ends, holds } = await market.buy([order("a")]);
      expect(ends).toEqual(["settled"]);
      expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
      expect(market.simulator.bill).toMatchObject({ submits: 1, dollars: "0.56" });
    },
  );

  test.for([401, 403])("%d ends the run, and the job stays in flight", async (status) => {
    const market = await shop({
      script: (key) => (key === "line 1" ? { result: [status] } : {}),
    });
    const { ends, holds, halt } = await market.buy(orders(2), { total: 1 });
    expect(ends).toEqual(["in-flight", "not-started"]);
    expect(halt).toEqual({ because: "vendor" });
    expect(holds.map(told)).toEqual([["line 1", "submitted", "0.00", "0.56"]]);
    const again = await market.buy(orders(2), { total: 1 });
    expect(again.ends).toEqual(["taken", "settled"]);
    expect(again.holds.map(({ state }) => state)).toEqual(["settled", "settled"]);
    expect(market.simulator.counts.submit).toBe(2);
  });
});
