import type { Terms } from "../../budget/terms.ts";
import { add } from "../../money.ts";
import { findNeededApproval } from "../approval.ts";
import type { SqlRoutine } from "./database.ts";
import type { Order, Step } from "../entry.ts";
import { listHeldCaps, isExceeded, type PassedCap } from "../held-caps.ts";
import { applyStep, blocksPurchase, findCurrentHolds, type Hold, createHold } from "../hold.ts";
import { type Advance, MOST_TRIES, type Purpose, type Reservation } from "../ledger.ts";
import { approveOrder, findApprovedPlan, selectOverages } from "./approvals.ts";
import { readTime, writeEntry } from "./entries.ts";
import * as reads from "./reads.ts";
import type { RunRow } from "./rows.ts";

// Reserves holds under every cap and advances them a step at a time, inside a transaction.

export function* reserve(run: string, order: Order, id: string): SqlRoutine<Reservation> {
  const row = yield* reads.selectRun(run);
  if (row === undefined || (yield* isOver(row))) return { is: "run-over" };
  const before = yield* reads.selectHoldsOfPurchase(order);
  const [current] = findCurrentHolds(before).values();
  if (current !== undefined && blocksPurchase(current)) return { is: "taken", hold: current };
  if ((yield* countTries(row, before)) >= MOST_TRIES) return { is: "tried-enough" };
  if (yield* isBusy(row, order)) return { is: "busy" };
  const now = yield* readTime();
  const terms = yield* reads.selectTerms(order.campaign);
  if (terms === null) throw new Error(`${order.campaign} has agreed to no terms`);
  const own = yield* findApprovedPlan(order.campaign, row.account);
  const needs = findNeededApproval(row.approval, own, terms.approval);
  const approved = needs === null ? null : yield* approveOrder(needs, order, now);
  if (approved !== null && approved.is === "unapproved") return approved;
  const [passed, ...more] = yield* findPassedCaps(row, terms, order, now);
  if (passed !== undefined) return { is: "over", passed: [passed, ...more] };
  const as = approved?.as;
  const hold = createHold(id, run, order, now, as);
  const { account } = row;
  yield* writeEntry(
    { kind: "reserved", account, order, ...(as && { approved: as }) },
    { campaign: order.campaign, run, at: now },
    hold,
  );
  return { is: "held", hold };
}

/** Counts how often the run has tried the purchase of these holds, and other runs of its batch have sent it. */
function* countTries({ run, partOf }: RunRow, holds: readonly Hold[]): SqlRoutine<number> {
  let tries = 0;
  for (const hold of holds) {
    if (hold.run === run) tries += 1;
    // A worker that died before it sent has tried nothing.
    else if (partOf !== null && hold.sentAt !== null) {
      if ((yield* reads.selectRun(hold.run))?.partOf === partOf) tries += 1;
    }
  }
  return tries;
}

/** In a rehearsal nothing is paid and time is simulated, so nobody waits for a process that may be stopped. */
export function* advance(id: string, step: Step, purpose: Purpose): SqlRoutine<Advance> {
  const before = yield* reads.selectHold(id);
  if (before === null) throw new Error(`there is no hold ${id}`);
  const now = yield* readTime();
  const moved = applyStep(before, step, now);
  // A request belongs to one hold: an answer that names another hold's is no answer.
  const taken = step.kind === "submitted" && (yield* reads.isRequestTaken(step.request.id, id));
  if (moved === null || taken) return { is: "late", hold: before };
  const from = isByPerson(step) && !blocksPurchase(moved) ? before.unsendableFrom : null;
  if (from !== null && now < from && purpose === "real") return { is: "early", hold: before, from };
  const replaced =
    !blocksPurchase(before) && blocksPurchase(moved) && (yield* reads.isReplaced(before));
  const hold = { ...moved, duplicate: replaced || moved.duplicate };
  const about = { campaign: hold.campaign, run: hold.run, at: now };
  yield* writeEntry(replaced ? markDuplicate(step) : step, about, hold);
  return { is: "done", hold };
}

/** Only these steps can make a hold claim its purchase again. */
function markDuplicate(step: Step): Step {
  return "person" in step && step.kind !== "released" ? { ...step, duplicate: true } : step;
}

function isByPerson(step: Step): boolean {
  return "person" in step && step.person !== null;
}

/** Releases what a run that is over has not sent; what it was sending becomes unknown. */
export function* reclaimHolds({ run }: RunRow): SqlRoutine<readonly Hold[]> {
  const reclaimed: Hold[] = [];
  for (const id of yield* reads.selectUnsent(run)) reclaimed.push(yield* reclaimHold(id));
  return reclaimed;
}

function* reclaimHold(id: string): SqlRoutine<Hold> {
  const state = (yield* reads.selectHold(id))?.state;
  const step: Step =
    state === "reserved"
      ? { kind: "released", why: "its run ended before it was sent", person: null }
      : { kind: "unknown", why: "its run ended while it was being sent" };
  return (yield* advance(id, step, "real")).hold;
}

/** Returns whether the run, or the batch that it buys for, has ended. */
function* isOver({ ended, partOf }: RunRow): SqlRoutine<boolean> {
  if (ended !== null || partOf === null) return ended !== null;
  return (yield* reads.selectRun(partOf))?.ended !== null;
}

/** Returns whether as many lines are under way, on all machines, as may be at once. */
function* isBusy({ atOnce }: RunRow, { campaign, endpoint }: Order): SqlRoutine<boolean> {
  if (atOnce === null) return false;
  if ((yield* reads.countUnderWay(campaign, null)) >= atOnce.total) return true;
  const own = atOnce.byModel.find((model) => model.endpoint === endpoint);
  return own !== undefined && (yield* reads.countUnderWay(campaign, endpoint)) >= own.lines;
}

function* findPassedCaps(
  row: RunRow,
  terms: Terms,
  order: Order,
  now: number,
): SqlRoutine<readonly PassedCap[]> {
  const caps = listHeldCaps(terms, yield* selectOverages(order.campaign), row, order, now);
  const sums = yield* reads.selectUsed(order.campaign, caps);
  return caps.flatMap((cap, turn): PassedCap[] => {
    const sum = sums[turn];
    if (sum === undefined) throw new Error(`nothing was counted under ${cap.cap}`);
    const used = add(sum.spent, sum.held);
    return isExceeded(cap, used, order.cost) ? [{ ...cap, used }] : [];
  });
}
