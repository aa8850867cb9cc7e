import { expect, test } from "vitest";
import { recordRequests } from "../../vendors/fal/record-requests.ts";
import { only, order, orders, told } from "../rig/orders.ts";
import { startMarket } from "../rig/shop.ts";

const LOOKS_REAL = { simulatedHeader: false } as const;

test("starts nothing more if a simulator answers under a real ledger, where nothing was bought", async () => {
  const market = await startMarket({ purpose: "real" });
  const { ends, halt, holds, events } = await market.buy(orders(3), { total: 1, counts: false });
  expect(ends).toEqual(["failed", "not-started", "not-started"]);
  expect(halt).toBe("vendor");
  expect(holds.map(told)).toEqual([["line 1", "released", "0.00", "0.00"]]);
  expect(only(events, "released")).toMatchObject([
    { fault: { kind: "wrong-world" }, again: false },
  ]);
  expect(market.simulator.counts).toMatchObject({ submit: 1, stream: 0, result: 0 });
});

test.for([429, 503, 401] as const)(
  "starts nothing more if a simulator refuses with %d under a real ledger",
  async (submit) => {
    const market = await startMarket({
      purpose: "real",
      script: () => ({ submit, acceptedAnyway: true }),
    });
    const { ends, halt, holds } = await market.buy(orders(2), { total: 1, counts: false });
    expect(ends).toEqual(["failed", "not-started"]);
    expect(halt).toBe("vendor");
    expect(holds.map(told)).toEqual([["line 1", "released", "0.00", "0.00"]]);
    expect(market.simulator.counts.submit).toBe(1);
  },
);

test("starts nothing more if the vendor answers under a rehearsal's ledger, where the order may have been bought", async () => {
  const market = await startMarket({ purpose: "rehearsal", script: () => LOOKS_REAL });
  const { ends, halt, holds, events } = await market.buy(orders(3), { total: 1 });
  expect(ends).toEqual(["unknown", "not-started", "not-started"]);
  expect(halt).toBe("vendor");
  expect(holds.map(told)).toEqual([["line 1", "unknown", "0.00", "0.56"]]);
  // Its id is where a person looks for it.
  const request = market.simulator.jobs[0]?.requestId;
  expect(holds[0]?.why).toContain(request);
  const known = events.filter(({ event }) => event === "submitted" || event === "unknown");
  expect(known).toMatchObject([
    { event: "submitted", request },
    { event: "unknown", fault: { kind: "not-simulated" } },
  ]);
  expect((await market.buy([order("line 1")])).ends).toEqual(["taken"]);
  expect(market.simulator.counts.submit).toBe(1);
});

test.for<readonly [status: number, state: string]>([
  [401, "released"],
  [429, "released"],
  [503, "unknown"],
])(
  "takes a vendor's refusal with %d under a rehearsal's ledger as any refusal",
  async ([status, state]) => {
    const { fetch } = recordRequests(({ kind }) =>
      kind === "submit" ? new Response('{"detail":"no"}', { status }) : undefined,
    );
    const market = await startMarket({ purpose: "rehearsal", access: { fetch } });
    const { holds, halt } = await market.buy(orders(2), { total: 1 });
    expect(holds.map((hold) => hold.state)).toEqual([state]);
    expect(halt).toBe("vendor");
  },
);

test("ignores what the wrong side answers about a job", async () => {
  // A page of a gateway, or the real fal: neither says anything about what the simulator makes.
  const { fetch, of } = recordRequests(({ kind }, time) => {
    if (kind === "stream") {
      const headers = { "content-type": "text/event-stream" };
      return new Response('data: {"status":"COMPLETED"}\n\n', { headers });
    }
    if (kind !== "status" && kind !== "result") return undefined;
    const body = kind === "status" ? { status: "COMPLETED" } : { detail: [{ type: "x" }] };
    return time === 1 ? new Response(JSON.stringify(body), { status: 200 }) : undefined;
  });
  const market = await startMarket({ purpose: "rehearsal", access: { fetch } });
  const { ends, holds } = await market.buy([order("a")]);
  expect(ends).toEqual(["settled"]);
  expect(holds.map(told)).toEqual([["a", "settled", "0.56", "0.00"]]);
  expect(of("status").length).toBeGreaterThanOrEqual(2);
  expect(of("result").length).toBe(2);
});

test("ends the run after three orders in a row of unknown outcome", async () => {
  const market = await startMarket({ script: () => ({ submit: "html" }) });
  const { ends, halt, holds } = await market.buy(orders(6), { total: 1 });
  expect(ends).toEqual([
    "unknown",
    "unknown",
    "unknown",
    "not-started",
    "not-started",
    "not-started",
  ]);
  expect(halt).toBe("vendor");
  expect(holds).toHaveLength(3);
  const fine = await startMarket({ script: (key) => (key === "line 3" ? {} : { submit: "html" }) });
  const again = await fine.buy(orders(5), { total: 1 });
  expect(again.ends).toEqual(["unknown", "unknown", "settled", "unknown", "unknown"]);
  expect(again.halt).toBeNull();
});
