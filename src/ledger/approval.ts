import type { ApprovalRule } from "../budget/terms.ts";
import { purchaseKey } from "../budget/purchase.ts";
import { add, type MicroUsd } from "../money.ts";
import type { Approval, ApprovedAs, ApprovedLine, Order } from "./entry.ts";

/** An approval, and what was bought under it. */
export interface StandingApproval extends Approval {
  /** Milliseconds UTC. */
  readonly at: number;
  /** Spent and held under it. */
  readonly used: MicroUsd;
  readonly lines: readonly (ApprovedLine & { readonly taken: boolean })[];
}

/** An approved line that may cover an order. */
export interface Candidate {
  readonly approval: Omit<StandingApproval, "lines">;
  readonly line: ApprovedLine;
  /** Whether something was already bought for that line. */
  readonly taken: boolean;
}

export type Unapproved = "not-in-plan" | "taken" | "dearer" | "expired" | "over-limit";

interface Refusal {
  readonly is: "unapproved";
  readonly why: Unapproved;
  /** The most similar line; null if there is none. */
  readonly nearest: Candidate | null;
}

export type ApprovalMatch = { readonly is: "approved"; readonly as: ApprovedAs } | Refusal;

/** Names the account of a saved plan's runs: purchases from it count under its approval, whenever that was given. */
export function planAccount(plan: string): string {
  return `plan:${plan}`;
}

/** Returns the saved plan that an account belongs to; null for any other account. */
export function parsePlanAccount(account: string): string | null {
  const start = planAccount("");
  return account.startsWith(start) ? account.slice(start.length) : null;
}

/** Stands for any approval of the campaign. */
export const ANY_APPROVAL = "any";

/** Returns the approval that a purchase needs: its run's, its saved plan's, or any; null if it needs none. */
export function findNeededApproval(
  run: string | null,
  savedPlan: string | null,
  rule: ApprovalRule,
): string | null {
  return run ?? savedPlan ?? (rule === "required" ? ANY_APPROVAL : null);
}

type Wanted = Pick<Order, "fingerprint" | "ordinal" | "gist" | "cost">;

/** Returns whether an approved line may cover an order: the same purchase, or the same made cheaper. */
function isCandidate(order: Wanted, line: ApprovedLine): boolean {
  return line.fingerprint === order.fingerprint || line.gist === order.gist;
}

/**
 * Chooses the approved line that covers an order: each covers one purchase, at no higher cost, before it expires, under
 * its approval's limit. `now` in milliseconds UTC.
 */
export function matchApproval(
  order: Wanted,
  candidates: readonly Candidate[],
  now: number,
): ApprovalMatch {
  const chosen = chooseCandidate(order, candidates, now);
  if ("is" in chosen) return chosen;
  return { is: "approved", as: { plan: chosen.approval.plan, line: chosen.line.key } };
}

function chooseCandidate<One extends Candidate>(
  order: Wanted,
  candidates: readonly One[],
  now: number,
): One | Refusal {
  const rules: readonly (readonly [Unapproved, (candidate: One) => boolean])[] = [
    ["taken", ({ taken }) => !taken],
    ["dearer", ({ line }) => order.cost <= line.cost],
    ["expired", ({ approval: { until } }) => until === null || now < until],
    ["over-limit", ({ approval: { used, limit } }) => add(used, order.cost) <= limit],
  ];
  let left = candidates.filter(({ line }) => isCandidate(order, line));
  for (const [why, holds] of rules) {
    const still = left.filter(holds);
    if (still.length === 0 && left.length > 0) {
      return { is: "unapproved", why, nearest: left[0] ?? null };
    }
    left = still;
  }
  const [first, ...others] = left;
  if (first === undefined) return { is: "unapproved", why: "not-in-plan", nearest: null };
  return others.reduce((one, other) => (isBefore(order, other, one) ? other : one), first);
}

function isBefore(order: Wanted, a: Candidate, b: Candidate): boolean {
  const before =
    rankLikeness(order, b.line) - rankLikeness(order, a.line) ||
    a.line.cost - b.line.cost ||
    b.approval.at - a.approval.at ||
    // Any order will do, as long as foretelling and reserving use the same.
    compareTexts(a.approval.plan, b.approval.plan) ||
    compareTexts(a.line.key, b.line.key);
  return before < 0;
}

/** Ranks the same purchase before another take of it, and that before a dearer form. */
function rankLikeness(order: Wanted, line: ApprovedLine): number {
  if (line.fingerprint !== order.fingerprint) return 0;
  return line.ordinal === order.ordinal ? 2 : 1;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** An approved line during a forecast: each purchase changes it and its approval for the next one. */
interface Place extends Candidate {
  readonly approval: Omit<StandingApproval, "lines" | "used"> & { used: MicroUsd };
  taken: boolean;
}

/** Finds the orders that would not be approved if they were bought one after the other. */
export function findUnapproved<Of extends Wanted>(
  orders: readonly Of[],
  approvals: readonly StandingApproval[],
  now: number,
): readonly { readonly order: Of; readonly refusal: Refusal }[] {
  const places = new Map<string, Place[]>();
  for (const { lines, ...standing } of approvals) {
    const approval = { ...standing };
    for (const { taken, ...line } of lines) {
      const place = { approval, line, taken };
      for (const name of new Set([linePurchaseKey(line), line.fingerprint, line.gist])) {
        const known = places.get(name) ?? [];
        if (known.push(place) === 1) places.set(name, known);
      }
    }
  }
  const named = (name: string): readonly Place[] => places.get(name) ?? [];
  return orders.flatMap((order) => {
    // The exact purchase ranks first, and a shot may have thousands of takes.
    const very = named(linePurchaseKey(order));
    const own = chooseCandidate(order, very, now);
    const chosen =
      "is" in own
        ? chooseCandidate(
            order,
            mergePlaces(named(order.fingerprint), named(order.gist ?? "")),
            now,
          )
        : own;
    if ("is" in chosen) return [{ order, refusal: chosen }];
    chosen.taken = true;
    chosen.approval.used = add(chosen.approval.used, order.cost);
    for (const place of very) place.taken = true;
    return [];
  });
}

/** Lists each place once, though most have both names. */
function mergePlaces(a: readonly Place[], b: readonly Place[]): readonly Place[] {
  return a.length === 0 ? b : [...new Set([...a, ...b])];
}

/** Ignores editions: an approved line covers its purchase in each. */
function linePurchaseKey({ fingerprint, ordinal }: Wanted | ApprovedLine): string {
  return purchaseKey({ fingerprint, ordinal });
}
