import type { Order } from "../ledger/entry.ts";
import type { PassedCap } from "../ledger/held-caps.ts";
import type { Hold } from "../ledger/hold.ts";
import type { MicroUsd } from "../money/usd.ts";
import { add, dollars, NOTHING, subtract, timesUnits } from "../money/usd.ts";
import { LedgerFault, MOST_TRIES } from "../ledger/ledger.ts";
import { awaitCompletion, NOT_FOUND, NOT_IN_TIME } from "./await-completion.ts";
import { CONSEQUENCES, type Fault } from "./faults.ts";
import type { Collected, Placed, Submission } from "./vendor.ts";
import { about, record, type Work } from "./work.ts";

/** How a line's part of a run ended; the ledger has the rest. `settled` is paid for and still to be delivered. */
export type LineEnd =
  | { readonly is: "settled"; readonly hold: Hold }
  | { readonly is: "failed" | "unknown" | "in-flight" | "over-cap" | "taken" | "not-started" }
  | { readonly is: "not-approved" };

type Attempt = LineEnd | { readonly is: "again"; readonly fault: Fault };

const NOT_STARTED: LineEnd = { is: "not-started" };

// After a definite "no", before the second and the third time. Milliseconds.
const AGAIN_MS = [2_000, 8_000];

/** Buys one line: reserve, send once, wait, collect, settle. Again only after an end that cost nothing. */
export async function buyLine(work: Work, order: Order): Promise<LineEnd> {
  let end: LineEnd = NOT_STARTED;
  for (let attempt = 0; ; attempt += 1) {
    await work.orders.pass(work.stop);
    if (work.halted() !== null || work.leave.aborted) return end;
    const reservation = await work.ledger.reserve(work.run, order);
    switch (reservation.is) {
      case "run-over":
        work.halt({ because: "taken-for-dead" }, "another run has taken this one for dead");
        return end;
      case "tried-enough":
        return end;
      case "taken": {
        const { key, state, run } = reservation.hold;
        work.tell({ event: "taken", key, state, run });
        return { is: "taken" };
      }
      case "over":
        return overCap(work, order, reservation.passed);
      case "unapproved": {
        const { why, nearest } = reservation;
        work.tell({ event: "not-approved", key: order.key, cost: order.cost, why, nearest });
        work.halt({ because: "approval" }, "what is left is not approved", "sent");
        return { is: "not-approved" };
      }
      case "held": {
        const tried = await send(work, reservation.hold, attempt + 1 >= MOST_TRIES);
        if (tried.is !== "again") return tried;
        end = { is: "failed" };
        // Nobody is there: the other lines would only find that out each for itself.
        if (tried.fault.kind === "not-connected" && attempt >= AGAIN_MS.length) {
          work.halt({ because: "vendor" }, tried.fault.why);
        }
        if (tried.fault.kind === "too-many-requests") break;
        await work.clock.sleep(AGAIN_MS[attempt] ?? 0, work.stop);
        break;
      }
    }
  }
}

/** A breaker ends the run whatever happens at a cap. */
function overCap(work: Work, { key, cost }: Order, passed: readonly PassedCap[]): LineEnd {
  const tripped = passed.find((one) => one.trips);
  const first = tripped ?? passed[0];
  if (first === undefined) throw new Error(`${key} is over no cap`);
  const { cap, of, limit, used } = first;
  work.tell({ event: "over-cap", key, cap, of, limit, used, cost });
  if (tripped !== undefined) {
    const why =
      tripped.counts.by === "unknown"
        ? `${dollars(used)} of unknown outcome, more than ${cap} of ${dollars(limit)}`
        : `${key} would bring the last hour to ${dollars(add(used, cost))}, over ${cap} of ${dollars(limit)}`;
    // Too much within an hour is no reason to drop what fits; too much that nobody knows of is.
    const admitted = tripped.counts.by === "unknown" ? "dropped" : "sent";
    work.halt({ because: "breaker" }, why, admitted);
  } else if (work.stopsAtCap) work.halt({ because: "cap" }, "a cap is reached", "sent");
  return { is: "over-cap" };
}

/** Takes up what an earlier run sent and did not see the end of. */
export async function takeUp(work: Work, hold: Hold): Promise<LineEnd> {
  const { key, request, seconds, endpoint } = hold;
  if (request === null) throw new Error(`${key} was submitted without a request`);
  work.tell({ event: "taken-up", line: about(hold), seconds, endpoint, request: request.id });
  const end = await follow(work, hold, { endpoint, request, seconds });
  // A failure of an earlier run's line is told; buying it again is for its own plan.
  return end.is === "again" ? { is: "failed" } : end;
}

