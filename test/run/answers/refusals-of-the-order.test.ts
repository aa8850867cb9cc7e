import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../../src/simulator/behaviour.ts";
import { findClosedAddress } from "../../vendors/fal/small-server.ts";
import { only, order, orders, told } from "../rig/orders.ts";
import { startMarket } from "../rig/shop.ts";

type Submit = NonNullable<Behaviour["submit"]>;

interface Meaning {
  readonly state: "unknown" | "released" | "settled";
  /** How often the line is sent in one run. */
  readonly posts: 1 | 3;
  readonly kind: string;
  readonly halts: boolean;
}

const meaning = (kind: string, state: Meaning["state"], more: Partial<Meaning> = {}): Meaning => ({
  kind,
  state,
  posts: 1,
  halts: false,
  ...more,
});

const LOST = meaning("answer-lost", "unknown");
const NO_ID = meaning("no-request-id", "unknown");
const UNSURE = meaning("server-unsure", "unknown");
const REFUSED = meaning("order-refused", "released");

/** What the answer to a POST means, whether or not a job came of it. */
const DIRECT: readonly (readonly [Submit, Meaning])[] = [
  ["reset", LOST],
  ["truncated", NO_ID],
  ["html", NO_ID],
  [302, meaning("redirected", "unknown")],
  [307, meaning("redirected", "unknown")],
  [308, meaning("redirected", "unknown")],
  [400, REFUSED],
  [401, meaning("bad-key", "released", { halts: true })],
  [402, REFUSED],
  [403, meaning("locked-out", "released", { halts: true })],
  [404, meaning("no-such-endpoint", "released")],
  [408, UNSURE],
  [413, REFUSED],
  [421, REFUSED],
  [422, REFUSED],
  [429, meaning("too-many-requests", "released", { posts: 3 })],
  [499, UNSURE],
  [500, UNSURE],
  [502, UNSURE],
  [503, UNSURE],
  [504, UNSURE],
  [529, UNSURE],
];

/** A proxy that answers 200 to everything leaves of a refusal only that it has no request id. */
const FLATTENED = DIRECT.map(([submit]) => [submit, submit === "reset" ? LOST : NO_ID] as const);

// "Not accepted" is what these say, and design.md takes fal at its word.
const DEFINITE: ReadonlySet<string> = new Set(["released"]);

const CASES = (
  [
    ["directly", false, false, DIRECT],
    ["through a proxy", true, false, DIRECT],
    ["through a proxy that answers 200 to everything", true, true, FLATTENED],
  ] as const
).flatMap(([way, proxied, flatten, meanings]) =>
  meanings.flatMap(([submit, meant]) =>
    [true, false]
      .filter((accepted) => !(accepted && isDefinite(submit)))
      .map((accepted) => ({ way, proxied, flatten, submit, accepted, meant })),
  ),
);

function isDefinite(submit: Submit): boolean {
  const direct = DIRECT.find(([name]) => name === submit)?.[1];
  return direct !== undefined && DEFINITE.has(direct.state);
}

test.for(CASES)(
  "$submit, $way, accepted: $accepted",
  async ({ proxied, flatten, submit, accepted, meant }) => {
    let storm = true;
    const market = await startMarket({
      proxied,
      simulator: { flatten },
      script: () => (storm ? { submit, acceptedAnyway: accepted } : {}),
    });
    const { events, holds, halt } = await market.buy([order("a")]);
    expect(market.simulator.counts.submit).toBe(meant.posts);
    expect(market.simulator.jobs).toHaveLength(accepted ? 1 : 0);
    const held = meant.state === "unknown" ? "0.56" : "0.00";
    expect(holds.map(told)).toEqual(
      Array.from({ length: meant.posts }, () => ["a", meant.state, "0.00", held]),
    );
    const faults = [...only(events, "unknown"), ...only(events, "released")];
    expect(faults.map(({ fault }) => fault.kind)).toEqual(
      Array.from({ length: meant.posts }, () => meant.kind),
    );
    expect(halt).toEqual(meant.halts ? "vendor" : null);

    storm = false;
    const again = await market.buy([order("a")]);
    expect(again.ends).toEqual([meant.state === "unknown" ? "taken" : "settled"]);
    const more = meant.state === "unknown" ? 0 : 1;
    expect(market.simulator.counts.submit).toBe(meant.posts + more);
  },
);

test("the table has all three outcomes, and both sides of every doubt", () => {
  expect(CASES.length).toBe(22 * 3 + 13 * 3);
  expect(new Set(CASES.map(({ meant }) => meant.kind)).size).toBe(9);
});

describe("a key that is refused", () => {
  test.for([401, 403])(
    "%d: starts nothing more, and waits for what is in flight",
    async (submit) => {
      const market = await startMarket({
        simulator: { latency: { queueSeconds: 5, generateSeconds: 20 } },
        script: (key) => (key === "line 2" ? { submit } : {}),
      });
      const { ends, events, halt } = await market.buy(orders(5), { total: 2 });
      expect(ends).toEqual(["settled", "failed", "not-started", "not-started", "not-started"]);
      expect(halt).toBe("vendor");
      expect(only(events, "stopping")).toHaveLength(1);
      expect(market.simulator.counts.submit).toBe(2);
    },
  );

  test("an endpoint that does not exist fails only its own lines", async () => {
    const market = await startMarket();
    const missing = order("none", { endpoint: "fal-ai/kling-video/v9/text-to-video" });
    const { ends, holds, halt } = await market.buy([missing, order("a")], { total: 1 });
    expect(ends).toEqual(["failed", "settled"]);
    expect(halt).toBeNull();
    expect(holds.map(told)).toEqual([
      ["none", "released", "0.00", "0.00"],
      ["a", "settled", "0.56", "0.00"],
    ]);
  });
});

test("retries an order that reached no one twice, and then starts nothing more", async () => {
  const market = await startMarket({ access: { queueUrl: await findClosedAddress() } });
  const { ends, holds, halt, events } = await market.buy(orders(3), { total: 1 });
  expect(ends).toEqual(["failed", "not-started", "not-started"]);
  expect(holds.map(told)).toEqual(
    Array.from({ length: 3 }, () => ["line 1", "released", "0.00", "0.00"]),
  );
  expect(only(events, "released").map(({ fault }) => fault.kind)).toEqual(
    Array.from({ length: 3 }, () => "not-connected"),
  );
  expect(only(events, "stopping").map(({ why }) => why)).toEqual([
    expect.stringMatching(/ECONNREFUSED.*check the connection, or HTTPS_PROXY, then run again$/),
  ]);
  expect(halt).toBe("vendor");
  expect(market.simulator.counts.submit).toBe(0);
});
