import type { MoneyCap } from "../budget/caps.ts";
import { type CapRow, decide } from "../budget/decide.ts";
import { type Overage, raiseCaps } from "../budget/terms.ts";
import { checkPace, type PaceRow } from "../budget/pace.ts";
import { hasErrors, sortDiagnostics } from "../diagnostics/diagnostic.ts";
import { type MicroUsd, sum } from "../money.ts";
import { checkCaps } from "./check-caps.ts";
import {
  type AdmittedLine,
  type LineState,
  measureLines,
  type Plan,
  type PlanLine,
  type PlanSize,
} from "./plan.ts";
import type { Purchases } from "./purchases.ts";

interface Totals extends PlanSize {
  /** What is still to be bought and fits under the caps on money; caps on pace spread it over time. */
  readonly toSpend: MicroUsd;
}

const admitted: unique symbol = Symbol("admitted");

/** A plan that was checked against the caps and what is bought already. Only `admit` makes one, and nothing else can be run. */
export interface AdmittedPlan extends Omit<Plan, "lines"> {
  readonly [admitted]: true;
  readonly ledger: string | null;
  /** Whether the ledger is for rehearsals: nothing of the plan is bought. */
  readonly rehearsal: boolean;
  /** What was added to its caps: the rows have it in their limits, `campaign.caps` has not. */
  readonly overages: readonly Overage[];
  /** Whether some of what is bought has no tags, and counts under no cap by tag. */
  readonly untagged: boolean;
  readonly lines: readonly AdmittedLine[];
  readonly totals: Totals;
  readonly moneyCaps: readonly CapRow<MoneyCap>[];
  readonly paceCaps: readonly PaceRow[];
  readonly verdict: "ok" | "warn" | "over-budget";
}

/**
 * Checks a plan against the caps and what is bought already, and decides which lines a run would start, in run order
 * (higher priority first, then the order of the plan). `now` in milliseconds UTC.
 */
export function admit(
  plan: Plan,
  purchases: Purchases,
  now: number,
  /** Which of the lines that were bought with other input are to be bought again. */
  rebuys: (line: PlanLine) => boolean = () => true,
): AdmittedPlan {
  const { name: campaign, timezone } = plan.campaign;
  // `--cap` asks about another cap: what was added to the campaign's own does not count.
  const overages = purchases.overages.filter(({ cap }) => cap !== "cap" || !plan.campaign.capAsked);
  const caps = raiseCaps(plan.campaign, overages, now);
  const states = new Map<PlanLine, LineState>();
  for (const line of plan.lines) {
    const state = purchases.findState({ ...line, campaign, edition: plan.edition });
    states.set(line, state === "unbought" ? "to-buy" : state);
  }
  const waiting = sortForRun(plan.lines).filter((line) => {
    const state = states.get(line);
    return state === "to-buy" || (state === "changed" && rebuys(line));
  });
  const money = decide(caps, waiting, purchases.used);
  const costs = waiting.filter((_, turn) => money.starts[turn]).map(({ cost }) => cost);
  const refused = waiting.filter((_, turn) => money.starts[turn] === false);
  for (const line of refused) states.set(line, "over-cap");
  const dearest = waiting.reduce((most, { cost }) => Math.max(most, cost), 0);
  // A line that costs more than a whole window never starts, however little is planned beside it.
  const clock = { now, timezone };
  const paces = checkPace(caps, costs, purchases.used, clock, plan.campaign.caps).map(
    (row): PaceRow => (dearest > row.limit ? { ...row, verdict: "over" } : row),
  );
  const lines = plan.lines.map((line) => setState(line, states.get(line) ?? "to-buy"));
  const complaints = checkCaps({
    campaign: { ...plan.campaign, caps },
    stated: plan.campaign.caps,
    refused,
    moneyCaps: money.rows,
    paceCaps: paces,
  });
  const diagnostics = sortDiagnostics([...plan.diagnostics, ...complaints], plan.sources);
  return {
    ...plan,
    [admitted]: true,
    ledger: purchases.ledger,
    rehearsal: purchases.rehearsal,
    overages,
    untagged: purchases.untagged === true,
    lines,
    totals: { ...measureLines(lines), toSpend: sum(costs) },
    moneyCaps: money.rows,
    paceCaps: paces,
    diagnostics,
    verdict: hasErrors(diagnostics) ? "over-budget" : diagnostics.length > 0 ? "warn" : "ok",
  };
}

/** Copies field by field: a spread takes ten times as long, which shows with 100,000 lines. */
function setState(line: PlanLine, state: LineState): AdmittedLine {
  return {
    key: line.key,
    shot: line.shot,
    scene: line.scene,
    tags: line.tags,
    priority: line.priority,
    take: line.take,
    variant: line.variant,
    model: line.model,
    endpoint: line.endpoint,
    seconds: line.seconds,
    price: line.price,
    cost: line.cost,
    input: line.input,
    fingerprint: line.fingerprint,
    ordinal: line.ordinal,
    state,
  };
}

/** Sorts lines into the order in which a run starts them. */
export function sortForRun<Line extends Pick<PlanLine, "priority">>(
  lines: readonly Line[],
): readonly Line[] {
  return lines.toSorted((a, b) => b.priority - a.priority);
}
