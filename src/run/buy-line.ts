import type { Order } from "../ledger/entry.ts";
import type { PassedCap } from "../ledger/held-caps.ts";
import type { Hold } from "../ledger/hold.ts";
import { add, dollars } from "../money.ts";
import { SEND_WITHIN_MS } from "../ledger/lease.ts";
import { MOST_TRIES } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import { elapsedSince, type Moment } from "./ports.ts";
import { type Attempt, awaitResult, type LineEnd } from "./await-result.ts";
import { CONSEQUENCES, type Fault } from "./faults.ts";
import type { Clearance } from "./vendor.ts";
import { identifyLine, askLedger, record, type Work } from "./work.ts";

const NOT_STARTED: LineEnd = { is: "not-started" };

// Before the second and the third try after a definite refusal. Milliseconds.
const AGAIN_MS = [2_000, 8_000];

/** Buys one line: reserves, sends once, waits, collects, settles. Tries again only after an end that cost nothing. */
export async function buyLine(work: Work, order: Order, turn: number): Promise<LineEnd> {
  let end: LineEnd = NOT_STARTED;
  for (let attempt = 0; ; attempt += 1) {
    await work.traffic.orders.pass(work.stop);
    if (work.halted() !== null || work.leave.aborted) return end;
    const reservation = await work.ledger.reserve(work.run, order);
    switch (reservation.is) {
      case "run-over":
        work.halt("taken-for-dead", "another run has taken this one for dead");
        return end;
      case "tried-enough":
        return end;
      case "taken":
        return reportTaken(work, reservation.hold);
      case "busy":
        return { is: "busy" };
      case "over":
        return handleOverCap(work, order, turn, reservation.passed);
      case "unapproved": {
        const { why, nearest } = reservation;
        work.tell({ event: "not-approved", key: order.key, cost: order.cost, why, nearest });
        work.halt("approval", "what is left is not approved", turn);
        return { is: "not-approved" };
      }
      case "held": {
        const tried = await send(work, reservation.hold, turn, attempt + 1 >= MOST_TRIES);
        if (tried.is !== "again") return tried;
        end = { is: "failed" };
        // The vendor cannot be reached: every other line would find out the same.
        if (tried.fault.kind === "not-connected" && attempt >= AGAIN_MS.length) {
          work.halt("vendor", `${tried.fault.why}${UNREACHED_ADVICE}`);
        }
        if (tried.fault.kind === "too-many-requests") break;
        await work.clock.sleep(AGAIN_MS[attempt] ?? 0, work.stop);
        break;
      }
    }
  }
}

function reportTaken({ tell }: Work, hold: Hold): LineEnd {
  const { key, state, run } = hold;
  tell({ event: "taken", key, state, run });
  return { is: "taken", hold };
}

const UNREACHED_ADVICE =
  ". What could not be sent was not bought, and holds no money: check the connection, or HTTPS_PROXY, then run again";

/** A breaker ends the run whatever happens at a cap. */
function handleOverCap(
  work: Work,
  { key, cost }: Order,
  turn: number,
  passed: readonly PassedCap[],
): LineEnd {
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
    // What fits within the hour is still sent; with too much of unknown outcome, nothing is.
    if (tripped.counts.by === "unknown") work.halt("breaker", why);
    else work.halt("breaker", why, turn);
  } else if (work.stopsAtCap) work.halt("cap", "a cap is reached", turn);
  return { is: "over-cap" };
}

/** Resumes a line that an earlier run sent and did not finish. */
export async function resumeLine(work: Work, hold: Hold): Promise<LineEnd> {
  const { key, request, seconds, endpoint } = hold;
  if (request === null) throw new Error(`${key} was submitted without a request`);
  work.tell({
    event: "taken-up",
    line: identifyLine(hold),
    seconds,
    endpoint,
    request: request.id,
  });
  const end = await awaitResult(work, hold, { endpoint, request, seconds });
  // A failure of an earlier run's line is reported; its own plan may buy it again.
  return end.is === "again" ? { is: "failed" } : end;
}

/** `last`: whatever comes of it, it is not tried again. */
async function send(work: Work, hold: Hold, turn: number, last: boolean): Promise<Attempt> {
  const { endpoint, seconds } = hold;
  const line = identifyLine(hold);
  work.tell({ event: "reserved", line, seconds, endpoint });
  if (isTooLate(work, turn)) return await releaseUnsent(work, hold);
  const marked = work.clock.moment();
  const sending = await markSending(work, hold);
  if (sending !== "mine") return sending;
  if (isTooLate(work, turn)) return await releaseUnsent(work, hold);
  work.tell({ event: "sending", line });
  const submission = await work.vendor.submit(hold, work.leave, makeClearance(work, hold, marked));
  const { astray } = submission;
  if (astray !== null) work.halt("vendor", astray);
  if (submission.is === "fault") {
    return await handleRefusal(work, hold, submission.fault, last || astray !== null);
  }
  const { request } = submission;
  // Reported before it is written: a ledger that is locked for a minute must not hide the id.
  work.tell({ event: "submitted", line, request: request.id });
  if (astray !== null) {
    const why = `${astray}; its request is ${request.id}`;
    return await handleRefusal(work, hold, { kind: "not-simulated", why, retryAfter: null }, true);
  }
  work.unknowns = 0;
  const submitted = await record(work, hold, { kind: "submitted", request, person: null });
  if (submitted === null) return { is: "unknown" };
  // If a write seemed to fail and did not, the step is our own.
  const ours = submitted.is === "done" || submitted.hold.request?.id === request.id;
  if (!ours) {
    const why = `it is ${submitted.hold.state} already, by someone else's hand`;
    work.tell({ event: "unwritten", line, request: request.id, what: "submitted", why });
    return { is: "unknown" };
  }
  return await awaitResult(work, submitted.hold, { endpoint, request, seconds });
}

