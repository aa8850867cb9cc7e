const SEED = 20_261_121;

/** `npm run test:long` sets TOPSHEET_LONG: the laws that guard money are then tried far more often. */
export const LONG = process.env["TOPSHEET_LONG"] !== undefined;

/**
 * What fast-check is to try: the same cases each time, so that no change is refused for a case that it did not bring.
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
 * How often at least each kind of answer has to come in so many runs: a law that never met one says nothing of it. From
 * a new seed, the rarest ones come once or twice.
 */
export function fewest(numRuns: number): number {
  return LONG ? 1 : Math.max(1, Math.floor(numRuns / 25));
}
