import { expect, test } from "vitest";
import type { Step } from "../../src/ledger/entry.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { createJsonResponse, recordRequests } from "../vendors/fal/record-requests.ts";
import { only, order, told } from "./rig/orders.ts";
import { startMarket } from "./rig/shop.ts";

// Whatever the vendor answers, a line does not stay where nobody can say what became of it.

const SIMULATED = { "x-fal-simulated": "1" };

test("sends no second order if a refusal comes after a person has found the request", async () => {
  let other: Ledger | null = null;
  let held = "";
  const step: Step = {
    kind: "submitted",
    request: { id: "found-by-ann", statusUrl: null, responseUrl: null, cancelUrl: null },
    person: { by: "ann", why: "found among fal's requests" },
  };
  const network = recordRequests((request, time) => {
    if (request.kind !== "submit" || time > 1) return undefined;
    return (async () => {
      expect(await other?.advance(held, step)).toMatchObject({ is: "done" });
      return createJsonResponse(429, { detail: "slow down" }, SIMULATED);
    })();
  });
  const market = await startMarket({ access: { fetch: network.fetch } });
  other = await market.ledger("a person");
  const { holds, ends } = await market.buy([order("a")], {
    counts: false,
    on: (event) => {
      if (event.event === "reserved") held ||= event.line.hold;
    },
  });
  expect(network.of("submit")).toHaveLength(1);
  expect(ends).toEqual(["taken"]);
  expect(holds.map(told)).toEqual([["a", "submitted", "0.00", "0.56"]]);
});

test("records a missing result in a run that waits for at most five minutes", async () => {
  const network = recordRequests((request) =>
    request.kind === "result"
      ? createJsonResponse(500, { detail: "internal_server_error" }, SIMULATED)
      : undefined,
  );
  const market = await startMarket({ access: { fetch: network.fetch } });
  const { holds, ends } = await market.buy([order("a")], { counts: false, patience: 300_000 });
  expect(ends).toEqual(["in-flight"]);
  expect(holds).toMatchObject([{ state: "submitted", missing: true }]);
  expect(holds[0]?.why).toContain("500: internal_server_error");
});

test.for(["FAILED", "PAUSED"])(
  "asks for the result if a status stays %s, and a person can settle it",
  async (status) => {
    const network = recordRequests((request) => {
      if (request.kind === "status") return createJsonResponse(200, { status }, SIMULATED);
      if (request.kind === "result")
        return createJsonResponse(400, { detail: "not yet" }, SIMULATED);
      return request.kind === "stream" ? createJsonResponse(404, {}, SIMULATED) : undefined;
    });
    // It waits for an hour.
    const market = await startMarket({ speed: 10_000, access: { fetch: network.fetch } });
    const { holds, events } = await market.buy([order("a")], { counts: false });
    expect(network.of("result")).toHaveLength(1);
    expect(holds).toMatchObject([{ state: "submitted", missing: true }]);
    expect(only(events, "in-flight")[0]?.why).toContain(`its status is ${status}`);
  },
);
