import type { Hold } from "../ledger/hold.ts";
import type { Fault } from "./faults.ts";
import type { Done, Placed } from "./vendor.ts";
import { identifyLine, askLedger, type Work } from "./work.ts";

type Completion =
  | Done
  /** Still in flight, as far as we know: the hold stays. `stuck`: no answer reported progress until the end. */
  | { readonly is: "left"; readonly why: string; readonly stuck: boolean }
  /** Every answer said that there is no such request. */
  | { readonly is: "forgotten"; readonly fault: Fault }
  | { readonly is: "not-allowed"; readonly fault: Fault };

// A stream that reported progress and lasted so long was cut by something in between: it is opened again.
const WORTH_REOPENING_MS = 30_000;

// How many answers "there is no such request" count as a delay; after that a person has to look.
export const NOT_FOUND = 7;
const AGAIN_MS = 500;

const NOT_IN_TIME = "it was not done in the time to wait";

export function explainTimeout(why: string | null): string {
  return why === null ? NOT_IN_TIME : `${NOT_IN_TIME}: ${why}`;
}

/** How long to wait for a line, and what is reported about it only once. */
interface Wait {
  /** Milliseconds UTC. */
  readonly until: number;
  reportedUnfamiliar: boolean;
}

/** Waits until a submitted job is done: by its status stream if that works, otherwise by asking now and then. */
export async function awaitCompletion(
  work: Work,
  hold: Hold,
  placed: Placed,
  wait: Wait,
): Promise<Completion> {
  const { clock, vendor, leave } = work;
  const { until } = wait;
  const submitted = hold.submittedAt ?? clock.now();
  // They only save requests, so a ledger in trouble does not matter.
  const took = await askLedger(
    async () => await work.ledger.durations(hold.endpoint, hold.seconds),
    [],
  );
  const line = identifyLine(hold);
  work.tell({ event: "waiting", line, usually: findMedianDuration(took) });
  let heard = false;
  const since = (): number => clock.now() - submitted;
  const tell = (progress: { stage: "queued" | "generating"; position: number | null }): void => {
    heard = true;
    stuck = false;
    why = null;
    work.tell({ event: "progress", line, progress });
  };
  /** Whatever an undocumented status means, only the result shows what came of the job. */
  const unfamiliar = (status: string): void => {
    why = `its status is ${status}`;
    stuck = true;
    if (!wait.reportedUnfamiliar) work.tell({ event: "unfamiliar-status", line, status });
    wait.reportedUnfamiliar = true;
  };
  // The last answer that was not progress.
  let why: string | null = null;
  let stuck = true;
  let streams = work.traffic.streams > 0;
  let missing = 0;
  // Whether the last answer was "no such request": only then it is asked again soon.
  let unknown = false;
  let last = false;
  for (;;) {
    if (leave.aborted) return { is: "left", why: "left while it was being made", stuck: false };
    if (last) return { is: "left", why: explainTimeout(why), stuck: stuck && why !== null };
    // A machine that slept may wake up long after the time: it asks once more.
    last = clock.now() >= until;
    if (streams && !last) {
      const opened = clock.now();
      heard = false;
      const watched = await watchStream(work, placed, tell, until);
      if (watched.is === "done") return watched;
      if (watched.is === "unfamiliar") unfamiliar(watched.status);
      if (watched.is === "fault" && watched.fault.kind === "not-allowed") {
        return { is: "not-allowed", fault: watched.fault };
      }
      if (watched.is === "fault" && watched.fault.retryAfter !== null) {
        work.traffic.questions.close(watched.fault.retryAfter);
      }
      streams = heard && clock.now() - opened >= WORTH_REOPENING_MS;
      continue;
    }
    const asked = since();
    const due = unknown ? asked + AGAIN_MS * 2 ** missing : planNextLook(asked, took);
    // Never longer than the longest gap: a clock that was set back must not stretch it.
    const pause = last
      ? 0
      : Math.min(submitted + due - clock.now(), until - clock.now(), LONGEST_GAP);
    await clock.sleep(pause, leave);
    await work.traffic.questions.pass(leave);
    if (leave.aborted) continue;
    const answer = await vendor.ask(placed, leave);
    unknown = answer.is === "fault" && answer.fault.kind === "not-found";
    if (answer.is === "done") return answer;
    if (answer.is !== "fault") {
      missing = 0;
      if (answer.is === "going") tell(answer.progress);
      else unfamiliar(answer.status);
      continue;
    }
    const { fault } = answer;
    if (fault.kind === "not-allowed") return { is: "not-allowed", fault };
    ({ why } = fault);
    if (unknown) missing += 1;
    if (missing >= NOT_FOUND) return { is: "forgotten", fault };
    if (fault.retryAfter !== null) work.traffic.questions.close(fault.retryAfter);
  }
}

async function watchStream(
  work: Work,
  placed: Placed,
  tell: Parameters<Work["vendor"]["watch"]>[1],
  until: number,
): ReturnType<Work["vendor"]["watch"]> {
  const enough = new AbortController();
  const signal = AbortSignal.any([work.leave, enough.signal]);
  work.traffic.streams -= 1;
  const alarm = work.clock.sleep(until - work.clock.now(), signal).then(() => enough.abort());
  try {
    return await work.vendor.watch(placed, tell, signal);
  } finally {
    work.traffic.streams += 1;
    enough.abort();
    await alarm;
  }
}

// When to ask whether a job is done if no stream reports it. Times in milliseconds.

/** A completion is noticed within this share of the time that the job took. */
const LATENESS = 0.05;
/** Few jobs are done before the last of these. */
const EARLY = [3_000, 8_000, 20_000, 42_000];

/** No job is left for longer without a look: one may be resumed after a day. */
const LONGEST_GAP = 60_000;

/**
 * Returns how long after its submission to ask next about a job that was last asked about at `asked`. Each look is 5 %
 * later than the one before, so the lateness is a share of the time taken and the number of looks grows with its
 * logarithm: 26 for a job of two minutes, 59 for one of ten. The early looks begin when the fastest of the earlier jobs
 * of this kind (`took`) was nearly done.
 */
export function planNextLook(asked: number, took: readonly number[]): number {
  const early = took.length < 3 ? EARLY : planEarlyLooks(Math.min(...took));
  const next = early.find((look) => look > asked);
  const last = early.at(-1) ?? 0;
  if (asked < last) return next ?? last;
  return Math.min(asked * (1 + LATENESS), asked + LONGEST_GAP);
}

/** First look at 90 % of the fastest job seen, then 5 % later each time; one early look at half of that. */
function planEarlyLooks(shortest: number): readonly number[] {
  const start = Math.max(shortest * 0.9, 500);
  return [start / 2, start];
}

/** Returns the median of what jobs of this kind took; null if too few are known. */
export function findMedianDuration(took: readonly number[]): number | null {
  if (took.length < 3) return null;
  const sorted = took.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
