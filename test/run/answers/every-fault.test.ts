import { describe, expect, test } from "vitest";
import { FAULTS, parseFaults } from "../../../src/simulator/faults.ts";
import type { Hold } from "../../../src/ledger/hold.ts";
import { recordRequests } from "../../vendors/fal/record-requests.ts";
import { only, orders, told } from "../rig/orders.ts";
import { type Market, startMarket } from "../rig/shop.ts";

interface Row {
  /** How each line ends, and its holds: state, spent, held. */
  readonly end: string;
  readonly holds: readonly (readonly string[])[];
  /** How it ends when run again in good weather, and how often it was sent by then. */
  readonly later: string;
  readonly posts: number;
}

const UNKNOWN: Row = {
  end: "unknown",
  holds: [["unknown", "0.00", "0.56"]],
  later: "taken",
  posts: 1,
};
const CHARGE_UNKNOWN: Row = {
  end: "failed",
  holds: [["failed, charge unknown", "0.00", "0.56"]],
  later: "taken",
  posts: 1,
};
const SETTLED: Row = {
  end: "settled",
  holds: [["settled", "0.56", "0.00"]],
  later: "taken",
  posts: 1,
};
const thrice = (state: string): Row["holds"] =>
  Array.from({ length: 3 }, () => [state, "0.00", "0.00"]);
const BARRED: Row = {
  end: "failed",
  holds: [["released", "0.00", "0.00"]],
  later: "settled",
  posts: 2,
};

/** What every fault that the simulator can play means for a line of $0.56. */
const TABLE: Readonly<Record<string, Row>> = {
  reset: UNKNOWN,
  refuse: UNKNOWN,
  truncated: UNKNOWN,
  hang: UNKNOWN,
  html: UNKNOWN,
  "302": UNKNOWN,
  "307": UNKNOWN,
  "401": BARRED,
  "403": BARRED,
  "408": UNKNOWN,
  "429": { end: "failed", holds: thrice("released"), later: "settled", posts: 4 },
  "500": UNKNOWN,
  "502": UNKNOWN,
  "503": UNKNOWN,
  "504": UNKNOWN,
  "422": CHARGE_UNKNOWN,
  "422free": {
    end: "failed",
    holds: [["failed, charge none", "0.00", "0.00"]],
    later: "settled",
    posts: 2,
  },
  error: CHARGE_UNKNOWN,
  errorfree: { end: "failed", holds: thrice("failed, charge none"), later: "settled", posts: 4 },
  stream: SETTLED,
  nostream: SETTLED,
  silent: SETTLED,
  status: SETTLED,
  lost: SETTLED,
  result: SETTLED,
  slow: SETTLED,
  cut: SETTLED,
  gone: SETTLED,
  short: SETTLED,
  small: SETTLED,
  silentvideo: SETTLED,
  nobill: SETTLED,
  oddbill: SETTLED,
  overbill: { ...SETTLED, holds: [["settled", "0.672", "0.00"]] },
};

// Three unknown outcomes in a row end a run.
const LINES = 2;

// Less than the 30 s after which a stream is taken for one that was cut: 20 s at this speed.
const GIVEN_UP_SOON = { first: 100, between: 100 };

/** A simulator in which the fault always happens until the weather changes. */
async function stormy(name: string): Promise<Market & { readonly calm: () => void }> {
  const parsed = parseFaults(`${name}:100%`);
  if ("problem" in parsed) throw new Error(parsed.problem);
  let storm = true;
  const impatient = recordRequests(({ kind }, _, init) =>
    name === "hang" && kind === "submit" ? fetchWithin(150, init) : undefined,
  );
  const made: Market = await startMarket({
    simulator: { faults: parsed.rates },
    script: () => (storm ? undefined : {}),
    access: { fetch: impatient.fetch, ...(name === "silent" && { silence: GIVEN_UP_SOON }) },
    ...(name === "silent" && { speed: 200 }),
  });
  const fetchWithin = async (ms: number, init: RequestInit): Promise<Response> =>
    await fetch(impatient.left.at(-1)?.url ?? "", { ...init, signal: AbortSignal.timeout(ms) });
  return { ...made, calm: () => (storm = false) };
}

function inWords(hold: Hold): string {
  return told(hold).slice(1).join(" ");
}

/** The rows of one fault, line by line as often as there are lines. */
function times(holds: Row["holds"], lines: number): readonly string[] {
  return Array.from({ length: lines }, () => holds.map((hold) => hold.join(" "))).flat();
}

describe.for(Object.entries(TABLE))("under %s", ([name, row]) => {
  test("sends each line once for each of its holds, and nothing again whose outcome is unknown", async () => {
    const market = await stormy(name);
    // What ends a run ends it for the lines that have not begun: one line says it all.
    const lines = row === BARRED ? 1 : LINES;
    const bought = await market.buy(orders(lines), { total: lines });
    expect(bought.ends).toEqual(Array.from({ length: lines }, () => row.end));
    expect(bought.holds.map(inWords).toSorted()).toEqual(times(row.holds, lines).toSorted());
    expect(market.posts).toHaveLength(lines * row.holds.length);
    expect(market.simulator.counts.submit).toBe(market.posts.length);

    market.calm();
    const again = await market.buy(orders(lines), { total: lines });
    expect(again.ends).toEqual(Array.from({ length: lines }, () => row.later));
    expect(market.posts).toHaveLength(lines * row.posts);
    expect(market.simulator.counts.submit).toBe(market.posts.length);
  });
});

test("has a row for every fault that the simulator plays", () => {
  expect(Object.keys(TABLE).toSorted()).toEqual([...FAULTS].toSorted());
  expect(FAULTS.size).toBeGreaterThanOrEqual(30);
});

test("has accepted and refused orders among the answers that leave it open", async () => {
  const accepted: number[] = [];
  for (const name of ["408", "500", "502", "503", "504"]) {
    const market = await stormy(name);
    const { events } = await market.buy(orders(LINES), { total: LINES });
    expect(only(events, "unknown")).toHaveLength(LINES);
    accepted.push(market.simulator.jobs.length);
  }
  const jobs = accepted.reduce((sum, each) => sum + each, 0);
  expect(jobs).toBeGreaterThan(1);
  expect(jobs).toBeLessThan(5 * LINES - 1);
});
