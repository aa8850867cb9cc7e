import { describe, expect, onTestFinished, test } from "vitest";
import { order, orders } from "../rig/orders.ts";
import { runVirtually, type MadeUpRun } from "../rig/virtual-run.ts";
import { startMarket } from "../rig/shop.ts";

const SECOND = 1_000;

/** The most requests of these kinds that left within any second. */
function mostInASecond({ asked }: MadeUpRun, kinds: readonly string[]): number {
  const at = asked.filter(({ what }) => kinds.includes(what)).map((each) => each.at);
  let most = 0;
  let from = 0;
  for (const [index, moment] of at.entries()) {
    while (moment - (at[from] ?? 0) >= SECOND) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

describe("one job without a status stream", () => {
  test.for([
    // Seconds, the most requests in all (order, stream, status, result), how much later it is noticed at most.
    [3, 6, 0],
    [5, 7, 3],
    [10, 8, 10],
    [30, 9, 12],
    [60, 17, 3],
    [120, 30, 6],
    [300, 49, 15],
    [600, 63, 30],
    [1_200, 77, 60],
  ] as const)("of %d s: %d requests, %d s late", async ([seconds, requests, late]) => {
    const run = await runVirtually([order("a")], { takes: () => seconds * SECOND });
    expect(run.ends).toEqual(["settled"]);
    expect(run.asked.length).toBeLessThanOrEqual(requests);
    expect(run.late.get("a")).toBeLessThanOrEqual(late * SECOND);
    expect(run.asked.filter(({ what }) => what === "submit")).toHaveLength(1);
  });

  test("sends a handful of requests when three such jobs are known", async () => {
    const takes = (key: string): number => (120 + key.length / 100) * SECOND;
    const run = await runVirtually(orders(4), { takes }, { total: 1 });
    const asked = run.asked.filter(({ key, what }) => key === "line 4" && what === "ask");
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(run.late.get("line 4")).toBeLessThanOrEqual(6 * SECOND);
  });

  test("sends 30 requests over HTTP for two minutes, and notices the end soon after", async () => {
    const speed = 60;
    const market = await startMarket({
      speed,
      simulator: { latency: { queueSeconds: 2, generateSeconds: 118 } },
      script: () => ({ stream: "missing" }),
    });
    expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
    const { requests, counts } = market.simulator;
    const asked = requests.filter(({ kind }) => kind !== "file");
    expect(asked.length).toBeLessThanOrEqual(30);
    expect(counts.status).toBeGreaterThan(10);
    const [first, last] = [asked[0]?.at ?? 0, asked.at(-1)?.at ?? 0];
    // Six seconds late is a tenth of a real one; two real ones are for a busy machine.
    expect(((last - first) * speed) / SECOND).toBeLessThan(240);
  });
});

test.for([3, 60, 1_200])(
  "sends three requests for one job of %d s with a status stream, and notices the end at once",
  async (seconds) => {
    const run = await runVirtually([order("a")], {
      takes: () => seconds * SECOND,
      stream: "serves",
    });
    expect(run.asked.map(({ what }) => what)).toEqual(["submit", "watch", "collect"]);
    expect(run.late.get("a")).toBe(0);
  },
);

// Nothing is known to be said between IN_PROGRESS and COMPLETED: a stream is not dead for saying nothing for two minutes.
test("sends three requests over HTTP, with the longest silence that a run allows", async () => {
  const speed = 300;
  const market = await startMarket({
    speed,
    simulator: { latency: { queueSeconds: 2, generateSeconds: 118 } },
    access: { silence: { first: 1_000, between: 150_000 / speed } },
  });
  expect((await market.buy([order("a")])).ends).toEqual(["settled"]);
  const { submit, stream, status, result } = market.simulator.counts;
  expect(submit + stream + status + result).toBeLessThanOrEqual(3);
});

test("asks at most ten questions a second for a thousand lines at once", async () => {
  const takes = (key: string): number => (120 + (Number(key.slice(5)) % 180)) * SECOND;
  const run = await runVirtually(orders(1_000), { takes }, { total: 1_000 });
  expect(run.ends.filter((end) => end === "settled")).toHaveLength(1_000);
  expect(mostInASecond(run, ["ask"])).toBeLessThanOrEqual(11);
  expect(mostInASecond(run, ["ask"])).toBeGreaterThanOrEqual(10);
  // The results of what was found done come on top.
  const asked = run.asked.filter(({ what }) => what === "ask" || what === "collect");
  const seconds = ((asked.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0)) / SECOND;
  expect(asked.length / seconds).toBeLessThanOrEqual(14);
  expect(mostInASecond(run, ["ask", "collect"])).toBeLessThanOrEqual(21);
  expect(mostInASecond(run, ["watch"])).toBe(100);
  expect(run.asked.length).toBeGreaterThan(4_000);
});

// Each line that waits listens for "leave" at one signal. From the eleventh on, Node would warn of a leak, in the middle
// of what a person reads.
test("causes no leak warning of Node with many waiting lines", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error): number => warnings.push(warning);
  process.on("warning", listener);
  onTestFinished(() => {
    process.off("warning", listener);
  });
  const run = await runVirtually(orders(30), { takes: () => 60 * SECOND }, { total: 30 });
  expect(run.ends.filter((end) => end === "settled")).toHaveLength(30);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(warnings.map(({ name }) => name)).toEqual([]);
});

// Also after a "not found", such as a stream's behind a proxy that has none.
test("does not ask more often in an outage of ten minutes", async () => {
  const takes = (): number => 700 * SECOND;
  const run = await runVirtually([order("a")], { takes, outage: 600 * SECOND });
  expect(run.ends).toEqual(["settled"]);
  expect(run.asked.length).toBeLessThanOrEqual(70);
  expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
});

test("asks within a minute about a job that was sent a day ago", async () => {
  const day = 86_400 * SECOND;
  const run = await runVirtually([order("a")], { takes: () => day }, { patience: 2 * day });
  const last = run.asked.filter(({ what }) => what === "ask").map(({ at }) => at);
  const gaps = last.map((at, index) => at - (last[index - 1] ?? at));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(61 * SECOND);
  expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
});

describe("(o) a clock that is set during a job", () => {
  const runWith = async (moved: number): Promise<MadeUpRun> =>
    await runVirtually(
      [order("a")],
      { takes: () => 120 * SECOND },
      {
        during: async (clock) => {
          await clock.sleep(60 * SECOND);
          clock.set(clock.now() + moved);
        },
      },
    );

  test.for([10, 600])("notices the end although it was set forward by %d s", async (seconds) => {
    const run = await runWith(seconds * SECOND);
    expect(run.ends).toEqual(["settled"]);
    expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
  });

  test("notices the end although it was set back by an hour", async () => {
    const run = await runWith(-3_600 * SECOND);
    expect(run.ends).toEqual(["settled"]);
    expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
  });
});
