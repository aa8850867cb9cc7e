import { expect, test } from "vitest";
import { formatEventJson, describeEvent } from "../../src/cli/buying/event-output.ts";
import type { Entry, Fact } from "../../src/ledger/entry.ts";
import { createHold } from "../../src/ledger/hold.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { followBatch } from "../../src/workers/follow-batch.ts";
import { order, step } from "../ledger/rig/test-ledger.ts";
import { virtualClock } from "../run/rig/virtual-clock.ts";

const AT = Date.UTC(2026, 10, 21, 9);
const REASON = { because: "cap", why: "a cap is reached" };

/** Entries of two workers' lines, "left" of an earlier run, and "strange" of a run that is no part of the batch. */
function entries(...facts: readonly (readonly [hold: string, fact: Fact])[]): readonly Entry[] {
  const started = { kind: "run-started", account: "", limits: [], owner: "", partOf: "batch" };
  const reserved = (key: string): Fact => ({ kind: "reserved", account: "", order: order(key) });
  const all: readonly Omit<Entry, "seq" | "at" | "campaign">[] = [
    { run: "own", hold: null, fact: { ...started, kind: "run-started" } },
    ...["a", "b"].map((key) => ({ run: "own", hold: key, fact: reserved(key) })),
    { run: "strange", hold: "strange", fact: reserved("strange") },
    ...facts.map(([hold, fact]) => ({ run: "own", hold, fact })),
  ];
  return all.map((entry, index) => ({ seq: index + 1, at: AT, campaign: "film", ...entry }));
}

/** What is told of a batch that has ended with these entries, and how its holds stand. */
async function followed(written: readonly Entry[], reason: typeof REASON | null) {
  const clock = virtualClock(AT);
  const told: RunEvent[] = [];
  const lines: Record<string, unknown>[] = [];
  const none = async (): Promise<never> =>
    await Promise.reject(new Error("not of a batch that has ended"));
  const left = createHold("left", "earlier", order("left"), AT);
  const { holds } = await clock.run(
    followBatch("film", { id: "batch", left: [{ ...left, state: "submitted" }] }, 0, {
      ledger: {
        entries: async (_, after = 0) => written.filter(({ seq }) => seq > after),
        runEnd: async () => ({ how: "ended", reason }),
        openRuns: async () => [],
        endRun: none,
      },
      jobs: { lanes: none, countLeft: none, remove: none },
      clock,
      tell: (event) => {
        told.push(event);
        lines.push(JSON.parse(formatEventJson(event, AT)));
      },
      news: () => undefined,
      stop: new AbortController().signal,
    }),
  );
  return { told, lines, states: holds.map(({ id, state }) => `${id} ${state}`) };
}

const texts = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => describeEvent(event, "film", null, "UTC")?.text ?? []);

test("reports what workers do with the events of a run in this process", async () => {
  const { told, states } = await followed(
    entries(
      ["a", step.sending()],
      ["a", step.submitted("r-1")],
      ["left", step.settled()],
      ["a", step.settled()],
      ["a", step.delivered()],
      ["strange", step.released()],
    ),
    null,
  );
  expect(told.map(({ event }) => event).join(" ")).toBe(
    "reserved reserved sending submitted settled settled delivered",
  );
  expect(texts(told)).toEqual([
    "a~t1 sent for $1.00: request r-1",
    "left~t1 is made: $1.00",
    "a~t1 is made: $1.00",
    "a~t1 is in out/film/a~t1.mp4, but: it is half a second short",
  ]);
  expect(states).toEqual(["left settled", "a settled", "b reserved"]);
});

test("reports a fault in the ledger's words alone", async () => {
  const { told, lines } = await followed(
    entries(
      ["a", step.released()],
      ["b", step.sending()],
      ["b", step.submitted("r-2")],
      ["b", step.missing()],
      ["b", step.cancel()],
      ["b", step.failed("none")],
      ["left", step.failed("unknown")],
      ["left", step.charge("charged")],
    ),
    REASON,
  );
  expect(lines.find(({ event }) => event === "released")).toEqual({
    at: "2026-11-21T09:00:00.000Z",
    event: "released",
    line: { key: "a~t1", hold: "a", cost: "1.00" },
    fault: { why: "refused" },
    again: null,
  });
  expect(told.map(({ event }) => event).join(" ")).toMatch(
    / missing cancel failed failed charge stopping$/,
  );
  expect(texts(told)).toEqual([
    "a~t1 was not bought: refused.",
    "b~t1 sent for $1.00: request r-2",
    "b~t1 stays in flight: fal does not know it",
    "b~t1 failed: moderation. It costs nothing.",
    "left~t1 failed: moderation. Whether it was billed is not known; its money stays held.",
    "Nothing more is started: a cap is reached.",
  ]);
});
