import { add, type MicroUsd, NOTHING, sum } from "../../money/usd.ts";
import type { AdmittedLine } from "../../plan/plan.ts";

/** A shot's place in the film: its takes and variants are alternatives, so that it runs once and costs all of them. */
export interface FilmShot {
  readonly id: string;
  readonly scene: string | null;
  readonly lines: readonly AdmittedLine[];
  /** Of its longest line. */
  readonly seconds: number;
  readonly cost: MicroUsd;
  /** Seconds of film before it. */
  readonly from: number;
  /** What the film costs up to its end. */
  readonly runningCost: MicroUsd;
}

/** The shots in the order of the film, which is that of the manifests. */
export function filmOf(lines: readonly AdmittedLine[]): readonly FilmShot[] {
  const byShot = new Map<string, AdmittedLine[]>();
  for (const line of lines) {
    const known = byShot.get(line.shot);
    if (known === undefined) byShot.set(line.shot, [line]);
    else known.push(line);
  }
  let from = 0;
  let runningCost = NOTHING;
  return [...byShot].map(([id, own]) => {
    const seconds = own.reduce((most, line) => Math.max(most, line.seconds), 0);
    const cost = sum(own.map((line) => line.cost));
    runningCost = add(runningCost, cost);
    const shot = { id, scene: own[0]?.scene ?? null, lines: own, seconds, cost, from, runningCost };
    from += seconds;
    return shot;
  });
}

/** Shots of one scene that follow each other. */
export interface FilmScene {
  readonly scene: string | null;
  readonly shots: readonly FilmShot[];
  readonly seconds: number;
  readonly cost: MicroUsd;
}

export function scenesOf(shots: readonly FilmShot[]): readonly FilmScene[] {
  const runs: FilmShot[][] = [];
  for (const shot of shots) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.scene === shot.scene) last.push(shot);
    else runs.push([shot]);
  }
  return runs.map((own) => ({
    scene: own[0]?.scene ?? null,
    shots: own,
    seconds: own.reduce((seconds, shot) => seconds + shot.seconds, 0),
    cost: sum(own.map((shot) => shot.cost)),
  }));
}
