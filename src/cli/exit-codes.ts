import type { Signal } from "./shell.ts";

/** The exit codes. The README's table is made from EXIT_MEANINGS. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrong: 2,
  overBudget: 3,
  notApproved: 4,
  someFailed: 5,
  unknown: 6,
  billDiffers: 7,
  differs: 8,
  interrupted: 130,
  terminated: 143,
} as const;

export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.done, "done"],
  [
    EXIT.failed,
    "something failed that is neither your manifest nor your command: a full disk, a video that cannot be fetched, a bug",
  ],
  [EXIT.wrong, "the manifest or the command is wrong; nothing was planned, nothing bought"],
  [
    EXIT.overBudget,
    "the plan does not fit under a cap or a gate, or a cap or the breaker stopped the run",
  ],
  [
    EXIT.notApproved,
    "not approved: the question was answered no, no one was there to say yes, or what would be bought is not what was approved",
  ],
  [EXIT.someFailed, "some lines failed"],
  [EXIT.unknown, "an outcome is unknown or a line is still in flight: money may be on its way"],
  [EXIT.billDiffers, "a bill says more than the plan, cannot be read, or is unlike those before"],
  [EXIT.differs, "the two differ (`diff --exit-code`)"],
  [EXIT.interrupted, "interrupted"],
  [EXIT.terminated, "terminated"],
];

// Money that may be on its way comes first; a full disk comes before what is only left to buy.
const MOST_SEVERE_FIRST = [
  EXIT.unknown,
  EXIT.interrupted,
  EXIT.terminated,
  EXIT.billDiffers,
  EXIT.someFailed,
  EXIT.failed,
  EXIT.notApproved,
  EXIT.overBudget,
];

/** Returns the exit code to use if several apply. */
export function chooseMostSevere(codes: readonly number[]): number {
  return MOST_SEVERE_FIRST.find((code) => codes.includes(code)) ?? EXIT.done;
}

export function getSignalExit(signal: Signal): number {
  return signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}
