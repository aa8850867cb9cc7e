import { purchaseKey } from "../budget/purchase.ts";
import { add, type MicroUsd, NOTHING } from "../money.ts";
import {
  type ApprovedAs,
  type Charge,
  type Delivery,
  type Entry,
  readFailedUnits,
  isStep,
  type Order,
  type Person,
  type RequestRef,
  type Step,
} from "./entry.ts";
import { unsendableFrom } from "./lease.ts";
import { LedgerFault } from "./fault.ts";

/**
 * reserved ─ sending ─ submitted ─ settled, and the other ends: released (nothing was bought), failed (no video was
 * made; the charge says what it cost), unknown (it may have been bought: it is never sent again).
 */
export const HOLD_STATES = [
  "reserved",
  "sending",
  "submitted",
  "settled",
  "released",
  "failed",
  "unknown",
] as const;

export type HoldState = (typeof HOLD_STATES)[number];

/** A hold, folded from its entries. Times in milliseconds UTC. */
export interface Hold extends Order {
  readonly id: string;
  readonly run: string;
  /** Each once. */
  readonly tags: readonly string[];
  /** The line of an approved plan that covers it. */
  readonly approved: ApprovedAs | null;
  readonly reservedAt: number;
  readonly state: HoldState;
  readonly spent: MicroUsd;
  readonly held: MicroUsd;
  readonly sentAt: number | null;
  /** Until then its order may still be sent or arrive; null if it was answered, or can never be sent. */
  readonly unsendableFrom: number | null;
  readonly submittedAt: number | null;
  readonly endedAt: number | null;
  readonly request: RequestRef | null;
  /** Whether a person, not the vendor, gave its request. */
  readonly named: boolean;
  readonly charge: Charge | null;
  readonly why: string | null;
  readonly videoUrl: string | null;
  /** Bytes, if the vendor stated them. */
  readonly size: number | null;
  readonly billableUnits: string | null;
  readonly excess: MicroUsd;
  /** Why a person should look at its bill; null if the bill is as expected. */
  readonly doubt: string | null;
  /** Whether the vendor repeatedly did not know its request, or gave no result for it. */
  readonly missing: boolean;
  /** The vendor's answer to a request to cancel. */
  readonly cancel: string | null;
  readonly delivery: Delivery | null;
  readonly person: Person | null;
  /**
   * A correction restored it while another hold had its purchase, or its line of an approved plan: its money counts,
   * and it claims neither.
   */
  readonly duplicate: boolean;
}

/** Creates a hold as `reserve` writes it: its money counts from here on. */
export function createHold(
  id: string,
  run: string,
  order: Order,
  at: number,
  approved: ApprovedAs | null = null,
): Hold {
  return {
    ...order,
    id,
    run,
    tags: [...new Set(order.tags)],
    approved,
    reservedAt: at,
    state: "reserved",
    spent: NOTHING,
    held: order.cost,
    sentAt: null,
    unsendableFrom: null,
    submittedAt: null,
    endedAt: null,
    request: null,
    named: false,
    charge: null,
    why: null,
    videoUrl: null,
    size: null,
    billableUnits: null,
    excess: NOTHING,
    doubt: null,
    missing: false,
    cancel: null,
    delivery: null,
    person: null,
    duplicate: false,
  };
}

/** The states in which each step is allowed. */
const FROM: Readonly<Record<Step["kind"], readonly HoldState[]>> = {
  sending: ["reserved"],
  // A late request id, or one that a person found, overrules any end that was assumed without it; and a person may have
  // mistyped it.
  submitted: ["sending", "submitted", "unknown", "released", "failed"],
  settled: ["submitted"],
  released: ["reserved", "sending", "submitted", "unknown"],
  failed: ["submitted", "unknown", "released"],
  unknown: ["sending"],
  charge: ["failed", "settled"],
  cancel: ["submitted"],
  missing: ["submitted"],
  delivered: ["settled"],
};

/** Returns the hold after a step; null if its state does not allow the step. */
export function applyStep(hold: Hold, step: Step, at: number): Hold | null {
  if (!FROM[step.kind].includes(hold.state)) return null;
  const next = moveHold(hold, step, at);
  if (next === null || !blocksPurchase(next)) return next && { ...next, duplicate: false };
  // Another hold can take its place only while this one does not block the purchase.
  return blocksPurchase(hold) ? next : { ...next, duplicate: "duplicate" in step };
}

