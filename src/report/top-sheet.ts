import { type Breaker, getCapKind, type MoneyCap, type PaceCap } from "../budget/caps.ts";
import type { CapRow } from "../budget/decide.ts";
import type { Price } from "../catalogue/prices.ts";
import { formatCount } from "../diagnostics/printable.ts";
import { cents, dollars } from "../money.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { groupBy } from "../plan/group-by.ts";
import {
  type AdmittedLine,
  formatBasis,
  type LineState,
  measureLines,
  type PlanSize,
} from "../plan/plan.ts";
import { describeOverage } from "./approvals.ts";

/** The parts of a plan that a person sees, in every format. */
export interface TopSheet {
  readonly rows: readonly TopSheetRow[];
  readonly lines: readonly AdmittedLine[];
  /** The sum of the lines that are too many to read. */
  readonly rest: PlanSize | null;
  readonly caps: readonly ShownCap[];
  /** How many caps of single shots, models or scenes are not shown: each has more left than those that are. */
  readonly capsLeftOut: number;
  readonly notes: readonly string[];
}

export interface ShownCap extends CapRow<MoneyCap | PaceCap> {
  /** How long the plan takes under a cap on pace, or `never` if one line alone costs more. */
  readonly takes: string | null;
  readonly tooSmall: boolean;
}

/** The lines of one scene on one model. */
export interface TopSheetRow extends PlanSize {
  readonly scene: string | null;
  readonly model: string;
}

const MOST_READ = 40;
const FEW_READ = 20;
const MOST_ROWS = 60;
const MOST_SHOT_CAPS = 8;
const MOST_NAMED_CAPS = 30;
const CENT = 10_000;

export function makeTopSheet(plan: AdmittedPlan): TopSheet {
  const { shown: lines, others } = chooseReadable(plan.lines, ({ cost }) => cost);
  const { caps, leftOut } = chooseCaps(plan);
  return {
    rows: chooseOverview(sumBySceneAndModel(plan.lines)),
    lines,
    rest: others.length === 0 ? null : measureLines(others),
    caps,
    capsLeftOut: leftOut,
    notes: makePlanNotes(plan),
  };
}

/** Sums the lines of each scene and model; scenes in order. */
export function sumBySceneAndModel(lines: readonly AdmittedLine[]): readonly TopSheetRow[] {
  const groups = groupBy(lines, ({ scene, model }) => JSON.stringify([scene, model]));
  return [...groups.values()]
    .map((own) => ({ scene: own[0].scene, model: own[0].model, ...measureLines(own) }))
    .toSorted((a, b) => compareScenes(a.scene, b.scene));
}

function chooseOverview(rows: readonly TopSheetRow[]): readonly TopSheetRow[] {
  return rows.length <= MOST_ROWS ? rows : sumByModel(rows);
}

/** Sums by model alone: hundreds of scenes are no overview. */
function sumByModel(rows: readonly TopSheetRow[]): readonly TopSheetRow[] {
  return [...groupBy(rows, (row) => row.model)].map(([model, own]) => {
    const lines = own.reduce((total, row) => total + row.lines, 0);
    return { scene: null, model, ...measureLines(own), lines };
  });
}

// Made only when scenes are compared: making it takes as long as the rest of a small plan's report.
let scenes: Intl.Collator | undefined;

/** Sorts scene 2 before scene 10, and shots without a scene last. */
export function compareScenes(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  scenes ??= new Intl.Collator("en", { numeric: true });
  return a === b ? 0 : scenes.compare(a, b);
}

/** Chooses all items, or those that weigh most if they are too many to read, in their order. */
export function chooseReadable<Item>(
  items: readonly Item[],
  weigh: (item: Item) => number,
): { readonly shown: readonly Item[]; readonly others: readonly Item[] } {
  if (items.length <= MOST_READ) return { shown: items, others: [] };
  const heaviest = new Set(items.toSorted((a, b) => weigh(b) - weigh(a)).slice(0, FEW_READ));
  return {
    shown: items.filter((item) => heaviest.has(item)),
    others: items.filter((item) => !heaviest.has(item)),
  };
}

