import { type AgreedTerms, agreeTerms, type Terms } from "../../budget/terms.ts";
import { toPrintable } from "../../diagnostics/printable.ts";
import { findUnapproved } from "../../ledger/approval.ts";
import type { LedgerBook } from "../../ledger/ledger.ts";
import { admit, type AdmittedPlan } from "../../plan/admit.ts";
import { setTerms } from "../../plan/campaign.ts";
import type { Plan, PlanLine } from "../../plan/plan.ts";
import { NO_LEDGER, type Purchases } from "../../plan/purchases.ts";
import { describeApproval } from "../../report/approvals.ts";
import { makeOrders } from "../../run/make-orders.ts";
import { findNearCampaigns } from "../find-campaigns.ts";

/** A plan after it was compared with what a ledger has of its campaign. */
export interface EvaluatedPlan {
  readonly plan: AdmittedPlan;
  readonly agreed: AgreedTerms;
  /** The campaign's terms when the ledger was read; null if it had none. */
  readonly basedOn: Terms | null;
  /** Whether the ledger has a purchase of the campaign that must not be made again. */
  readonly bought: boolean;
}

/** Compares a plan with what a ledger has of its campaign; without a ledger everything counts as unbought. */
export async function evaluatePlan(
  plan: Plan,
  book: LedgerBook | null,
  options: {
    readonly retryFailed: boolean;
    readonly now: number;
    /** Which of the lines that were bought with other input are bought again; all of them by default. */
    readonly rebuys?: (line: PlanLine) => boolean;
    /** Applies what the command line changes in the plan, such as a cap. */
    readonly asked?: (plan: Plan) => Plan;
  },
): Promise<EvaluatedPlan> {
  const { plan: held, agreed, basedOn } = await applyTerms(plan, book);
  const { name } = plan.campaign;
  const purchases = await findPurchases(name, book, options);
  const near = book === null ? [] : await findNearCampaigns(book, plan);
  const asked = options.asked?.(held) ?? held;
  const wary = { ...asked, diagnostics: [...near, ...asked.diagnostics] };
  const admitted = admit(wary, purchases, options.now, options.rebuys);
  return { plan: admitted, agreed, basedOn, bought: purchases.bought };
}

/** Loads what reads a ledger only if there is one: most plans are made before anything is bought. */
async function findPurchases(
  campaign: string,
  book: LedgerBook | null,
  options: { readonly retryFailed: boolean },
): Promise<Purchases & { readonly bought: boolean }> {
  if (book === null) return { ...NO_LEDGER, bought: false };
  const { readPurchases } = await import("../../run/read-purchases.ts");
  return await readPurchases(book, campaign, options);
}

/** Applies the terms of the campaign's last run if the files state no others. */
export async function applyTerms(
  plan: Plan,
  book: LedgerBook | null,
): Promise<Pick<EvaluatedPlan, "agreed" | "basedOn"> & { readonly plan: Plan }> {
  const { name, caps, timezone, statesTimezone, approval } = plan.campaign;
  const stated = { caps, timezone: statesTimezone ? timezone : null, approval };
  const basedOn = book === null ? null : await book.terms(name);
  const agreed = agreeTerms(stated, basedOn);
  return { plan: setTerms(plan, agreed.terms), agreed, basedOn };
}

/** What is printed about a plan's approvals. */
export interface DescribedApprovals {
  readonly approvals: readonly string[];
  /** Says how many lines lack an approval that they need; null if none do. */
  readonly unapproved: string | null;
}

/** Times in milliseconds UTC. */
export async function describeApprovals(
  { plan, agreed }: EvaluatedPlan,
  book: LedgerBook,
  now: number,
): Promise<DescribedApprovals> {
  const { name, timezone } = plan.campaign;
  const approvals = await book.approvals(name);
  const told = approvals.map((one) => describeApproval(one, timezone));
  const needed = agreed.terms.approval === "required";
  const orders = needed ? makeOrders(plan, () => true) : [];
  const { length } = findUnapproved(orders, approvals, now);
  const lines = length === 1 ? "1 line is" : `${length} lines are`;
  const advice = "save the plan with -o plan.json, and `topsheet approve` it";
  return {
    approvals: told,
    unapproved: length === 0 ? null : `${lines} not approved yet: ${advice}.`,
  };
}

/** Describes the caps that are higher than before: printed even with --quiet. */
export function describeRaisedCaps({ raised }: Pick<AgreedTerms, "raised">): readonly string[] {
  return raised.map(
    ({ name, before, after }) =>
      `${toPrintable(name)} was ${toPrintable(before)} in the campaign's last run, and is ${toPrintable(after)} now.`,
  );
}

/** Describes caps that the files do not state, or state higher than before. */
export function describeTerms({ remembered, raised }: AgreedTerms): readonly string[] {
  const held = remembered.map(toPrintable).join(", ");
  return [
    ...(remembered.length > 0 ? [`Held by caps of the campaign's last run too: ${held}.`] : []),
    ...describeRaisedCaps({ raised }),
  ];
}
