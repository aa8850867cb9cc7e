// When to ask whether a job is done where nobody tells us. Times in milliseconds.

/** A completion is noticed within this share of the time the job took. */
const LATENESS = 0.05;
/** Before this, few jobs are done: only a handful of looks. */
const EARLY = [3_000, 8_000, 20_000, 42_000];

/** No job is left longer than this without a look: one may be taken up after a day. */
export const SELDOM = 60_000;

/**
 * How long after its submission to ask next, when it was last asked at `asked`. Each look is 5 % later than the
 * one before, so that lateness is a share of the time taken and the number of looks grows with its logarithm:
 * 26 for a job of two minutes, 59 for one of ten. What jobs of this kind took before (`took`) moves the early
 * looks to where they were soonest done.
 */
export function nextLook(asked: number, took: readonly number[]): number {
  const early = took.length < 3 ? EARLY : expected(Math.min(...took));
  const next = early.find((look) => look > asked);
  const last = early.at(-1) ?? 0;
  if (asked < last) return next ?? last;
  return Math.min(asked * (1 + LATENESS), asked + SELDOM);
}

/** From a tenth before the shortest that was ever seen on, every 5 %. */
function expected(shortest: number): readonly number[] {
  const start = Math.max(shortest * 0.9, 500);
  return [start / 2, start];
}

/** The middle of what jobs of this kind took; null where too few are known. */
export function usually(took: readonly number[]): number | null {
  if (took.length < 3) return null;
  const sorted = took.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
