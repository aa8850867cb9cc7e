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

describe("one job whose stream does not serve", () => {
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

  test("when three of its kind are known, it takes a handful", async () => {
    const takes = (key: string): number => (120 + key.length / 100) * SECOND;
    const run = await runVirtually(orders(4), { takes }, { total: 1 });
    const asked = run.asked.filter(({ key, what }) => key === "line 4" && what === "ask");
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(run.late.get("line 4")).toBeLessThanOrEqual(6 * SECOND);
  });

  test("for real, over HTTP: 30 requests for two minutes, seen soon after", async () => {
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
  "one job of %d s whose stream serves: three requests, noticed at once",
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
test("… over HTTP, at the silence that a run allows", async () => {
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

test("a thousand lines at once: ten questions a second, and no more", async () => {
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
test("many lines that wait are no reason for Node to warn of a leak", async () => {
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
test("an outage of ten minutes is no reason to ask more often", async () => {
  const takes = (): number => 700 * SECOND;
  const run = await runVirtually([order("a")], { takes, outage: 600 * SECOND });
  expect(run.ends).toEqual(["settled"]);
  expect(run.asked.length).toBeLessThanOrEqual(70);
  expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
});

test("a job that was sent a day ago is asked about within a minute", async () => {
  const day = 86_400 * SECOND;
  const run = await runVirtually([order("a")], { takes: () => day }, { patience: 2 * day });
  const last = run.asked.filter(({ what }) => what === "ask").map(({ at }) => at);
  const gaps = last.map((at, index) => at - (last[index - 1] ?? at));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(61 * SECOND);
  expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
});

describe("(o) a clock that is set while a job is made", () => {
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

  test.for([10, 600])("forward by %d s: it is seen all the same", async (seconds) => {
    const run = await runWith(seconds * SECOND);
    expect(run.ends).toEqual(["settled"]);
    expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
  });

  test("back by an hour: it is seen all the same", async () => {
    const run = await runWith(-3_600 * SECOND);
    expect(run.ends).toEqual(["settled"]);
    expect(run.late.get("a")).toBeLessThanOrEqual(60 * SECOND);
  });
});