/** `last`: whatever comes of it, it is not tried again. */
async function send(work: Work, hold: Hold, last: boolean): Promise<Attempt> {
  const { endpoint, seconds } = hold;
  const line = about(hold);
  work.tell({ event: "reserved", line, seconds, endpoint });
  if (tooLate(work)) return await unsent(work, hold);
  const sending = await markSending(work, hold);
  if (sending !== "mine") return sending;
  if (tooLate(work)) return await unsent(work, hold);
  work.tell({ event: "sending", line });
  const submission = await work.vendor.submit(hold, work.leave);
  const { simulated } = submission;
  if (simulated !== null && !(await claim(work, simulated))) {
    return await wrongWorld(work, hold, submission);
  }
  if (submission.is === "fault") return await refused(work, hold, submission.fault, last);
  work.unknowns = 0;
  const { request } = submission;
  const submitted = await record(work, hold, { kind: "submitted", request, person: null });
  if (submitted === null) return { is: "unknown" };
  // A write that seemed to fail and did not: the step is our own.
  const ours = submitted.is === "done" || submitted.hold.request?.id === request.id;
  if (!ours) {
    const why = `it is ${submitted.hold.state} already, by someone else's hand`;
    work.tell({ event: "unwritten", line, request: request.id, what: "submitted", why });
    return { is: "unknown" };
  }
  work.tell({ event: "submitted", line, request: request.id });
  return await follow(work, submitted.hold, { endpoint, request, seconds });
}

/** Whether the run was stopped while the ledger was written: a cap that others have reached is no reason. */
function tooLate(work: Work): boolean {
  return work.leave.aborted || !work.sendsAdmitted();
}

async function unsent(work: Work, hold: Hold): Promise<LineEnd> {
  const why = "the run was stopped before it was sent";
  await record(work, hold, { kind: "released", why, person: null });
  work.tell({ event: "unsent", line: about(hold) });
  return NOT_STARTED;
}

/** Only the process that makes this step may send; nothing is sent whose step is not durable. */
async function markSending(work: Work, hold: Hold): Promise<"mine" | LineEnd> {
  try {
    const sending = await work.ledger.advance(hold.id, { kind: "sending" });
    return sending.is === "done" ? "mine" : { is: "taken" };
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    work.halt({ because: "ledger" }, `the ledger cannot be written: ${cause.message}`);
    // Whether it was written or not, it was not sent.
    const why = "the ledger could not be written, so it was not sent";
    await record(work, hold, { kind: "released", why, person: null });
    return NOT_STARTED;
  }
}

/** What an answer without a request id means for the hold, and for the rest of the run. */
async function refused(work: Work, hold: Hold, fault: Fault, last: boolean): Promise<Attempt> {
  const line = about(hold);
  const consequence = CONSEQUENCES[fault.kind];
  if (consequence.hold !== "released") {
    await record(work, hold, { kind: "unknown", why: fault.why });
    work.tell({ event: "unknown", line, fault });
    work.unknowns += 1;
    if (work.unknowns >= MOST_UNKNOWNS) {
      const why = `${work.unknowns} orders in a row have an unknown outcome`;
      work.halt({ because: "vendor" }, `${why}: ${fault.why}`);
    }
    return { is: "unknown" };
  }
  work.unknowns = 0;
  const again = consequence.next === "again" && !last;
  await record(work, hold, { kind: "released", why: fault.why, person: null });
  work.tell({ event: "released", line, fault, again });
  if (consequence.next === "stop") work.halt({ because: "vendor" }, fault.why);
  if (fault.kind === "too-many-requests") {
    const ms = fault.retryAfter ?? UNSAID_PAUSE_MS;
    work.orders.close(ms);
    work.tell({ event: "pausing", ms, why: fault.why });
  }
  return consequence.next === "again" ? { is: "again", fault } : { is: "failed" };
}

// A login page or a proxy that flattens answers says the same to every order; each would need a person.
const MOST_UNKNOWNS = 3;

// For a "too many requests" that does not say for how long. Milliseconds.
const UNSAID_PAUSE_MS = 10_000;

/** Waits for a submitted job and settles what came of it. */
async function follow(work: Work, hold: Hold, placed: Placed): Promise<Attempt> {
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
  if (now !== null && now.state !== "submitted") return { is: "taken" };
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
    if (settled.hold.state === "settled") return { is: "taken" };
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

/** Whether the ledger is for what has just answered; an empty one becomes so. */
async function claim(work: Work, simulated: boolean): Promise<boolean> {
  try {
    return await work.ledger.claim(simulated ? "rehearsal" : "real");
  } catch (cause) {
    // What has been bought is written down first; a ledger in trouble is told of there.
    if (cause instanceof LedgerFault) return true;
    throw cause;
  }
}

/** The simulator answered under a real ledger, or fal under a rehearsal's: nothing more is started. */
async function wrongWorld(work: Work, hold: Hold, submission: Submission): Promise<LineEnd> {
  const why = submission.simulated
    ? "the simulator answered, and this ledger is for real purchases"
    : "fal answered, and this ledger is for rehearsals";
  const fault: Fault = { kind: "wrong-world", why, retryAfter: null };
  work.halt({ because: "vendor" }, why);
  if (submission.simulated || submission.is === "fault") {
    // What the simulator took was never bought.
    const meant = submission.simulated || submission.is !== "fault" ? fault : submission.fault;
    const end = await refused(work, hold, meant, true);
    return end.is === "again" ? { is: "failed" } : end;
  }
  const { id } = submission.request;
  await record(work, hold, { kind: "unknown", why: `${why}; its request is ${id}` });
  work.tell({ event: "unknown", line: about(hold), fault });
  return { is: "unknown" };
}
