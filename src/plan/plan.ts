import type { Price, PriceBook } from "../catalogue/prices.ts";
import type { Diagnostic, Place } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { exact, type MicroUsd, sum } from "../money.ts";
import type { Campaign } from "./campaign.ts";
import type { PurchaseState } from "./purchases.ts";

/** One generation, complete: the runner neither validates nor prices it again. */
export interface PlanLine {
  readonly key: string;
  readonly shot: string;
  readonly scene: string | null;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly take: number;
  readonly variant: Readonly<Record<string, string>>;
  readonly model: string;
  readonly endpoint: string;
  readonly seconds: number;
  readonly price: Price;
  readonly cost: MicroUsd;
  /** Exactly what will be sent. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  /** This is the n-th line of the campaign with that fingerprint, counted before any filter. */
  readonly ordinal: number;
}

export type LineState = "to-buy" | "over-cap" | Exclude<PurchaseState, "unbought">;

export interface AdmittedLine extends PlanLine {
  readonly state: LineState;
}

/** How much a plan is, or some of its lines are. */
export interface PlanSize {
  readonly lines: number;
  readonly seconds: number;
  readonly cost: MicroUsd;
}

export function measureLines(lines: readonly Pick<PlanLine, "seconds" | "cost">[]): PlanSize {
  return {
    lines: lines.length,
    seconds: lines.reduce((total, line) => total + line.seconds, 0),
    cost: sum(lines.map((line) => line.cost)),
  };
}

/** What a plan is made from, known even if no plan can be made. */
export interface PlanOrigin {
  readonly campaign: Campaign;
  readonly priceBook: PriceBook;
  /** The user's own price file, from where the program runs; null for none. */
  readonly priceFile: string | null;
  /** Every file that was read, in the order in which complaints about them are printed. */
  readonly sources: readonly SourceText[];
  /** SHA-256 (hex) of each file's bytes; null for one that could not be read. */
  readonly manifests: readonly { readonly path: string; readonly sha256: string | null }[];
}

export interface Plan extends PlanOrigin {
  /** The scheduled local time of an edition that is bought anew; empty for everything else. */
  readonly edition: string;
  readonly lines: readonly PlanLine[];
  readonly findShot: FindShot;
  /** Warnings only: a plan is made only if there is no error. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Makes a plan an edition of a schedule that repeats: its lines are other purchases than those of the editions before,
 * and every key names the edition, `hero~t1@2026-11-21T01:00`.
 */
export function makeEdition(plan: Plan, edition: string): Plan {
  const lines = plan.lines.map((line) => ({ ...line, key: makeEditionKey(line.key, edition) }));
  return { ...plan, edition, lines };
}

/** Makes the key of a line in an edition. A line that is bought once keeps its own. */
export function makeEditionKey(key: string, edition: string): string {
  return edition === "" ? key : `${key}@${edition}`;
}

/** Formats the arithmetic of a line's cost: `7 s × $0.42`. */
export function formatBasis({ seconds, price }: Pick<PlanLine, "seconds" | "price">): string {
  return `${seconds} s × $${exact(price.perSecond)}`;
}

/** Finds the id of the shot whose text contains a place. Returns null if there is none. */
export type FindShot = (place: Place) => string | null;

interface ShotRange {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** Finds places only when asked: a plan without complaints never needs the tree of its text. */
export function indexShotPlaces(manifests: readonly Manifest[]): FindShot {
  const bySource = new Map<SourceText, readonly ShotRange[]>();
  const listRanges = (source: SourceText): readonly ShotRange[] => {
    const known = bySource.get(source);
    if (known !== undefined) return known;
    const ranges = manifests
      .filter(({ yaml }) => yaml.source === source)
      .flatMap(({ shots, yaml }) =>
        shots.map(({ own: { id }, path }) => ({ id, ...yaml.findPlace(path) })),
      )
      .toSorted((a, b) => a.start - b.start);
    bySource.set(source, ranges);
    return ranges;
  };
  return ({ source, start }) => {
    const ranges = listRanges(source);
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const last = ranges[low - 1];
    return last !== undefined && start < last.end ? last.id : null;
  };
}
