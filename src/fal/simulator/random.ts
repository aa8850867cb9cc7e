/** The next number of a repeatable row, at least 0 and below 1. */
export type Chance = () => number;

/** A row of its own for each turn, so that what one job draws never moves what the next one gets (mulberry32). */
export function chanceOf(seed: number, turn: number): Chance {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(turn, 0x85eb_ca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
