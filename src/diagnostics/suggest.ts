import { distance } from "fastest-levenshtein";
import { listFirst, quote, toPrintable } from "./printable.ts";

// Long enough for every name we have; a hostile megabyte is not worth comparing.
const LONGEST = 80;

/** Finds the candidate that `word` may be a misspelling of: up to three letters may differ, none in one as short as "9". */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const written = word.toLowerCase();
  // The beginning of exactly one name stands for that name, not for one with fewer letters to change.
  const all = [...candidates];
  const begun = all.filter((candidate) => candidate.toLowerCase().startsWith(written));
  if (word.length > 3 && begun.length === 1) return begun[0];
  // Swapped letters count as two.
  const allowed = word.length < 3 ? 0 : word.length < 5 ? 1 : word.length < 10 ? 2 : 3;
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const candidate of all) {
    const away = distance(written, candidate.toLowerCase());
    if (away < bestDistance) [best, bestDistance] = [candidate, away];
  }
  return best;
}

const LISTED = 12;

/** Suggests a near name, `did you mean "prompt"?`, or lists the candidates if none is near. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = findNearest(word, candidates);
  if (near !== undefined) return `did you mean ${quote(near)}?`;
  return `known here: ${listFirst(candidates.map(toPrintable), LISTED)}`;
}
