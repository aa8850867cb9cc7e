import { add, cents, type MicroUsd, NOTHING } from "../money.ts";
import { type AdmittedLine, type LineState, measureLines, type PlanSize } from "../plan/plan.ts";
import { groupBy } from "../plan/group-by.ts";
import { type Bar, drawBars, keepDearest, renderFigure, type Key, PAINT } from "./chart.ts";
import type { Html } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";

/** A chart's title, what its rows are, and the rows, the first on top. */
interface CostChart {
  readonly title: string;
  readonly of: string;
  readonly shares: readonly CostShare[];
  readonly total: CostShare;
}

/** Draws bars, with the same figures as a table. */
export function renderCostChart(of: CostChart): Html {
  const fates = FATE_ORDER.filter((fate) => of.total.fates[fate] > 0);
  const rows = keepDearest(of.shares, ({ cost }) => cost).map((share) => toBar(share, fates));
  const left = of.shares.length - rows.length;
  return renderFigure({
    caption: of.title,
    keys: fates.length > 1 ? fates.map((fate): Key => [fate, FATES[fate].words]) : [],
    wide: drawBars(rows, 540),
    narrow: drawBars(rows, 330),
    note: left === 0 ? null : `The ${rows.length} dearest; ${left} more in the table.`,
    figures: { of: of.title.toLowerCase(), table: renderFigures(of, fates) },
  });
}

function toBar({ name, cost, fates: parts }: CostShare, fates: readonly Fate[]): Bar {
  return {
    name: name ?? "–",
    parts: fates.map((fate) => ({ paint: FATES[fate].paint, size: parts[fate] })),
    label: cents(cost),
  };
}

function renderFigures({ title, of, shares, total }: CostChart, fates: readonly Fate[]): Html {
  const split = fates.length > 1 ? fates : [];
  return renderTable<CostShare>({
    caption: title,
    look: "figures",
    columns: [
      { name: "name", heading: of, kind: "text", value: ({ name }) => name },
      { name: "lines", kind: "count", value: ({ lines }) => lines },
      { name: "seconds", kind: "count", value: ({ seconds }) => seconds },
      ...split.map((fate): PageColumn<CostShare> => ({
        name: fate,
        heading: FATES[fate].words,
        kind: "usd",
        value: ({ fates: amounts }) => amounts[fate],
      })),
      { name: "cost", kind: "usd", value: ({ cost }) => cost },
    ],
    rows: shares,
    total: { label: "Total", row: total },
  });
}

/** What becomes of a line's cost if the plan is run now. */
type Fate = keyof typeof FATES;

const FATES = {
  ordered: { words: "Ordered before", paint: PAINT.spent },
  "to-spend": { words: "To spend", paint: PAINT.planned },
  waiting: { words: "Would not start", paint: PAINT.over },
} as const;

const FATE_ORDER: readonly Fate[] = ["ordered", "to-spend", "waiting"];

const FATE_BY_STATE: Readonly<Record<LineState, Fate>> = {
  "to-buy": "to-spend",
  changed: "to-spend",
  "over-cap": "waiting",
  "in-flight": "ordered",
  unknown: "ordered",
  failed: "ordered",
  settled: "ordered",
};

/** The share of a scene or a model in the cost. */
interface CostShare extends PlanSize {
  /** Null for lines without a scene. */
  readonly name: string | null;
  readonly fates: Readonly<Record<Fate, MicroUsd>>;
}

/** Splits the cost of lines by a name. Shares are in the order of their first lines. */
export function splitCost(
  lines: readonly AdmittedLine[],
  nameOf: (line: AdmittedLine) => string | null,
): readonly CostShare[] {
  return [...groupBy(lines, nameOf)].map(([name, own]) => sumShare(name, own));
}

export function sumShare(name: string | null, lines: readonly AdmittedLine[]): CostShare {
  const fates: Record<Fate, MicroUsd> = { ordered: NOTHING, "to-spend": NOTHING, waiting: NOTHING };
  for (const { state, cost } of lines) {
    const fate = FATE_BY_STATE[state];
    fates[fate] = add(fates[fate], cost);
  }
  return { name, ...measureLines(lines), fates };
}
