import { add, cents, type MicroUsd, NOTHING, sum } from "../money.ts";
import type { AdmittedLine, LineState } from "../plan/plan.ts";
import { groupBy } from "../plan/group-by.ts";
import { type Bar, drawBars, renderFigure, type Key, PAINT } from "./chart.ts";
import type { Html } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";

/** A chart's title, what its rows are, and the rows, the first on top. */
interface CostChart {
  readonly title: string;
  readonly of: string;
  readonly shares: readonly CostShare[];
  readonly total: CostShare;
}

// More bars cannot be told apart; the table below them has all figures.
const MOST_BARS = 14;

const FATE_PAINT: Readonly<Record<Fate, string>> = {
  ordered: PAINT.spent,
  "to-spend": PAINT.planned,
  waiting: PAINT.over,
};

/** Draws bars, with the same figures as a table. */
export function renderCostChart(of: CostChart): Html {
  const fates = FATES.filter((fate) => of.total.fates[fate] > 0);
  const rows = keepDearest(of.shares).map((share) => toBar(share, fates));
  const left = of.shares.length - rows.length;
  return renderFigure({
    caption: of.title,
    keys: fates.length > 1 ? fates.map((fate): Key => [fate, describeFate(fate)]) : [],
    wide: drawBars(rows, 540),
    narrow: drawBars(rows, 330),
    note: left === 0 ? null : `The ${rows.length} dearest; ${left} more in the table.`,
    figures: { of: of.title.toLowerCase(), table: renderFigures(of, fates) },
  });
}

function keepDearest(shares: readonly CostShare[]): readonly CostShare[] {
  if (shares.length <= MOST_BARS) return shares;
  const kept = new Set(shares.toSorted((a, b) => b.cost - a.cost).slice(0, MOST_BARS));
  return shares.filter((share) => kept.has(share));
}

function toBar({ name, cost, fates: parts }: CostShare, fates: readonly Fate[]): Bar {
  return {
    name: name ?? "–",
    parts: fates.map((fate) => ({ paint: FATE_PAINT[fate], size: parts[fate] })),
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
        heading: describeFate(fate),
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
type Fate = "to-spend" | "ordered" | "waiting";

const FATES: readonly Fate[] = ["ordered", "to-spend", "waiting"];

function describeFate(fate: Fate): string {
  switch (fate) {
    case "to-spend":
      return "To spend";
    case "ordered":
      return "Ordered before";
    case "waiting":
      return "Would not start";
  }
}

function classifyState(state: LineState): Fate {
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

/** The share of a scene or a model in the cost. */
interface CostShare {
  /** Null for lines without a scene. */
  readonly name: string | null;
  readonly lines: number;
  readonly seconds: number;
  readonly cost: MicroUsd;
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
  let seconds = 0;
  for (const line of lines) {
    const fate = classifyState(line.state);
    fates[fate] = add(fates[fate], line.cost);
    seconds += line.seconds;
  }
  return { name, lines: lines.length, seconds, cost: sum(Object.values(fates)), fates };
}
