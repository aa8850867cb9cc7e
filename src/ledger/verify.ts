import { NO_CAPS } from "../budget/caps.ts";
import { purchaseKey } from "../budget/purchase.ts";
import { type Overage, readTerms, type Terms } from "../budget/terms.ts";
import { add, dollars, type MicroUsd, NOTHING, subtract } from "../money.ts";
import { ANY_APPROVAL, matchApproval, findNeededApproval, parsePlanAccount } from "./approval.ts";
import {
  type Approval,
  type ApprovedAs,
  type ApprovedLine,
  type Entry,
  type Fact,
  type FactOf,
  isStep,
  type Order,
  type Step,
} from "./entry.ts";
import { listCountedBy, foldCase, type HeldCap, listHeldCaps, isExceeded } from "./held-caps.ts";
import { applyStep, blocksPurchase, type Hold, createHold, sumUnknownMoney } from "./hold.ts";
import type { Kept, Purpose } from "./ledger.ts";
import { MoneySince } from "./money-since.ts";
import { Turns } from "./occurrence.ts";
import { project, ProjectedTables } from "./project.ts";
import { compareTables } from "./verify-tables.ts";

export interface Verified {
  readonly entries: number;
  readonly holds: number;
  /** How many times a cap or an approval was checked for a reservation. */
  readonly checks: number;
  readonly problems: readonly string[];
}

/**
 * Folds every entry from the first on, and checks each: is the step legal, was the purchase free and approved if it had
 * to be, did every cap of that moment have room? Then compares the tables beside the entries with them.
 */
export function verify(entries: Iterable<Entry>, kept: Kept | null): Verified {
  const audit = new Audit();
  for (const entry of entries) audit.read(entry);
  const { problems, holds, tables, purpose } = audit;
  const beside = kept === null ? [] : compareTables(tables, purpose, kept);
  return {
    entries: audit.entries,
    holds: holds.size,
    checks: audit.checks,
    problems: [...problems, ...beside],
  };
}

const NO_TERMS: Terms = { timezone: "UTC", caps: NO_CAPS, approval: "optional" };

/** A run, as its entries describe it. */
interface KnownRun extends Omit<FactOf<"run-started">, "kind" | "owner"> {
  readonly campaign: string;
  readonly ended: boolean;
}

/** An approval, and its lines by key. */
interface KnownApproval extends Approval {
  readonly at: number;
  readonly lines: ReadonlyMap<string, ApprovedLine>;
}

class Audit {
  entries = 0;
  checks = 0;
  readonly problems: string[] = [];
  /** Null if no entry states it. */
  purpose: Purpose | null = null;
  readonly holds = new Map<string, Hold>();
  /** What a database has to keep beside the entries. */
  readonly tables = new ProjectedTables();
  readonly #accounts = new Map<string, string>();
  readonly #runs = new Map<string, KnownRun>();
  readonly #terms = new Map<string, Terms>();
  readonly #approvals = new Map<string, KnownApproval>();
  /** By campaign. */
  readonly #overages = new Map<string, Overage[]>();
  readonly #sealed = new Set<string>();
  readonly #turns = new Turns();
  // By what caps count, so that a ledger of any length is checked in one pass.
  readonly #used = new Map<string, MicroUsd>();
  readonly #bySince = new Map<string, MoneySince>();
  /** By purchase, and by line of an approved plan: the holds that claim it. */
  readonly #standing = new Map<string, Set<string>>();
  readonly #requests = new Map<string, string>();
  #seq = 0;

  read(entry: Entry): void {
    this.entries += 1;
    if (entry.seq <= this.#seq) this.#problem(entry, "is out of order");
    this.#seq = entry.seq;
    const { fact } = entry;
    if (this.#sealed.has(entry.campaign ?? "") && fact.kind !== "received") {
      this.#problem(entry, "is of a campaign that has moved");
    }
    if (isStep(fact)) this.#step(entry, fact);
    else if (fact.kind === "reserved") this.#reserved(entry, fact);
    else {
      this.#notice(entry, fact);
      this.tables.take(project(entry, null));
    }
  }

  #notice(entry: Entry, fact: Exclude<Fact, Step | FactOf<"reserved">>): void {
    const { at } = entry;
    const campaign = entry.campaign ?? "";
    switch (fact.kind) {
      case "terms":
        this.#terms.set(campaign, readTerms(fact.terms));
        return;
      case "approved": {
        const lines = new Map(fact.lines.map((line) => [line.key, line]));
        this.#approvals.set(approvalKey(campaign, fact.plan), { ...fact, lines, at });
        return;
      }
      case "overage": {
        const known = this.#overages.get(campaign) ?? [];
        this.#overages.set(campaign, known);
        known.push({ ...fact, at });
        return;
      }
      case "run-started":
        return this.#runStarted(entry, fact);
      case "run-ended":
        return this.#runEnded(entry);
      case "occurrence":
      case "occurrence-resumed":
      case "occurrence-ended":
        for (const what of this.#turns.read(campaign, entry.run, fact, this.#runs)) {
          this.#problem(entry, what);
        }
        return;
      case "sealed":
        this.#sealed.add(campaign);
        return;
      case "received":
        this.#sealed.delete(campaign);
        return;
      case "purpose":
        this.purpose = fact.purpose;
        return;
      case "schedule":
      case "separate":
    }
  }

