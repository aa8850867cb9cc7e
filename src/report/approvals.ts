import type { Overage } from "../budget/terms.ts";
import { describeUntil } from "../budget/window.ts";
import { findModel } from "../catalogue/models.ts";
import {
  formatCount,
  formatInstant,
  formatMinute,
  toPrintable,
  quote,
  shorten,
} from "../diagnostics/printable.ts";
import type { ApprovalMatch, StandingApproval } from "../ledger/approval.ts";
import type { Entry, Person } from "../ledger/entry.ts";
import type { Separation } from "../ledger/ledger.ts";
import { dollars, exact, type MicroUsd } from "../money.ts";

type Refusal = Pick<Extract<ApprovalMatch, { readonly is: "unapproved" }>, "why" | "nearest">;

/** Says why an order is not approved. */
export function describeUnapproved(
  { why, nearest }: Refusal,
  cost: MicroUsd,
  timezone: string,
): string {
  const by = toPrintable(nearest?.approval.by ?? "");
  switch (why) {
    case "not-in-plan":
      return "it is in no approved plan";
    case "taken":
      return `its approved line ${toPrintable(nearest?.line.key ?? "")} stands for another purchase`;
    case "dearer":
      return `it costs ${dollars(cost)}, ${by} approved ${dollars(nearest?.line.cost ?? cost)}`;
    case "expired":
      return `what ${by} approved was good ${describeUntil(nearest?.approval.until ?? 0, timezone)}`;
    case "over-limit":
      return nearest === null ? "it is over the limit" : describeUsed(nearest.approval);
  }
}

/** Says why some of a run's orders are not approved. All that go over one limit share one sentence. */
export function describeRefusals(
  refusals: readonly {
    readonly order: { readonly key: string; readonly cost: MicroUsd };
    readonly refusal: Refusal;
  }[],
  /** What all of the run's orders cost. */
  asked: MicroUsd,
  approvals: readonly StandingApproval[],
  timezone: string,
): readonly string[] {
  // One sentence about a limit or a date serves all of its lines.
  const of = (why: Refusal["why"]): readonly StandingApproval[] => {
    const plans = new Set(
      refusals.flatMap(({ refusal: { why: its, nearest } }) =>
        its === why && nearest !== null ? [nearest.approval.plan] : [],
      ),
    );
    return approvals.filter(({ plan }) => plans.has(plan));
  };
  const others = refusals.filter(
    ({ refusal: { why } }) => why !== "over-limit" && why !== "expired",
  );
  return [
    ...of("over-limit").map(
      (one) => `what is to be bought costs ${dollars(asked)}: ${describeUsed(one)}`,
    ),
    ...of("expired").map(
      ({ by, until }) =>
        `what ${toPrintable(by)} approved was good ${describeUntil(until ?? 0, timezone)}`,
    ),
    ...others
      .slice(0, MOST_TOLD)
      .map(
        ({ order, refusal }) =>
          `${toPrintable(order.key)}: ${describeUnapproved(refusal, order.cost, timezone)}`,
      ),
    ...(others.length > MOST_TOLD
      ? [`and ${formatCount(others.length - MOST_TOLD, "line")} more`]
      : []),
  ];
}

const MOST_TOLD = 10;

/** `Jo approved $65.00, of which $12.00 is spent or held`. */
function describeUsed({
  by,
  limit,
  used,
}: Pick<StandingApproval, "by" | "limit" | "used">): string {
  return `${toPrintable(by)} approved ${dollars(limit)}, of which ${dollars(used)} is spent or held`;
}

/** Says what to do about refusals. */
export function adviseOnRefusals(refusals: readonly { readonly refusal: Refusal }[]): string {
  const whys = new Set(refusals.map(({ refusal }) => refusal.why));
  const advice = [
    ...(whys.has("expired") ? ["have it approved again"] : []),
    ...(whys.has("over-limit") ? ["buy less with --only, or have more approved"] : []),
    ...(whys.has("not-in-plan") || whys.has("taken") || whys.has("dearer")
      ? ["leave those lines out with --only, or have them approved"]
      : []),
  ];
  return advice.join("; ");
}

