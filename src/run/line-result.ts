import type { Hold } from "../ledger/hold.ts";
import { LedgerFault } from "../ledger/ledger.ts";
import { type MicroUsd, NOTHING, subtract, timesUnits } from "../money/usd.ts";
import { awaitCompletion, NOT_FOUND, NOT_IN_TIME } from "./await-completion.ts";
import { CONSEQUENCES, type Fault } from "./faults.ts";
import type { Collected, Placed } from "./vendor.ts";
import { about, record, type Work } from "./work.ts";

/** How a line's part of a run ended; the ledger has the rest. `settled` is paid for and still to be delivered. */
export type LineEnd =
  | { readonly is: "settled"; readonly hold: Hold }
  /** Its purchase has a hold that another made, or settled. */
  | { readonly is: "taken"; readonly hold: Hold }
  /** As many lines as may be at once are under way, on whatever machine. */
  | { readonly is: "busy" }
  | {
      readonly is: "failed" | "unknown" | "in-flight" | "over-cap" | "not-approved" | "not-started";
    };

export type Attempt = LineEnd | { readonly is: "again"; readonly fault: Fault };

/** Waits for a submitted job and settles what came of it. */
export async function follow(work: Work, hold: Hold, placed: Placed): Promise<Attempt> {
  const line = about(hold);
  const until = work.clock.now() + work.patience;
  let missing = 0;
  let unclear = 0;
  // The result itself may not be to be had at once; the job is done all the same.
  for (let pause = 1_000; ; pause = Math.min(pause * 2, 60_000)) {
    const completion = await awaitCompletion(work, hold, placed, until);
    if (completion.is === "not-allowed") {
      work.halt({ because: "vendor" }, completion.fault.why);
      work.tell({ event: "in-flight", line, why: completion.fault.why });
      return { is: "in-flight" };
    }
    if (completion.is === "forgotten") return await forgotten(work, hold, completion.fault);
    if (completion.is === "left") {
      work.tell({ event: "in-flight", line, why: completion.why });
      return { is: "in-flight" };
    }
    const collected = await work.vendor.collect(placed, completion.failure, work.leave);
    if (collected.is !== "fault") return await settle(work, hold, collected);
    if (collected.fault.kind === "not-allowed") {
      work.halt({ because: "vendor" }, collected.fault.why);
      work.tell({ event: "in-flight", line, why: collected.fault.why });
      return { is: "in-flight" };
    }
    if (collected.fault.kind === "not-found") missing += 1;
    if (missing >= NOT_FOUND) return await forgotten(work, hold, collected.fault);
    if (!work.leave.aborted) unclear += 1;
    if (unclear >= MOST_UNCLEAR) return await unreadable(work, hold, collected.fault);
    if (work.clock.now() >= until) {
      work.tell({ event: "in-flight", line, why: `${NOT_IN_TIME}: ${collected.fault.why}` });
      return { is: "in-flight" };
    }
    await work.clock.sleep(Math.max(pause, collected.fault.retryAfter ?? 0), work.leave);
  }
}

// With the pauses between them, more than ten minutes of answers that say nothing of a job that is done.
const MOST_UNCLEAR = 16;

/** A job that is done, and whose result cannot be had: a person has to look, and can have it collected again. */
async function unreadable(work: Work, hold: Hold, fault: Fault): Promise<Attempt> {
  const failed = { ...fault, kind: "no-video" } as const;
  return await settle(work, hold, { is: "failed", fault: failed, charge: "unknown", headers: {} });
}

/** A request that is not known any more: cancelled, it will not be made; what it cost, nobody has said. */
async function forgotten(work: Work, hold: Hold, fault: Fault): Promise<Attempt> {
  const now = await standing(work, hold);
  if (now !== null && now.state !== "submitted") return { is: "taken", hold: now };
  if (now !== null && now.cancel !== null) {
    const cancelled: Fault = { ...fault, kind: "cancelled", why: `cancelled; ${fault.why}` };
    return await settle(work, hold, {
      is: "failed",
      fault: cancelled,
      charge: "unknown",
      headers: {},
    });
  }
  await record(work, hold, { kind: "missing", why: fault.why });
  work.tell({ event: "in-flight", line: about(hold), why: fault.why });
  return { is: "in-flight" };
}

/** The hold as it is now; null where the ledger cannot say. */
async function standing(work: Work, hold: Hold): Promise<Hold | null> {
  try {
    return await work.ledger.hold(hold.id);
  } catch (cause) {
    if (cause instanceof LedgerFault) return null;
    throw cause;
  }
}

async function settle(
  work: Work,
  hold: Hold,
  collected: Exclude<Collected, { readonly is: "fault" }>,
): Promise<Attempt> {
  const line = about(hold);
  if (collected.is === "failed") {
    const { fault, charge, headers } = collected;
    const why = fault.why;
    await record(work, hold, { kind: "failed", charge, why, headers, person: null });
    const again = CONSEQUENCES[fault.kind].next === "again" && charge === "none";
    work.tell({ event: "failed", line, fault, charge, again });
    return again ? { is: "again", fault } : { is: "failed" };
  }
  const { url: videoUrl, size, billableUnits, headers } = collected;
  const excess = excessOf(hold, billableUnits);
  const step = { kind: "settled", videoUrl, size, billableUnits, excess, headers } as const;
  const settled = await record(work, hold, step);
  if (settled === null) return { is: "in-flight" };
  if (settled.is === "late") {
    // Another run took it up and settled it: its file too.
    if (settled.hold.state === "settled") return { is: "taken", hold: settled.hold };
    const why = `it is ${settled.hold.state} already, by someone else's hand, and fal has made it`;
    const request = hold.request?.id ?? null;
    work.tell({ event: "unwritten", line, request, what: "settled", why });
    return { is: "unknown" };
  }
  work.tell({ event: "settled", line, spent: settled.hold.spent, excess, billableUnits });
  return { is: "settled", hold: settled.hold };
}

/** What the bill says beyond the held amount, where the price book knows what its units cost. */
function excessOf({ unitPrice, cost }: Hold, units: string | null): MicroUsd {
  if (unitPrice === null || units === null) return NOTHING;
  const billed = timesUnits(unitPrice, units) ?? NOTHING;
  return billed > cost ? subtract(billed, cost) : NOTHING;
}