  #runStarted(entry: Entry, { account, ...fact }: FactOf<"run-started">): void {
    const run: KnownRun = { ...fact, account, campaign: entry.campaign ?? "", ended: false };
    if (entry.run === null || this.#runs.has(entry.run)) this.#problem(entry, "starts a run again");
    this.#runs.set(entry.run ?? "", run);
    if (run.partOf === undefined) return;
    const batch = this.#runs.get(run.partOf);
    if (batch?.batch !== true || batch.ended)
      this.#problem(entry, "buys for a batch that is not open");
    if (batch !== undefined && formatTerms(batch) !== formatTerms(run))
      this.#problem(entry, "buys under other limits than its batch");
  }

  #runEnded(entry: Entry): void {
    const run = this.#runs.get(entry.run ?? "");
    if (run === undefined || run.ended) this.#problem(entry, "ends a run that is not open");
    else this.#runs.set(entry.run ?? "", { ...run, ended: true });
  }

  #reserved(entry: Entry, fact: FactOf<"reserved">): void {
    const { order, account } = fact;
    const approved = fact.approved ?? null;
    const { hold: id, run: runId, at } = entry;
    if (id === null || runId === null)
      return this.#problem(entry, "reserves without an id or a run");
    if (this.holds.has(id)) return this.#problem(entry, "reserves a hold again");
    const purchase = purchasePlace(order);
    if (this.#stands(purchase)) this.#problem(entry, `buys ${order.key} a second time`);
    const run = this.#runs.get(runId);
    if (run === undefined) return this.#problem(entry, "is of a run that was not started");
    const batch = this.#runs.get(run.partOf ?? "");
    if (run.ended || batch?.ended === true) this.#problem(entry, "is of a run that is over");
    if (run.account !== account)
      this.#problem(entry, `counts under account ${account}, unlike its run`);
    const campaign = foldCase(order.campaign);
    const terms = this.#terms.get(campaign) ?? NO_TERMS;
    const overages = this.#overages.get(campaign) ?? [];
    for (const cap of listHeldCaps(terms, overages, run, order, at)) {
      this.checks += 1;
      const used = this.#usedUnder(order.campaign, cap);
      if (!isExceeded(cap, used, order.cost)) continue;
      const total = add(used, order.cost);
      this.#problem(entry, `passes ${cap.cap}: ${dollars(total)} of ${dollars(cap.limit)}`);
    }
    const own = this.#planOf(campaign, account);
    const needs = findNeededApproval(run.approval ?? null, own, terms.approval);
    if (needs !== null) this.#approved(entry, order, approved, needs);
    else if (approved !== null) this.#problem(entry, "names an approval that it did not need");
    const hold = createHold(id, runId, order, at, approved);
    this.#accounts.set(id, account);
    this.#put(entry, null, hold);
  }

  #planOf(campaign: string, account: string): string | null {
    const plan = parsePlanAccount(account);
    return plan !== null && this.#approvals.has(approvalKey(campaign, plan)) ? plan : null;
  }

  /** Checks that the approved line that a purchase names covers it at that moment. */
  #approved(entry: Entry, order: Order, approved: Hold["approved"], needs: string): void {
    this.checks += 1;
    if (approved === null) return this.#problem(entry, `buys ${order.key} without an approval`);
    const { plan, line: key } = approved;
    const approval = this.#approvals.get(approvalKey(order.campaign, plan));
    const line = approval?.lines.get(key);
    const named = needs === ANY_APPROVAL || needs === plan;
    if (approval === undefined || line === undefined || !named) {
      return this.#problem(entry, `buys ${order.key} as a line that was not approved`);
    }
    const used = this.#used.get(approvalKey(order.campaign, plan)) ?? NOTHING;
    const itself = { ...order, edition: "", fingerprint: line.fingerprint, ordinal: line.ordinal };
    const taken = [purchasePlace(itself), approvedLineKey(order.campaign, approved)].some((place) =>
      this.#stands(place),
    );
    const answer = matchApproval(
      order,
      [{ approval: { ...approval, used }, line, taken }],
      entry.at,
    );
    if (answer.is === "unapproved") {
      this.#problem(entry, `buys ${order.key} against its approval: ${answer.why}`);
    }
  }

  /** Records a hold as it is now, and its money under everything that counts it. */
  #put(entry: Entry, before: Hold | null, hold: Hold): void {
    const { id } = hold;
    this.holds.set(id, hold);
    this.tables.take(project(entry, hold));
    const { campaign, approved } = hold;
    const count = (key: string, more: MicroUsd): void => {
      this.#used.set(key, add(this.#used.get(key) ?? NOTHING, more));
    };
    const account = this.#accounts.get(id) ?? "";
    const keys = listCountedBy(hold, account).map((counts) => scopeKey(campaign, counts));
    if (approved !== null) keys.push(approvalKey(campaign, approved.plan));
    // Purchases of a saved plan from before its approval count under the approval too.
    const plan = parsePlanAccount(account);
    if (plan !== null && plan !== approved?.plan) keys.push(approvalKey(campaign, plan));
    const since = this.#bySince.get(foldCase(campaign)) ?? new MoneySince();
    this.#bySince.set(foldCase(campaign), since);
    const more = subtract(sumMoney(hold), before === null ? NOTHING : sumMoney(before));
    since.add(hold.reservedAt, more);
    for (const key of keys) count(key, more);
    const unknown = before === null ? NOTHING : sumUnknownMoney(before);
    count(scopeKey(campaign, { by: "unknown" }), subtract(sumUnknownMoney(hold), unknown));
    for (const place of listPlaces(hold)) {
      const standing = this.#standing.get(place) ?? new Set();
      this.#standing.set(place, standing);
      if (blocksPurchase(hold)) standing.add(id);
      else standing.delete(id);
    }
  }

  #stands(place: string): boolean {
    return (this.#standing.get(place)?.size ?? 0) > 0;
  }

  /** Returns whether another hold has taken the place of one that claims nothing. */
  #isReplaced(hold: Hold): boolean {
    return listPlaces(hold).some((place) =>
      [...(this.#standing.get(place) ?? [])].some((id) => this.holds.get(id)?.duplicate === false),
    );
  }

  #step(entry: Entry, fact: Step): void {
    const { hold: id, at } = entry;
    const before = id === null ? undefined : this.holds.get(id);
    if (id === null || before === undefined) {
      return this.#problem(entry, "is about a hold that was not reserved");
    }
    const hold = applyStep(before, fact, at);
    if (hold === null)
      return this.#problem(entry, `cannot make a ${before.state} hold ${fact.kind}`);
    const replaced = !blocksPurchase(before) && blocksPurchase(hold) && this.#isReplaced(before);
    if (replaced && !hold.duplicate)
      this.#problem(entry, `makes ${hold.key} claim its purchase twice`);
    if (!replaced && "duplicate" in fact)
      this.#problem(entry, "is marked as a duplicate without another hold");
    this.#put(entry, before, hold);
    if (fact.kind === "submitted") {
      if (before.request !== null) this.#requests.delete(before.request.id);
      const other = this.#requests.get(fact.request.id);
      if (other !== undefined && other !== id)
        this.#problem(entry, `has the request of hold ${other}`);
      this.#requests.set(fact.request.id, id);
    }
  }

  #usedUnder(campaign: string, { counts, from }: HeldCap): MicroUsd {
    if (from === null) return this.#used.get(scopeKey(campaign, counts)) ?? NOTHING;
    if (counts.by !== "campaign") throw new Error("only a campaign is counted from a moment on");
    return this.#bySince.get(foldCase(campaign))?.since(from) ?? NOTHING;
  }

  #problem({ seq, fact }: Entry, what: string): void {
    this.problems.push(`entry ${seq} (${fact.kind}) ${what}`);
  }
}

/** Formats the terms that a batch passes to the runs that buy for it. */
function formatTerms({ campaign, account, limits, approval, atOnce }: KnownRun): string {
  return JSON.stringify([campaign, account, limits, approval ?? null, atOnce ?? null]);
}

function purchasePlace(order: Order): string {
  return JSON.stringify([foldCase(order.campaign), purchaseKey(order)]);
}

/** Lists what only one hold may have at a time. */
function listPlaces(hold: Hold): readonly string[] {
  const line = hold.approved === null ? [] : [approvedLineKey(hold.campaign, hold.approved)];
  return [purchasePlace(hold), ...line];
}

function scopeKey(campaign: string, counts: HeldCap["counts"]): string {
  return JSON.stringify([foldCase(campaign), counts]);
}

function approvalKey(campaign: string, plan: string): string {
  return JSON.stringify([foldCase(campaign), { approval: plan }]);
}

function approvedLineKey(campaign: string, { plan, line }: ApprovedAs): string {
  return JSON.stringify([foldCase(campaign), plan, line]);
}

function sumMoney({ spent, held }: Hold): MicroUsd {
  return add(spent, held);
}
