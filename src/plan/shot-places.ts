import type { Place } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import type { Manifest } from "../manifest/manifest.ts";

/** The id of the shot in whose text a place is; null for a place that is in none. */
export type ShotAt = (place: Place) => string | null;

interface Stretch {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** Looked up only when something is asked for: a plan without complaints never needs the tree of its text. */
export function shotPlaces(manifests: readonly Manifest[]): ShotAt {
  const bySource = new Map<SourceText, readonly Stretch[]>();
  const stretchesOf = (source: SourceText): readonly Stretch[] => {
    const known = bySource.get(source);
    if (known !== undefined) return known;
    const stretches = manifests
      .filter(({ written }) => written.source === source)
      .flatMap(({ shots, written }) =>
        shots.map(({ own: { id }, path }) => ({ id, ...written.placeOf(path) })),
      )
      .toSorted((a, b) => a.start - b.start);
    bySource.set(source, stretches);
    return stretches;
  };
  return ({ source, start }) => {
    const stretches = stretchesOf(source);
    let low = 0;
    let high = stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((stretches[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const last = stretches[low - 1];
    return last !== undefined && start < last.end ? last.id : null;
  };
}