/** Describes an approval in one sentence. */
export function describeApproval(approval: StandingApproval, timezone: string): string {
  const until = approval.until === null ? "" : `, ${describeUntil(approval.until, timezone)}`;
  return `Plan ${approval.plan.slice(0, 12)}: ${describeUsed(approval)}${until}.`;
}

/** Says who let a campaign be bought here although another ledger has it, and why. */
export function describeSeparation({ by, why, at }: Separation): string {
  const day = formatInstant(at).slice(0, 10);
  return `Bought here apart from any other ledger since ${day}: ${toPrintable(by)}, ${quote(shorten(why, 200))}.`;
}

/** Says what was added to a cap, by whom and why. */
export function describeOverage({ cap, of, amount, by, why, at }: Overage): string {
  const name = of === null ? cap : `${cap} ${toPrintable(chooseName(of))}`;
  const day = formatInstant(at).slice(0, 10);
  return `${name} has ${dollars(amount)} more since ${day}: ${toPrintable(by)}, ${quote(shorten(why, 200))}.`;
}

export function encodeOverage({ cap, of, amount, by, why, at }: Overage): object {
  return {
    cap,
    of: of === null ? null : chooseName(of),
    usd: exact(amount),
    by,
    why,
    at: formatInstant(at),
  };
}

/** What a person said of a hold, and of which line. */
export interface Resolution extends Person {
  /** Milliseconds UTC. */
  readonly at: number;
  readonly key: string;
  readonly hold: string;
  readonly said: "found" | "charged" | "not-charged";
  readonly request: string | null;
  /** Whether a later one says otherwise of the same hold. */
  readonly corrected: boolean;
  /** Whether it is one of several holds of its line. */
  readonly oneOfSeveral: boolean;
}

/** Returns what people said of these holds. */
export function findResolutions(
  said: readonly Entry[],
  holds: readonly { readonly id: string; readonly key: string }[],
): readonly Resolution[] {
  const keys = new Map(holds.map(({ id, key }) => [id, key]));
  const known = new Set<string>();
  const several = new Set<string>();
  for (const { key } of holds) (known.has(key) ? several : known).add(key);
  const all = said.flatMap(({ at, hold, fact }): Resolution[] => {
    const key = keys.get(hold ?? "");
    if (hold === null || key === undefined || !("person" in fact) || fact.person === null)
      return [];
    const { by, why } = fact.person;
    const about = { at, key, hold, by, why, request: null, corrected: false };
    const one = { ...about, oneOfSeveral: several.has(key) };
    switch (fact.kind) {
      case "submitted":
        return [{ ...one, said: "found", request: fact.request.id }];
      case "released":
        return [{ ...one, said: "not-charged" }];
      case "failed":
      case "charge":
        return [{ ...one, said: fact.charge === "none" ? "not-charged" : "charged" }];
    }
  });
  return all.map((one, turn) => {
    // A request that was found stays found, whatever it cost.
    const corrects = (later: Resolution): boolean =>
      later.hold === one.hold && (one.said !== "found" || later.said === "found");
    return { ...one, corrected: all.slice(turn + 1).some(corrects) };
  });
}

export function describeResolution(resolution: Resolution): string {
  const { at, key, hold, said, request, by, why, corrected, oneOfSeveral } = resolution;
  const words = {
    found: `is request ${toPrintable(request ?? "?")}`,
    charged: "was charged",
    "not-charged": "was not charged",
  }[said];
  const which = oneOfSeveral ? ` (hold ${toPrintable(hold.slice(0, 8))})` : "";
  const then = corrected ? " (corrected later)" : "";
  return `${toPrintable(key)}${which} ${words}, said on ${formatMinute(at)}: ${toPrintable(by)}, ${quote(shorten(why, 200))}${then}.`;
}

export function encodeResolution({ at, key, hold, said, request, by, why }: Resolution): object {
  return { key, hold, said, request_id: request, by, why, at: formatInstant(at) };
}

export function encodeApproval({
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
    until: until === null ? null : formatInstant(until),
    approved: formatInstant(at),
    lines: lines.length,
    bought: lines.filter(({ taken }) => taken).length,
  };
}

/** Returns the name that a manifest would use. */
function chooseName(of: string): string {
  return findModel(of)?.alias ?? of;
}
