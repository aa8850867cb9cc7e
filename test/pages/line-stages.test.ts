import { expect, test } from "vitest";
import type { Entry, Step } from "../../src/ledger/entry.ts";
import { applyStep, type Hold, createHold } from "../../src/ledger/hold.ts";
import { NOTHING } from "../../src/money.ts";
import { findDeliveryTimes, listLatestStages } from "../../src/pages/gantt.ts";
import { order } from "../ledger/rig/test-ledger.ts";

const REQUEST = { id: "r", statusUrl: null, responseUrl: null, cancelUrl: null };
const SENT: readonly [number, Step] = [2, { kind: "sending" }];
const ACCEPTED: readonly [number, Step] = [
  3,
  { kind: "submitted", request: REQUEST, person: null },
];
const settled: Step = {
  kind: "settled",
  videoUrl: "v",
  size: null,
  billableUnits: null,
  excess: NOTHING,
  headers: {},
};
const failed: Step = { kind: "failed", charge: "none", why: "no", headers: {}, person: null };

/** Makes a hold that is reserved at 1 and goes through each step at its time. */
function makeHold(id: string, run: string, steps: readonly (readonly [number, Step])[]): Hold {
  return steps.reduce(
    (hold, [at, step]) => {
      const next = applyStep(hold, step, at);
      if (next === null) throw new Error(`${step.kind} does not follow ${hold.state}`);
      return next;
    },
    createHold(id, run, order("f"), 1),
  );
}

test.for([
  ["delivered", [SENT, ACCEPTED, [7, settled]], 9, [1, 2, 3, 7, 9]],
  ["fetched a day later", [SENT, ACCEPTED, [7, settled]], 86_400_000, [1, 2, 3, 7, 7]],
  ["not delivered", [SENT, ACCEPTED, [7, settled]], null, [1, 2, 3, 7, 7]],
  ["still being made", [SENT, ACCEPTED], null, [1, 2, 3, 20, 20]],
  ["still waiting", [], null, [1, 20, 20, 20, 20]],
  ["failed while being made", [SENT, ACCEPTED, [8, failed]], null, [1, 2, 3, 8, 8]],
  ["unknown", [SENT, [4, { kind: "unknown", why: "lost" }]], null, [1, 2, 2, 2, 2]],
  ["never sent", [[5, { kind: "released", why: "stopped", person: null }]], null, [1, 5, 5, 5, 5]],
] as const)("%s", ([, steps, here, expected]) => {
  const hold = makeHold("h", "r", steps);
  const delivered = new Map(here === null ? [] : [["h", here]]);
  const [line] = listLatestStages([hold], delivered, 20);
  expect([line?.reserved, line?.sent, line?.accepted, line?.ended, line?.here]).toEqual(expected);
});

test("tries of a purchase are counted over all runs, and only the newest run is shown", () => {
  const first = makeHold("a", "old", [SENT, ACCEPTED, [4, failed]]);
  const holds = [first, { ...first, id: "b", run: "new" }, makeHold("c", "new", [SENT])];
  const told = listLatestStages(
    [...holds, { ...first, id: "d", run: "new", ordinal: 9 }],
    new Map(),
    9,
  );
  expect(told.map(({ hold, tryNumber, tries }) => [hold.id, tryNumber, tries])).toEqual([
    ["b", 2, 3],
    ["c", 3, 3],
    ["d", 1, 1],
  ]);
});

test("a video counts as delivered from its first delivery, however often it is fetched again", () => {
  const delivery = { path: "p", sha256: "s", bytes: 1, seconds: null, width: null, height: null };
  const fact = { kind: "delivered", delivery: { ...delivery, audio: null, warnings: [] } } as const;
  const about = { campaign: "film", run: "r", hold: "h" };
  const entries: readonly Entry[] = [
    { seq: 1, at: 4, ...about, fact: { kind: "sending" } },
    { seq: 2, at: 5, ...about, fact },
    { seq: 3, at: 9, ...about, fact },
  ];
  expect([...findDeliveryTimes(entries)]).toEqual([["h", 5]]);
});
