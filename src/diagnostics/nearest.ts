import { distance } from "fastest-levenshtein";

// Long enough for every name we have; a hostile megabyte is not worth comparing.
const LONGEST = 80;

/** The candidate a typing slip away from `word`, if there is one: a third of its letters may differ, of "9" none. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const written = word.toLowerCase();
  const allowed = Math.floor(word.length / 3);
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const candidate of candidates) {
    const away = distance(written, candidate.toLowerCase());
    if (away < bestDistance) [best, bestDistance] = [candidate, away];
  }
  return best;
}

/** `did you mean "prompt"?`, or what is legal where nothing is near. */
export function guess(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined
    ? `known here: ${candidates.join(", ")}`
    : `did you mean ${JSON.stringify(near)}?`;
}
