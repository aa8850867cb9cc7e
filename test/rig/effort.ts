const SEED = 20_261_121;

/** `npm run test:long` sets TOPSHEET_LONG: laws about money are then tried far more often. */
export const LONG = process.env["TOPSHEET_LONG"] !== undefined;

/**
 * Returns how many cases fast-check tries: the same ones each time, so that no change fails for a case that it did not add.
 * TOPSHEET_LONG=new tries others; a failure prints its seed, which TOPSHEET_LONG=seed tries again.
 */
export function runs(
  few: number,
  many: number,
): { readonly seed: number; readonly numRuns: number } {
  if (!LONG) return { seed: SEED, numRuns: few };
  const asked = process.env["TOPSHEET_LONG"];
  if (asked === "new") return { seed: Date.now() % 2 ** 31, numRuns: many };
  const seed = Number(asked);
  return { seed: seed > 1 ? seed : SEED, numRuns: many };
}

/**
 * Returns how often each kind of answer must occur at least in so many runs: a law that never met one proves nothing about
 * it. With a new seed, the rarest ones occur once or twice.
 */
export function fewest(numRuns: number): number {
  return LONG ? 1 : Math.max(1, Math.floor(numRuns / 25));
}
