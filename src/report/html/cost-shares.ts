import { add, type MicroUsd, NOTHING, sum } from "../../money/usd.ts";
import type { AdmittedLine, LineState } from "../../plan/plan.ts";

/** What becomes of a line's cost when the plan is run now. */
export type Fate = "to-spend" | "ordered" | "waiting";

export const FATES: readonly Fate[] = ["ordered", "to-spend", "waiting"];

export function fateInWords(fate: Fate): string {
  switch (fate) {
    case "to-spend":
      return "To spend";
    case "ordered":
      return "Ordered before";
    case "waiting":
      return "Would not start";
  }
}

function fateOf(state: LineState): Fate {
  switch (state) {
    case "to-buy":
    case "changed":
      return "to-spend";
    case "over-cap":
      return "waiting";
    case "in-flight":
    case "unknown":
    case "failed":
    case "settled":
      return "ordered";
  }
}

/** A scene's or a model's part of the whole. */
export interface CostShare {
  /** Null for lines without a scene. */
  readonly name: string | null;
  readonly lines: number;
  readonly seconds: number;
  readonly cost: MicroUsd;
  readonly fates: Readonly<Record<Fate, MicroUsd>>;
}

/** In the order in which they come first; what sorts is up to the reader. */
export function costShares(
  lines: readonly AdmittedLine[],
  nameOf: (line: AdmittedLine) => string | null,
): readonly CostShare[] {
  const shares = new Map<string | null, AdmittedLine[]>();
  for (const line of lines) {
    const name = nameOf(line);
    const own = shares.get(name);
    if (own === undefined) shares.set(name, [line]);
    else own.push(line);
  }
  return [...shares].map(([name, own]) => shareOf(name, own));
}

export function shareOf(name: string | null, lines: readonly AdmittedLine[]): CostShare {
  const fates: Record<Fate, MicroUsd> = { ordered: NOTHING, "to-spend": NOTHING, waiting: NOTHING };
  let seconds = 0;
  for (const line of lines) {
    const fate = fateOf(line.state);
    fates[fate] = add(fates[fate], line.cost);
    seconds += line.seconds;
  }
  return { name, lines: lines.length, seconds, cost: sum(Object.values(fates)), fates };
}
