import { expect, test } from "vitest";
import { describeScheduleEvent } from "../../src/schedule/schedule-event-text.ts";
import type { Buying, Signal } from "../../src/cli/shell.ts";
import { handleSignals } from "../../src/cli/buying/handle-signals.ts";
import { microUsd } from "../../src/money.ts";

/** What is said at two Ctrl-C. */
function interrupted(after: string | null): readonly string[] {
  const said: string[] = [];
  let told: (signal: Signal) => void = () => undefined;
  const onSignal: Buying["onSignal"] = (listener) => {
    told = listener;
    return () => undefined;
  };
  const abandon = (): never => {
    throw new Error("twice only");
  };
  const signals = handleSignals(
    { onSignal, abandon },
    {
      stop: new AbortController(),
      leave: new AbortController(),
      inFlight: () => ({ lines: 2, held: microUsd(840_000) }),
      say: (text) => void said.push(text),
      after,
      terminationMs: null,
    },
  );
  told("SIGINT");
  told("SIGINT");
  signals.end();
  return said;
}

test("leaving a run says that jobs in flight continue, but not those of a simulator that ends with its rehearsal", () => {
  expect(interrupted("run again to resume them")).toEqual([
    "2 lines for $0.84 in flight, waiting for them. Ctrl-C again leaves; the jobs continue.",
    "Leaving. Jobs in flight continue, their ids are in the ledger; run again to resume them.",
  ]);
  expect(interrupted(null)).toEqual([
    "2 lines for $0.84 in flight, waiting for them. Ctrl-C again leaves.",
    "Leaving. The simulator ends with this rehearsal, so these lines cannot be resumed; `topsheet simulate` keeps them.",
  ]);
});

test("a scheduler that is refused beside another says so as an error, with a time that people read", () => {
  const rival = { schedule: "0 9 * * * UTC", until: Date.UTC(2026, 10, 21, 9, 30, 12, 345) };
  const { text, bad } = describeScheduleEvent({ event: "rival", rival });
  expect(bad).toBe(true);
  expect(text).toMatch(/^error: another scheduler runs this campaign at other times \(0 9 /);
  expect(text).toContain("its place is free at 2026-11-21 09:30 UTC at the latest.");
});

test("a next time that has come while it was looked for is due at once", () => {
  const next = { at: 60_000, local: "2026-11-21T09:10" };
  expect(describeScheduleEvent({ event: "waiting", next, now: 73_000 }).text).toBe(
    "Next: 2026-11-21 09:10, in 0 ms.",
  );
});
