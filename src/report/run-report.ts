import { currentHolds, type Hold, isOverbilled, purchaseKey } from "../ledger/hold.ts";
import { overageJson } from "./approvals.ts";
import { exact, type MicroUsd, sum } from "../money/usd.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import { needsPerson } from "./where-to-look.ts";

/** A line of the plan beside the hold that its purchase has now. */
export interface RunLine {
  readonly line: AdmittedLine;
  readonly hold: Hold | null;
}

/** What a run has made of its plan: the plan held against the ledger after it, and the holds behind its lines. */
export interface RunReport {
  readonly plan: AdmittedPlan;
  readonly lines: readonly RunLine[];
  readonly rehearsal: boolean;
  /** Why nothing more was started; null where everything was. */
  readonly stopped: { readonly because: string; readonly why: string } | null;
  /** Its holds, duplicates too, of which a person has to say what became of them. */
  readonly asked: readonly Hold[];
  /** The same of the whole campaign. */
  readonly waiting: readonly Hold[];
  readonly totals: RunTotals;
}

interface RunTotals {
  readonly lines: number;
  readonly settled: number;
  readonly delivered: number;
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  readonly toSpend: MicroUsd;
}

export function runReport(
  plan: AdmittedPlan,
  holds: readonly Hold[],
  { rehearsal, stopped }: Pick<RunReport, "rehearsal" | "stopped">,
): RunReport {
  const current = currentHolds(holds);
  const lines = plan.lines.map((line) => ({
    line,
    hold: current.get(purchaseKey({ ...line, edition: plan.edition })) ?? null,
  }));
  const bought = lines.flatMap(({ hold }) => hold ?? []);
  const purchases = new Set(bought.map(purchaseKey));
  const all = holds.filter((hold) => purchases.has(purchaseKey(hold)));
  return {
    plan,
    lines,
    rehearsal,
    stopped,
    asked: all.filter(needsPerson),
    waiting: holds.filter(needsPerson),
    totals: {
      lines: lines.length,
      settled: bought.filter((hold) => hold.state === "settled").length,
      delivered: bought.filter((hold) => hold.delivery !== null).length,
      spent: sum(all.map((hold) => hold.spent)),
      held: sum(all.map((hold) => hold.held)),
      toSpend: plan.totals.toSpend,
    },
  };
}

/** `topsheet/run@1`: what stands of each line of the plan when the run is over. */
export function runJson({ plan, lines, rehearsal, stopped, totals }: RunReport): string {
  const document = {
    schema: "topsheet/run@1",
    campaign: plan.campaign.name,
    rehearsal,
    currency: "USD",
    ledger: plan.ledger === null ? null : { id: plan.ledger },
    lines: lines.map(({ line, hold }) => ({
      key: line.key,
      shot: line.shot,
      scene: line.scene,
      model: line.model,
      endpoint: line.endpoint,
      seconds: line.seconds,
      planned: exact(line.cost),
      fingerprint: line.fingerprint,
      ordinal: line.ordinal,
      state: line.state,
      ...holdJson(hold),
    })),
    totals: {
      lines: totals.lines,
      settled: totals.settled,
      delivered: totals.delivered,
      spent: exact(totals.spent),
      held: exact(totals.held),
      to_spend: exact(totals.toSpend),
    },
    stopped,
    overages: plan.overages.map(overageJson),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What every JSON says of a hold; the path as the run that wrote it named it. */
export function holdJson(hold: Hold | null): object {
  const over = hold !== null && hold.state === "settled";
  return {
    hold: hold?.id ?? null,
    request_id: hold?.request?.id ?? null,
    cost: over ? exact(hold.spent) : null,
    held: hold === null ? "0.00" : exact(hold.held),
    charge: hold?.charge ?? null,
    billable_units: hold?.billableUnits ?? null,
    why: hold?.why ?? null,
    delivered: hold !== null && hold.delivery !== null,
    path: hold?.delivery?.path ?? null,
    sha256: hold?.delivery?.sha256 ?? null,
    warnings: warningsOf(hold),
    duplicate: hold?.duplicate ?? false,
    resolved: hold === null ? null : hold.person,
  };
}

export function warningsOf(hold: Hold | null): readonly string[] {
  return hold === null ? [] : [...billWarnings(hold), ...(hold.delivery?.warnings ?? [])];
}

/** What is not as it should be about its bill. */
export function billWarnings(hold: Pick<Hold, "excess" | "charge" | "doubt">): readonly string[] {
  const { excess, doubt } = hold;
  return [
    ...(isOverbilled(hold) ? [`billed $${exact(excess)} more than planned`] : []),
    ...(doubt === null ? [] : [doubt]),
  ];
}