function moveHold(hold: Hold, step: Step, at: number): Hold | null {
  switch (step.kind) {
    case "sending":
      return { ...hold, state: "sending", sentAt: at, unsendableFrom: unsendableFrom(at) };
    case "submitted": {
      const { request, person } = step;
      // A retried write must not reopen what has ended in between.
      const same = hold.request?.id === request.id;
      if (person === null && same && hold.state !== "sending") return null;
      // A request that the vendor answered stays, and so does one that a person gave, whatever a run reports afterwards.
      if (hold.state === "submitted" && (person === null || same || !hold.named)) return null;
      const named = same ? hold.named : person !== null;
      const cancel = same ? hold.cancel : null;
      const money = { ...UNBILLED, ...splitMoney(hold.cost, "unknown"), charge: null };
      const held = { ...money, ...keepUnsendable(hold, person), endedAt: null, missing: false };
      const asked = { submittedAt: at, request, named, cancel };
      return { ...hold, ...held, ...asked, state: "submitted", why: null, person };
    }
    case "settled": {
      const { videoUrl, size, billableUnits, excess, doubt = null } = step;
      const spent = add(hold.cost, excess);
      const money = { spent, held: NOTHING, excess, doubt, billableUnits };
      const over = { endedAt: at, missing: false, why: null };
      return { ...hold, ...money, ...over, state: "settled", videoUrl, size };
    }
    case "released": {
      const { why, person } = step;
      const over = { ...FREE, ...keepUnsendable(hold, person), endedAt: at, why, person };
      return { ...hold, ...over, state: "released" };
    }
    case "failed": {
      const { charge, why, person, doubt = null } = step;
      // Only a person may say that a released hold was billed.
      if (hold.state === "released" && (person === null || charge !== "charged")) return null;
      const billableUnits = readFailedUnits(step);
      const excess = charge === "charged" ? (step.excess ?? NOTHING) : NOTHING;
      const money = { ...splitMoney(add(hold.cost, excess), charge), charge, excess };
      const over = { ...keepUnsendable(hold, person), endedAt: at, why, person };
      return { ...hold, ...money, ...over, doubt, billableUnits, state: "failed" };
    }
    case "unknown":
      return { ...hold, state: "unknown", why: step.why };
    case "charge": {
      // Only money changes: a settled hold stays bought.
      const { charge, person } = step;
      if (charge === (hold.charge ?? "charged")) return null;
      const money = splitMoney(add(hold.cost, hold.excess), charge);
      return { ...hold, ...money, doubt: null, charge, person };
    }
    case "missing":
      return { ...hold, missing: true, why: step.why };
    case "cancel":
      return { ...hold, cancel: step.answer };
    case "delivered":
      // An older version took an empty file for a delivery.
      return step.delivery.bytes === 0 ? hold : { ...hold, delivery: step.delivery };
  }
}

const UNBILLED = { excess: NOTHING, doubt: null };
const FREE = { spent: NOTHING, held: NOTHING };

/** A run that reports the outcome of its order will not send it any more; a person cannot know that. */
function keepUnsendable(
  { unsendableFrom: before }: Hold,
  person: Person | null,
): Pick<Hold, "unsendableFrom"> {
  return { unsendableFrom: person === null ? null : before };
}

function splitMoney(cost: MicroUsd, charge: Charge): { spent: MicroUsd; held: MicroUsd } {
  switch (charge) {
    case "none":
      return FREE;
    case "unknown":
      return { spent: NOTHING, held: cost };
    case "charged":
      return { spent: cost, held: NOTHING };
  }
}

/** Returns whether its bill was higher than planned, and no correction says that nothing was charged. */
export function isOverbilled({ excess, charge }: Pick<Hold, "excess" | "charge">): boolean {
  return excess > 0 && charge !== "none";
}

/** Returns the money held for an unknown outcome or charge. */
export function sumUnknownMoney({
  state,
  charge,
  held,
}: Pick<Hold, "state" | "charge" | "held">): MicroUsd {
  return state === "unknown" || (state === "failed" && charge === "unknown") ? held : NOTHING;
}

/** Returns whether it counts among the lines under way: one that the vendor does not know is not being made. */
export function isUnderWay({ state, missing }: Pick<Hold, "state" | "missing">): boolean {
  return !missing && (state === "reserved" || state === "sending" || state === "submitted");
}

/** Returns whether its purchase cannot be reserved again: true except after a definite end that cost nothing. */
export function blocksPurchase({ state, charge }: Pick<Hold, "state" | "charge">): boolean {
  return state !== "released" && !(state === "failed" && charge === "none");
}

type Standing = Pick<
  Hold,
  "fingerprint" | "ordinal" | "edition" | "state" | "charge" | "duplicate"
>;

/** Returns the hold that decides each purchase's state, by purchase: almost always the newest. */
export function findCurrentHolds<One extends Standing>(holds: Iterable<One>): Map<string, One> {
  const current = new Map<string, One>();
  for (const hold of holds) {
    const key = purchaseKey(hold);
    const before = current.get(key);
    if (before === undefined || rankClaim(hold) >= rankClaim(before)) current.set(key, hold);
  }
  return current;
}

function rankClaim(hold: Standing): number {
  if (!blocksPurchase(hold)) return 0;
  return hold.duplicate ? 1 : 2;
}

/** Folds entries into holds by id, in the order of their reservation. Throws at an impossible step. */
export function foldHolds(entries: Iterable<Entry>): Map<string, Hold> {
  const holds = new Map<string, Hold>();
  for (const entry of entries) {
    if (entry.hold === null) continue;
    holds.set(entry.hold, foldEntry(holds.get(entry.hold), entry, entry.hold));
  }
  return holds;
}

/** Returns a hold after one more of its entries. Throws at an impossible step. */
export function foldEntry(hold: Hold | undefined, { fact, at, run, seq }: Entry, id: string): Hold {
  if (fact.kind === "reserved") {
    if (hold !== undefined || run === null)
      throw makeDamageFault(`entry ${seq}: ${id} reserved again`);
    return createHold(id, run, fact.order, at, fact.approved);
  }
  const next = hold === undefined || !isStep(fact) ? null : applyStep(hold, fact, at);
  if (next === null) {
    throw makeDamageFault(
      `entry ${seq}: ${id} is ${hold?.state ?? "not reserved"}, not to be ${fact.kind}`,
    );
  }
  return next;
}

function makeDamageFault(what: string): LedgerFault {
  return new LedgerFault("damaged", `it contains what no ledger contains: ${what}`);
}

/** Returns a dead run's hold as the next run will reclaim it: released if it was not sent, unknown if it was being sent. */
export function simulateReclaim<Kept extends Pick<Hold, "run" | "state" | "held">>(
  hold: Kept,
  living: ReadonlySet<string>,
): Kept {
  if (living.has(hold.run)) return hold;
  if (hold.state === "reserved") return { ...hold, state: "released", held: NOTHING };
  return hold.state === "sending" ? { ...hold, state: "unknown" } : hold;
}