/** The last check before an order's first byte leaves. The limits and their reasons are in ledger/lease.ts. */
function makeClearance(work: Work, hold: Hold, marked: Moment): Clearance {
  return async () => {
    try {
      if (!work.lease.holds && !(await work.lease.renew())) return "its run was taken for dead";
      const state = (await work.ledger.hold(hold.id))?.state;
      if (state !== "sending") return `it is ${state ?? "gone"} in the ledger`;
    } catch (cause) {
      if (!(cause instanceof LedgerFault)) throw cause;
      return `the ledger cannot be asked: ${cause.message}`;
    }
    // Checked last: the process may have stood still since the ledger answered.
    if (elapsedSince(marked, work.clock.moment()) >= SEND_WITHIN_MS || !work.lease.holds) {
      return "it was about to be sent for too long, or the clock was set back";
    }
    return null;
  };
}

/** Whether the run was stopped while the ledger was written. A cap that a later line reached does not count. */
function isTooLate(work: Work, turn: number): boolean {
  return work.leave.aborted || !work.sendsAdmitted(turn);
}

async function releaseUnsent(work: Work, hold: Hold): Promise<LineEnd> {
  const why = "the run was stopped before it was sent";
  await record(work, hold, { kind: "released", why, person: null });
  work.tell({ event: "unsent", line: identifyLine(hold) });
  return NOT_STARTED;
}

/** Records that the order is about to be sent. Only the process that records it may send, and only once it is durable. */
async function markSending(work: Work, hold: Hold): Promise<"mine" | LineEnd> {
  try {
    const sending = await work.ledger.advance(hold.id, { kind: "sending" });
    return sending.is === "done" ? "mine" : { is: "taken", hold: sending.hold };
  } catch (cause) {
    if (!(cause instanceof LedgerFault)) throw cause;
    work.halt("ledger", `the ledger cannot be written: ${cause.message}`);
    // Whether it was written or not, it was not sent.
    const why = "the ledger could not be written, so it was not sent";
    await record(work, hold, { kind: "released", why, person: null });
    return NOT_STARTED;
  }
}

/** Applies what an answer without a request id means for the hold, and for the rest of the run. */
async function handleRefusal(
  work: Work,
  hold: Hold,
  fault: Fault,
  last: boolean,
): Promise<Attempt> {
  const line = identifyLine(hold);
  const consequence = CONSEQUENCES[fault.kind];
  if (consequence.hold !== "released") {
    await record(work, hold, { kind: "unknown", why: fault.why });
    work.tell({ event: "unknown", line, fault });
    work.unknowns += 1;
    if (work.unknowns >= MOST_UNKNOWNS) {
      const why = `${work.unknowns} orders in a row have an unknown outcome`;
      work.halt("vendor", `${why}: ${fault.why}`);
    }
    return { is: "unknown" };
  }
  work.unknowns = 0;
  const again = consequence.next === "again" && !last;
  const moved = await findMovedByOthers(work, hold);
  if (moved !== null) return reportTaken(work, moved);
  await record(work, hold, { kind: "released", why: fault.why, person: null });
  work.tell({ event: "released", line, fault, again });
  if (consequence.next === "stop") work.halt("vendor", fault.why);
  if (fault.kind === "too-many-requests") {
    const ms = fault.retryAfter ?? DEFAULT_PAUSE_MS;
    work.traffic.orders.close(ms);
    work.tell({ event: "pausing", ms, why: fault.why });
  }
  return consequence.next === "again" ? { is: "again", fault } : { is: "failed" };
}

/**
 * Returns a hold that was about to be sent if someone else has settled it: a person may have named its request. A hold
 * that another run has marked unknown is still settled by this run, which alone knows that nothing was bought.
 */
async function findMovedByOthers({ ledger }: Work, { id }: Hold): Promise<Hold | null> {
  const now = await askLedger(async () => await ledger.hold(id), null);
  return now?.state === "sending" || now?.state === "unknown" ? null : now;
}

// A login page, or a proxy that replaces answers, says the same to every order, and each would need a person.
const MOST_UNKNOWNS = 3;

// For a "too many requests" that does not state how long to wait. Milliseconds.
const DEFAULT_PAUSE_MS = 10_000;
