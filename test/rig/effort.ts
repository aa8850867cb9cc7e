const SEED = 20_261_121;

/** `npm run test:long` sets TOPSHEET_LONG: the laws that guard money are then tried far more often. */
export const LONG = process.env["TOPSHEET_LONG"] !== undefined;

/**
 * What fast-check is to try: `npm test` tries the same cases each time, `npm run test:long` many others each time. A
 * failure prints its seed, which TOPSHEET_LONG=seed tries again.
 */
export function runs(
  few: number,
  many: number,
): { readonly seed: number; readonly numRuns: number } {
  if (!LONG) return { seed: SEED, numRuns: few };
  const seed = Number(process.env["TOPSHEET_LONG"]);
  return { seed: seed > 1 ? seed : Date.now() % 2 ** 31, numRuns: many };
}
