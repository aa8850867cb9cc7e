import type { Overage } from "../budget/overage.ts";
import { modelNamed } from "../catalogue/models.ts";
import { counted, printable, shortened } from "../diagnostics/printable.ts";
import type { Approved, StandingApproval } from "../ledger/approval.ts";
import { cents, dollars, exact } from "../money/usd.ts";
import type { MicroUsd } from "../money/usd.ts";

type Refusal = Pick<Extract<Approved, { readonly is: "unapproved" }>, "why" | "nearest">;

/** Why an order is not approved. */
export function unapprovedInWords({ why, nearest }: Refusal, cost: MicroUsd): string {
  const by = printable(nearest?.approval.by ?? "");
  switch (why) {
    case "not-in-plan":
      return "it is in no approved plan";
    case "taken":
      return `its approved line ${printable(nearest?.line.key ?? "")} was bought already`;
    case "dearer":
      return `it costs ${dollars(cost)}, ${by} approved ${dollars(nearest?.line.cost ?? cost)}`;
    case "expired":
      return `what ${by} approved ended ${instant(nearest?.approval.until ?? 0)}`;
    case "over-limit":
      return nearest === null ? "it is over the limit" : leftInWords(nearest.approval);
  }
}

/** Why some of a run's orders are not approved, shortly: all that go over a limit are one sentence. */
export function refusalsInWords(
  refusals: readonly {
    readonly order: { readonly key: string; readonly cost: MicroUsd };
    readonly refusal: Refusal;
  }[],
  /** What all of the run's orders cost. */
  asked: MicroUsd,
  approvals: readonly StandingApproval[],
): readonly string[] {
  const over = refusals.filter(({ refusal }) => refusal.why === "over-limit");
  const others = refusals.filter(({ refusal }) => refusal.why !== "over-limit");
  const plans = new Set(over.map(({ refusal }) => refusal.nearest?.approval.plan));
  return [
    ...approvals
      .filter(({ plan }) => plans.has(plan))
      .map((one) => `what is to be bought costs ${dollars(asked)}: ${leftInWords(one)}`),
    ...others
      .slice(0, MOST_TOLD)
      .map(
        ({ order, refusal }) =>
          `${printable(order.key)}: ${unapprovedInWords(refusal, order.cost)}`,
      ),
    ...(others.length > MOST_TOLD
      ? [`and ${counted(others.length - MOST_TOLD, "line")} more`]
      : []),
  ];
}

const MOST_TOLD = 10;

/** `Jo approved $65.00, of which $12.00 is spent or held`. */
function leftInWords({ by, limit, used }: Pick<StandingApproval, "by" | "limit" | "used">): string {
  return `${printable(by)} approved ${dollars(limit)}, of which ${dollars(used)} is spent or held`;
}

/** An approval on a line of its own. */
export function approvalInWords(approval: StandingApproval): string {
  const until = approval.until === null ? "" : `, until ${instant(approval.until)}`;
  return `Plan ${approval.plan.slice(0, 12)}: ${leftInWords(approval)}${until}.`;
}

/** What was added to a cap, by whom and why. */
export function overageInWords({ cap, of, amount, by, why, at }: Overage): string {
  const name = of === null ? cap : `${cap} ${printable(nameOf(of))}`;
  const day = instant(at).slice(0, 10);
  return `${name} has ${cents(amount)} more since ${day}: ${printable(by)}, ${JSON.stringify(printable(shortened(why, 200)))}.`;
}

export function overageJson({ cap, of, amount, by, why, at }: Overage): object {
  return { cap, of: of === null ? null : nameOf(of), usd: exact(amount), by, why, at: instant(at) };
}

export function approvalJson({
  plan,
  by,
  limit,
  until,
  at,
  used,
  lines,
}: StandingApproval): object {
  return {
    plan_sha256: plan,
    by,
    limit: exact(limit),
    used: exact(used),
    until: until === null ? null : instant(until),
    approved: instant(at),
    lines: lines.length,
    bought: lines.filter(({ taken }) => taken).length,
  };
}

/** As the manifest would name it. */
function nameOf(of: string): string {
  return modelNamed(of)?.alias ?? of;
}

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, "Z");
}
