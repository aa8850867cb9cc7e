import { readFailedUnits } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { NOTHING } from "../money.ts";
import { awaitCompletion, NOT_FOUND, explainTimeout } from "./await-completion.ts";
import { checkBill } from "./check-bill.ts";
import { CONSEQUENCES, type Fault } from "./faults.ts";
import type { Collected, Placed } from "./vendor.ts";
import { identifyLine, askLedger, record, type Work } from "./work.ts";

/** How a line's part of a run ended; the ledger has the rest. `settled` is paid for and still to be delivered. */
export type LineEnd =
  | { readonly is: "settled"; readonly hold: Hold }
  /** Its purchase has a hold that another made, or settled. */
  | { readonly is: "taken"; readonly hold: Hold }
  /** As many lines as may be at once are under way, over all machines. */
  | { readonly is: "busy" }
  | {
      readonly is: "failed" | "unknown" | "in-flight" | "over-cap" | "not-approved" | "not-started";
    };

export type Attempt = LineEnd | { readonly is: "again"; readonly fault: Fault };

/** Waits for a submitted job and settles what came of it. */
export async function awaitResult(work: Work, hold: Hold, placed: Placed): Promise<Attempt> {
  const until = work.clock.now() + work.patience;
  const wait = { until, reportedUnfamiliar: false };
  let missing = 0;
  let unclear = 0;
  // The result may not be available at once, although the job is done.
  for (let pause = 1_000; ; pause = Math.min(pause * 2, 60_000)) {
    const completion = await awaitCompletion(work, hold, placed, wait);
    if (completion.is === "not-allowed") return stopNotAllowed(work, hold, completion.fault);
    if (completion.is === "forgotten") return await settleForgotten(work, hold, completion.fault);
    if (completion.is === "left" && !completion.stuck) {
      work.tell({ event: "in-flight", line: identifyLine(hold), why: completion.why });
      return { is: "in-flight" };
    }
    // If the status does not say what came of it, the result may.
    const failure = completion.is === "done" ? completion.failure : null;
    const collected = await work.vendor.collect(placed, failure, work.leave);
    if (collected.is !== "fault") return await settle(work, hold, collected);
    if (collected.fault.kind === "not-allowed") return stopNotAllowed(work, hold, collected.fault);
    if (collected.fault.kind === "not-found") missing += 1;
    if (missing >= NOT_FOUND) return await settleForgotten(work, hold, collected.fault);
    if (!work.leave.aborted) unclear += 1;
    if (unclear >= MOST_UNCLEAR) return await leaveUncollected(work, hold, collected.fault);
    if (work.clock.now() >= until) {
      const why = completion.is === "left" ? completion.why : explainTimeout(collected.fault.why);
      return await leaveUncollected(work, hold, { ...collected.fault, why });
    }
    await work.clock.sleep(Math.max(pause, collected.fault.retryAfter ?? 0), work.leave);
  }
}

/** Every line would get the same answer: nothing more is started. */
function stopNotAllowed(work: Work, hold: Hold, { why }: Fault): Attempt {
  work.halt("vendor", why);
  work.tell({ event: "in-flight", line: identifyLine(hold), why });
  return { is: "in-flight" };
}

// With the pauses between them, more than ten minutes of answers that do not end a job that is done.
const MOST_UNCLEAR = 16;

/** Leaves a line without a result: its money stays held, each later run asks again, and a person may settle it. */
async function leaveUncollected(work: Work, hold: Hold, { why }: Fault): Promise<Attempt> {
  const missing = await record(work, hold, { kind: "missing", why });
  if (missing?.is === "late") return { is: "taken", hold: missing.hold };
  work.tell({ event: "in-flight", line: identifyLine(hold), why });
  return { is: "in-flight" };
}

/** Handles a request that the vendor no longer knows. If it was cancelled it will not be made, and what it cost is unknown. */
async function settleForgotten(work: Work, hold: Hold, fault: Fault): Promise<Attempt> {
  const now = await askLedger(async () => await work.ledger.hold(hold.id), null);
  if (now !== null && now.state !== "submitted") return { is: "taken", hold: now };
  if (now !== null && now.cancel !== null) {
    const cancelled: Fault = { ...fault, kind: "cancelled", why: `cancelled; ${fault.why}` };
    return await settle(work, hold, {
      is: "failed",
      fault: cancelled,
      charge: "unknown",
      billableUnits: null,
      headers: {},
    });
  }
  return await leaveUncollected(work, hold, fault);
}

async function settle(
  work: Work,
  hold: Hold,
  collected: Exclude<Collected, { readonly is: "fault" }>,
): Promise<Attempt> {
  const line = identifyLine(hold);
  const { billableUnits, headers } = collected;
  // If nothing was charged, there is no bill to compare.
  const free = collected.is === "failed" && collected.charge === "none";
  const { excess, doubt } = await checkBill(work, hold, free ? null : billableUnits);
  const bill = { excess, ...(doubt !== null && { doubt }) };
  if (excess > NOTHING || doubt !== null) work.misbilled.add(hold.key);
  if (collected.is === "failed") {
    const { fault, charge } = collected;
    const { why } = fault;
    const said = readFailedUnits({ headers }) === billableUnits;
    const units = said || billableUnits === null ? {} : { billableUnits };
    const step = { kind: "failed", charge, why, headers, ...units, ...bill, person: null } as const;
    const failed = await record(work, hold, step);
    if (failed?.is === "late") return { is: "taken", hold: failed.hold };
    const again = CONSEQUENCES[fault.kind].next === "again" && charge === "none";
    work.tell({ event: "failed", line, fault, charge, excess, doubt, again });
    return again ? { is: "again", fault } : { is: "failed" };
  }
  const { url: videoUrl, size } = collected;
  const step = { kind: "settled", videoUrl, size, billableUnits, ...bill, headers } as const;
  const settled = await record(work, hold, step);
  if (settled === null) return { is: "in-flight" };
  if (settled.is === "late") {
    // Another run has resumed and settled it, and delivers its video.
    if (settled.hold.state === "settled") return { is: "taken", hold: settled.hold };
    const why = `it is ${settled.hold.state} already, by someone else's hand, and the video has been made`;
    const request = hold.request?.id ?? null;
    work.tell({ event: "unwritten", line, request, what: "settled", why });
    return { is: "unknown" };
  }
  const { spent } = settled.hold;
  work.tell({ event: "settled", line, spent, excess, doubt, billableUnits });
  return { is: "settled", hold: settled.hold };
}