function chooseCaps(plan: AdmittedPlan): {
  readonly caps: TopSheet["caps"];
  readonly leftOut: number;
} {
  const perShot = plan.moneyCaps
    .filter(({ cap, of }) => getCapKind(cap).states === "amount" && of !== null)
    .toSorted((a, b) => a.left - b.left);
  const pressing = perShot.filter((row) => row.verdict !== "ok").slice(0, MOST_SHOT_CAPS);
  const shown = new Set<CapRow<MoneyCap>>(pressing.length > 0 ? pressing : perShot.slice(0, 1));
  const named = plan.moneyCaps
    .filter((row) => getCapKind(row.cap).states !== "amount")
    .toSorted((a, b) => a.left - b.left)
    .slice(0, MOST_NAMED_CAPS);
  for (const row of named) shown.add(row);
  const money = plan.moneyCaps
    .filter((row) => row.cap === "cap" || shown.has(row))
    .map((row) => ({ ...row, takes: null, tooSmall: false }));
  const dearest = plan.lines.reduce(
    (most, line) => (line.state === "over-cap" ? Math.max(most, line.cost) : most),
    0,
  );
  const pace = plan.paceCaps.map((row): ShownCap => {
    const tooSmall = dearest > row.limit;
    const long = row.windows > 1 ? `${row.windows} ${row.cap.replace("per_", "")}s` : null;
    return { ...row, takes: tooSmall ? "never" : long, tooSmall };
  });
  return { caps: [...money, ...pace], leftOut: plan.moneyCaps.length - money.length };
}

export const UNTAGGED =
  "by_tag: what an older topsheet bought has no tags and counts under none of these caps.";

/** Says where the prices come from, what their sources do not say, and whether there is a ledger. */
export function makePlanNotes(plan: AdmittedPlan): readonly string[] {
  const prices = new Map<Price, string>();
  for (const { price, model } of plan.lines) prices.set(price, model);
  const unsure = new Map<string, string>();
  for (const [price, model] of prices) if (price.note !== null) unsure.set(model, price.note);
  return [
    describePriceBook(plan.priceBook),
    ...(plan.lines.some((line) => line.cost % CENT !== 0)
      ? ["Costs are shown to the cent; sums are made of exact amounts."]
      : []),
    ...[...unsure].map(([model, note]) => `* ${model}: ${note}.`),
    ...describeBreaker(plan.campaign.caps.breaker),
    ...plan.overages.map(describeOverage),
    ...(plan.untagged && plan.moneyCaps.some(({ cap }) => cap === "by_tag") ? [UNTAGGED] : []),
    ...(plan.campaign.approval === "required"
      ? ["Every real purchase has to be in an approved plan."]
      : []),
    ...(plan.ledger === null ? ["No ledger: everything counts as unbought."] : []),
  ];
}

function describeBreaker(breaker: Breaker): readonly string[] {
  const { usdPerHour, failuresInARow, unknownUsd } = breaker;
  const trips = [
    ...(usdPerHour === null ? [] : [`${dollars(usdPerHour)} within an hour`]),
    ...(failuresInARow === null ? [] : [`${formatCount(failuresInARow, "failure")} in a row`]),
    ...(unknownUsd === null ? [] : [`more than ${dollars(unknownUsd)} of unknown outcome`]),
  ];
  return trips.length === 0 ? [] : [`Breaker: a run ends at ${trips.join(", ")}.`];
}

function describePriceBook({ asOf, ownAsOf }: AdmittedPlan["priceBook"]): string {
  const own = ownAsOf === null ? "" : `, your own of ${ownAsOf}`;
  return `List prices of ${asOf}${own}, in US dollars a second.`;
}

/** Says whether a plan fits, in the words of every format. */
export function describeVerdict({ moneyCaps, paceCaps, verdict }: AdmittedPlan): string {
  switch (verdict) {
    case "ok":
      return moneyCaps.length + paceCaps.length === 0 ? NO_CAPS : "Fits.";
    case "warn":
      return moneyCaps.length + paceCaps.length === 0 ? NO_CAPS : "Fits, with warnings.";
    case "over-budget":
      return "Over budget.";
  }
}

const NO_CAPS = "No caps to hold it against.";

/** Says how large a plan is, and what a run would spend now. */
export function describeSpending({ totals, lines, verdict }: AdmittedPlan): string {
  const size = `${formatCount(totals.lines, "line")}, ${totals.seconds} s`;
  const spend = cents(totals.toSpend);
  if (verdict !== "over-budget") return `${size}, ${spend} to spend.`;
  const waiting = lines.filter((line) => line.state === "over-cap").length;
  return `${size}; ${waiting} would not start, the others spend ${spend}.`;
}

/** Describes how a line's cost is made up, with a star if a note says more about the price. */
export function describeBasis(line: Pick<AdmittedLine, "seconds" | "price">): string {
  return `${formatBasis(line)}${line.price.note === null ? "" : "*"}`;
}

/** Describes a line's state, in the words of every format that people read. */
export function describeLineState(state: LineState): string {
  return state.replace("-", " ");
}
