import type { Step } from "../../../src/ledger/entry.ts";
import { type Ledger } from "../../../src/ledger/ledger.ts";
import { LedgerFault } from "../../../src/ledger/fault.ts";

/** What a run does to a ledger, steps of a hold by their own names. */
export type Deed =
  | Step["kind"]
  | "reserve"
  | "startRun"
  | "endRun"
  | "keepAlive"
  | "buryDead"
  | "openRuns"
  | "holds"
  | "hold"
  | "durations"
  | "billedJobs";

export interface Trouble {
  readonly at: Deed;
  /** How often it meets it; for ever unless given. */
  readonly times?: number;
  /** The first of these go well. */
  readonly after?: number;
  /** The deed is done, and its promise is broken all the same: the power went between the disk and us. */
  readonly done?: true;
}

/** A ledger that cannot be written, or read, when it comes to this. */
export function failingLedger(
  ledger: Ledger,
  trouble: Trouble,
): Ledger & { readonly met: () => number } {
  const { at, times = Infinity, after = 0, done = false } = trouble;
  let seen = 0;
  let met = 0;
  const made = watched(ledger, async (name, act) => {
    if (name !== at) return await act();
    seen += 1;
    if (seen <= after || met >= times) return await act();
    met += 1;
    if (done) await act();
    throw new LedgerFault("full", "database or disk is full");
  });
  return { ...made, met: () => met };
}

/** A ledger of which each deed goes through other hands. */
export function watched(
  ledger: Ledger,
  deed: <Result>(name: Deed, act: () => Promise<Result>) => Promise<Result>,
): Ledger {
  return {
    id: ledger.id,
    purpose: ledger.purpose,
    campaigns: async () => await ledger.campaigns(),
    terms: async (campaign) => await ledger.terms(campaign),
    positions: async (campaign) => await ledger.positions(campaign),
    follow: (campaign) => ledger.follow(campaign),
    lastEntry: async () => await ledger.lastEntry(),
    hasEntry: async (mark) => await ledger.hasEntry(mark),
    entries: async (campaign, after) => await ledger.entries(campaign, after),
    batches: async () => await ledger.batches(),
    runEnd: async (run) => await ledger.runEnd(run),
    moves: async (campaign) => await ledger.moves(campaign),
    corrections: async (campaign) => await ledger.corrections(campaign),
    separation: async (campaign) => await ledger.separation(campaign),
    separate: async (...said) => await ledger.separate(...said),
    everything: async () => await ledger.everything(),
    agree: async (campaign, terms, basedOn) => await ledger.agree(campaign, terms, basedOn),
    overages: async (campaign) => await ledger.overages(campaign),
    approvals: async (campaign) => await ledger.approvals(campaign),
    approve: async (...said) => await ledger.approve(...said),
    addOverage: async (...said) => await ledger.addOverage(...said),
    holdSchedule: async (...said) => await ledger.holdSchedule(...said),
    leaveSchedule: async (campaign) => await ledger.leaveSchedule(campaign),
    close: () => ledger.close(),
    holds: async (campaign) => await deed("holds", () => ledger.holds(campaign)),
    hold: async (id) => await deed("hold", () => ledger.hold(id)),
    durations: async (endpoint, seconds) =>
      await deed("durations", () => ledger.durations(endpoint, seconds)),
    billedJobs: async (endpoint, seconds) =>
      await deed("billedJobs", () => ledger.billedJobs(endpoint, seconds)),
    openRuns: async (campaign) => await deed("openRuns", () => ledger.openRuns(campaign)),
    startRun: async (run) => await deed("startRun", () => ledger.startRun(run)),
    keepSchedule: async (...said) => await ledger.keepSchedule(...said),
    startOccurrence: async (start) => await ledger.startOccurrence(start),
    skipOccurrences: async (...said) => await ledger.skipOccurrences(...said),
    endOccurrence: async (...said) => await ledger.endOccurrence(...said),
    joinBatch: async (batch) => await ledger.joinBatch(batch),
    seal: async (...said) => await ledger.seal(...said),
    receive: async (parcel) => await ledger.receive(parcel),
    keepAlive: async (run) => await deed("keepAlive", () => ledger.keepAlive(run)),
    endRun: async (run, reason) => await deed("endRun", () => ledger.endRun(run, reason)),
    reclaimDeadRuns: async (campaign) =>
      await deed("buryDead", () => ledger.reclaimDeadRuns(campaign)),
    reserve: async (run, order) => await deed("reserve", () => ledger.reserve(run, order)),
    advance: async (hold, step) => await deed(step.kind, () => ledger.advance(hold, step)),
  };
}
