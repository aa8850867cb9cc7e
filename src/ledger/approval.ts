import type { MicroUsd } from "../money/usd.ts";
import { add } from "../money/usd.ts";
import type { Order } from "./entry.ts";

/** A line of an approved plan: what may be bought for it, and for how much at most. */
export interface ApprovedLine {
  readonly key: string;
  readonly fingerprint: string;
  readonly ordinal: number;
  /** The same for the line made shorter, or silent: what it buys but for what it costs. */
  readonly gist: string;
  readonly cost: MicroUsd;
}

/** Someone's word for a saved plan. Approving it again takes the place of what was said before. */
export interface Approval {
  /** SHA-256 (hex) of the plan file's bytes. */
  readonly plan: string;
  /** When the plan says that it was made: an edited copy says the same. */
  readonly created: string;
  readonly by: string;
  readonly limit: MicroUsd;
  /** Milliseconds UTC from which on it does not count any more; null for ever. */
  readonly until: number | null;
}

/** An approval, and what was bought under it. */
export interface StandingApproval extends Approval {
  /** Milliseconds UTC. */
  readonly at: number;
  /** Spent and held under it. */
  readonly used: MicroUsd;
  readonly lines: readonly (ApprovedLine & { readonly taken: boolean })[];
}

/** What an order could be bought as. */
export interface Candidate {
  readonly approval: Omit<StandingApproval, "lines">;
  readonly line: ApprovedLine;
  /** Whether something was bought for that line already. */
  readonly taken: boolean;
}

/** What stands behind a purchase: a line of an approved plan. */
export interface ApprovedAs {
  readonly plan: string;
  readonly line: string;
}

export type Unapproved = "not-in-plan" | "taken" | "dearer" | "expired" | "over-limit";

export type Approved =
  | { readonly is: "approved"; readonly as: ApprovedAs }
  | {
      readonly is: "unapproved";
      readonly why: Unapproved;
      /** The line that comes nearest; null where none is like it. */
      readonly nearest: Candidate | null;
    };

/** The account of a saved plan's runs: what is bought from it counts under its approval, whenever that was given. */
export function planAccount(plan: string): string {
  return `plan:${plan}`;
}

/** Any approval of the campaign will do. */
export const ANY_APPROVAL = "any";

type Wanted = Pick<Order, "fingerprint" | "ordinal" | "gist" | "cost">;

/** Whether a line of an approved plan stands for an order, were there no others: same purchase, or the same made cheaper. */
function isCandidate(order: Wanted, line: ApprovedLine): boolean {
  return line.fingerprint === order.fingerprint || line.gist === order.gist;
}

/**
 * Which approved line an order is bought as: each stands for one purchase, at no higher cost, in its time, under its
 * approval's limit. `now` in milliseconds UTC.
 */
export function approvedAs(order: Wanted, candidates: readonly Candidate[], now: number): Approved {
  const rules: readonly (readonly [Unapproved, (candidate: Candidate) => boolean])[] = [
    ["taken", ({ taken }) => !taken],
    ["dearer", ({ line }) => order.cost <= line.cost],
    ["expired", ({ approval: { until } }) => until === null || now < until],
    ["over-limit", ({ approval: { used, limit } }) => add(used, order.cost) <= limit],
  ];
  let left = candidates.filter(({ line }) => isCandidate(order, line));
  if (left.length === 0) return { is: "unapproved", why: "not-in-plan", nearest: null };
  for (const [why, holds] of rules) {
    const still = left.filter(holds);
    if (still.length === 0) return { is: "unapproved", why, nearest: left[0] ?? null };
    left = still;
  }
  const [first, ...others] = left;
  if (first === undefined) return { is: "unapproved", why: "not-in-plan", nearest: null };
  const best = others.reduce((one, other) => (isBefore(order, other, one) ? other : one), first);
  return { is: "approved", as: { plan: best.approval.plan, line: best.line.key } };
}

function isBefore(order: Wanted, a: Candidate, b: Candidate): boolean {
  const before =
    likeness(order, b.line) - likeness(order, a.line) ||
    a.line.cost - b.line.cost ||
    b.approval.at - a.approval.at ||
    // Any order will do, as long as foretelling and reserving have the same.
    inOrder(a.approval.plan, b.approval.plan) ||
    inOrder(a.line.key, b.line.key);
  return before < 0;
}

/** The very purchase before another take of it, that before a dearer line of which it is the cheaper form. */
function likeness(order: Wanted, line: ApprovedLine): number {
  if (line.fingerprint !== order.fingerprint) return 0;
  return line.ordinal === order.ordinal ? 2 : 1;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Which of several orders, one after the other, would not be approved; what is bought for each counts for the next. */
export function unapprovedOf<Of extends Wanted>(
  orders: readonly Of[],
  approvals: readonly StandingApproval[],
  now: number,
): readonly {
  readonly order: Of;
  readonly refusal: Extract<Approved, { readonly is: "unapproved" }>;
}[] {
  const used = new Map(approvals.map((approval) => [approval.plan, approval.used]));
  const taken = new Set<string>();
  const bought = new Set<string>();
  const isTaken = ({ approval, line, taken: before }: Candidate): boolean =>
    before || taken.has(lineKey(approval.plan, line.key)) || bought.has(purchaseOf(line));
  const alike = new Map<string, Candidate[]>();
  for (const approval of approvals) {
    for (const { taken: before, ...line } of approval.lines) {
      const candidate = { approval, line, taken: before };
      for (const name of new Set([purchaseOf(line), line.fingerprint, line.gist])) {
        const known = alike.get(name) ?? [];
        if (known.push(candidate) === 1) alike.set(name, known);
      }
    }
  }
  return orders.flatMap((order) => {
    const among = (...names: readonly string[]): Approved => {
      const candidates = new Set(
        names.flatMap((name) => {
          const all = alike.get(name) ?? [];
          const free = all.filter((candidate) => !isTaken(candidate));
          // What is taken stays so; one of them is left to say it.
          const kept = free.length > 0 ? free : all.slice(0, 1);
          alike.set(name, kept);
          return kept;
        }),
      );
      const current = [...candidates].map((candidate) => ({
        approval: {
          ...candidate.approval,
          used: used.get(candidate.approval.plan) ?? candidate.approval.used,
        },
        line: candidate.line,
        taken: isTaken(candidate),
      }));
      return approvedAs(order, current, now);
    };
    // Nothing comes before the very purchase, and a shot may have thousands of takes.
    const own = among(purchaseOf(order));
    const answer = own.is === "approved" ? own : among(order.fingerprint, order.gist ?? "");
    if (answer.is === "unapproved") return [{ order, refusal: answer }];
    const { plan, line } = answer.as;
    taken.add(lineKey(plan, line));
    bought.add(purchaseOf(order));
    const before = used.get(plan);
    if (before !== undefined) used.set(plan, add(before, order.cost));
    return [];
  });
}

function purchaseOf({ fingerprint, ordinal }: Pick<Order, "fingerprint" | "ordinal">): string {
  return `${fingerprint} ${ordinal}`;
}

function lineKey(plan: string, line: string): string {
  return `${plan} ${line}`;
}
