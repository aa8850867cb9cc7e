import { formatCount } from "../../diagnostics/printable.ts";
import { cents, type MicroUsd } from "../../money.ts";
import { getSignalExit } from "../exit-codes.ts";
import type { Buying, Signal } from "../shell.ts";

// A supervisor kills a program some time after it asked it to end, and ids have to be written by then. Milliseconds.
export const TERMINATION_MS = 8_000;

interface SignalSettings {
  readonly stop: AbortController;
  readonly leave: AbortController;
  readonly inFlight: () => { readonly lines: number; readonly held: MicroUsd };
  readonly say: (text: string) => void;
  /** How jobs in flight are resumed; null if their simulator ends with this process. */
  readonly after: string | null;
  /** Milliseconds from a SIGTERM until it leaves; null if only a second one makes it leave. */
  readonly terminationMs: number | null;
}

/** Stops at the first Ctrl-C and waits; leaves at the second. A SIGTERM acts as the first, and soon as the second. */
export function handleSignals(
  buying: Pick<Buying, "onSignal" | "abandon">,
  { stop, leave, inFlight, say, after, terminationMs }: SignalSettings,
): { readonly first: () => Signal | null; readonly end: () => void } {
  let first: Signal | null = null;
  let deadline: NodeJS.Timeout | undefined;
  const leaving = (): void => {
    say(
      after === null
        ? "Leaving. The simulator ends with this rehearsal, so these lines cannot be resumed; `topsheet simulate` keeps them."
        : `Leaving. Jobs in flight continue, their ids are in the ledger; ${after}.`,
    );
    leave.abort();
  };
  const off = buying.onSignal((signal) => {
    if (first !== null) {
      if (!leave.signal.aborted) return leaving();
      say("Gone. What was being sent is unknown until `topsheet status` and `topsheet resolve`.");
      return buying.abandon(getSignalExit(first));
    }
    first = signal;
    stop.abort();
    const { lines, held } = inFlight();
    const flight =
      lines === 0
        ? "Nothing is in flight."
        : `${formatCount(lines, "line")} for ${cents(held)} in flight, waiting for them.`;
    if (signal === "SIGINT") {
      const leaves = after === null ? "leaves." : "leaves; the jobs continue.";
      say(`${flight}${lines === 0 ? "" : ` Ctrl-C again ${leaves}`}`);
      return;
    }
    say(flight);
    if (terminationMs !== null) deadline = setTimeout(leaving, terminationMs);
  });
  return {
    first: () => first,
    end: () => {
      clearTimeout(deadline);
      off();
    },
  };
}
