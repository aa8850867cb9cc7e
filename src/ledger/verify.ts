import { NO_CAPS } from "../budget/caps.ts";
import { purchaseKey } from "../budget/purchase.ts";
import { type Overage, readTerms, type Terms } from "../budget/terms.ts";
import { add, dollars, type MicroUsd, NOTHING, subtract } from "../money.ts";
import { ANY_APPROVAL, type ApprovedAs, approvedAs, planOfAccount } from "./approval.ts";
import { type Entry, type Fact, isStep, type Order, type Seal } from "./entry.ts";
import { folded, type HeldCap, heldCaps, isPassed } from "./held-caps.ts";
import { after, blocks, type Hold, reservedHold, unknownMoney } from "./hold.ts";
import type { Kept, KeptApproval, KeptOccurrence, KeptRun, KeptSchedule } from "./ledger.ts";
import { isCatchUpOf, occurrenceAccount } from "./occurrence.ts";
import { approvalId, keptProblems, occurrenceId, type Told } from "./verify-kept.ts";

export interface Verified {
  readonly entries: number;
  readonly holds: number;
  /** How many times a cap was held against a reservation. */
  readonly checks: number;
  readonly problems: readonly string[];
}

/**
 * Folds every entry from the first on and asks at each: can this step be taken, was the purchase free and approved
 * where it had to be, did every cap that held then have room? Then whether what is kept beside the entries says the same.
 */
export function verify(entries: Iterable<Entry>, kept: Kept | null): Verified {
  const book = new Book();
  for (const entry of entries) book.read(entry);
  const { problems, holds } = book;
  const beside = kept === null ? [] : keptProblems(book, kept);
  return {
    entries: book.entries,
    holds: holds.size,
    checks: book.checks,
    problems: [...problems, ...beside],
  };
}

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { readonly kind: Kind }>;

const NO_TERMS: Terms = { timezone: "UTC", caps: NO_CAPS, approval: "optional" };

class Book implements Told {
  entries = 0;
  checks = 0;
  readonly problems: string[] = [];
  purpose: Told["purpose"] = null;
  readonly holds = new Map<string, Hold>();
  readonly accounts = new Map<string, string>();
  readonly runs = new Map<string, Omit<KeptRun, "id">>();
  readonly terms = new Map<string, Terms>();
  readonly approvals = new Map<string, KeptApproval>();
  readonly overages: (Overage & { readonly campaign: string })[] = [];
  readonly schedules = new Map<string, Pick<KeptSchedule, "schedule" | "since">>();
  readonly #turns = new Turns();
  readonly sealed = new Map<string, Seal>();
  // By what a cap counts, so that a ledger of any length is checked in one pass.
  readonly #used = new Map<string, MicroUsd>();
  readonly #bySince = new Map<string, MoneySince>();
  /** By purchase, and by line of an approved plan: the holds that stand. */
  readonly #standing = new Map<string, Set<string>>();
  readonly #requests = new Map<string, string>();
  #seq = 0;

  read(entry: Entry): void {
    this.entries += 1;
    if (entry.seq <= this.#seq) this.#problem(entry, "is out of order");
    this.#seq = entry.seq;
    const { fact, at } = entry;
    const campaign = entry.campaign ?? "";
    if (this.sealed.has(campaign) && fact.kind !== "received") {
      this.#problem(entry, "is of a campaign that has moved");
    }
    if (isStep(fact)) return this.#step(entry);
    switch (fact.kind) {
      case "terms":
        this.terms.set(campaign, readTerms(fact.terms));
        return;
      case "approved": {
        const { kind: _, ...approval } = fact;
        this.approvals.set(approvalId({ campaign, plan: fact.plan }), {
          ...approval,
          campaign,
          at,
        });
        return;
      }
      case "overage": {
        const { kind: _, ...overage } = fact;
        this.overages.push({ ...overage, campaign, at });
        return;
      }
      case "run-started":
        return this.#runStarted(entry, fact);
      case "run-ended":
        return this.#runEnded(entry, fact);
      case "reserved":
        return this.#reserved(entry, fact);
      case "schedule": {
        const { schedule, since } = fact;
        this.schedules.set(campaign, { schedule, since });
        return;
      }
      case "occurrence":
      case "occurrence-resumed":
      case "occurrence-ended":
        for (const what of this.#turns.read(campaign, entry.run, fact, this.runs)) {
          this.#problem(entry, what);
        }
        return;
      case "sealed":
        this.sealed.set(campaign, fact.seal);
        return;
      case "received":
        this.sealed.delete(campaign);
        return;
      case "purpose":
        this.purpose = fact.purpose;
        return;
      case "separate":
    }
  }

  get occurrences(): Told["occurrences"] {
    return this.#turns.occurrences;
  }

  #runStarted(entry: Entry, fact: FactOf<"run-started">): void {
    const { account, limits, owner, approval = null, batch = false } = fact;
    const { partOf = null, atOnce = null } = fact;
    const campaign = entry.campaign ?? "";
    if (entry.run === null || this.runs.has(entry.run)) this.#problem(entry, "starts a run again");
    const open = { ended: null, reason: null };
    const buys = { campaign, account, limits, approval, owner };
    const run: Omit<KeptRun, "id"> = { ...buys, batch, partOf, atOnce, ...open };
    this.runs.set(entry.run ?? "", run);
    const of = partOf === null ? undefined : this.runs.get(partOf);
    if (partOf !== null && (of?.batch !== true || of.ended !== null))
      this.#problem(entry, "buys for no batch that is open");
    if (of !== undefined && termsOf(of) !== termsOf(run))
      this.#problem(entry, "buys under other limits than its batch");
  }

  #runEnded(entry: Entry, { how, reason }: FactOf<"run-ended">): void {
    const run = this.runs.get(entry.run ?? "");
    if (run === undefined || run.ended !== null) this.#problem(entry, "ends no run that is going");
    else this.runs.set(entry.run ?? "", { ...run, ended: how, reason: reason ?? null });
  }

  #reserved(entry: Entry, fact: FactOf<"reserved">): void {
    const { order, account } = fact;
    const approved = fact.approved ?? null;
    const { hold: id, run: runId, at } = entry;
    if (id === null || runId === null) return this.#problem(entry, "reserves without a hold");
    if (this.holds.has(id)) return this.#problem(entry, "reserves a hold again");
    const purchase = purchaseOf(order);
    if (this.#stands(purchase)) this.#problem(entry, `buys ${order.key} a second time`);
    const run = this.runs.get(runId);
    if (run === undefined) return this.#problem(entry, "is of a run that was not started");
    const batch = run.partOf === null ? undefined : this.runs.get(run.partOf);
    if (run.ended !== null || (batch?.ended ?? null) !== null)
      this.#problem(entry, "is of a run that is over");
    if (run.account !== account) this.#problem(entry, `counts under ${account}, its run does not`);
    const campaign = folded(order.campaign);
    const terms = this.terms.get(campaign) ?? NO_TERMS;
    const overages = this.overages.filter((overage) => overage.campaign === campaign);
    for (const cap of heldCaps(terms, overages, run, order, at)) {
      this.checks += 1;
      const used = this.#usedUnder(order.campaign, cap);
      if (!isPassed(cap, used, order.cost)) continue;
      const total = add(used, order.cost);
      this.#problem(entry, `passes ${cap.cap}: ${dollars(total)} of ${dollars(cap.limit)}`);
    }
    const own = this.#planOf(campaign, account);
    const needs = run.approval ?? own ?? (terms.approval === "required" ? ANY_APPROVAL : null);
    if (needs !== null) this.#approved(entry, order, approved, needs);
    else if (approved !== null) this.#problem(entry, "names an approval that it did not need");
    const hold = reservedHold(id, runId, order, at, approved);
    this.accounts.set(id, account);
    this.#put(id, null, hold);
  }

  #planOf(campaign: string, account: string): string | null {
    const plan = planOfAccount(account);
    return plan !== null && this.approvals.has(approvalId({ campaign, plan })) ? plan : null;
  }

  /** Whether the approved line that a purchase names stands for it, at that moment. */
  #approved(entry: Entry, order: Order, approved: Hold["approved"], needs: string): void {
    this.checks += 1;
    if (approved === null) return this.#problem(entry, `buys ${order.key} without an approval`);
    const { plan, line: key } = approved;
    const approval = this.approvals.get(approvalId({ campaign: folded(order.campaign), plan }));
    const line = approval?.lines.find((one) => one.key === key);
    const named = needs === ANY_APPROVAL || needs === plan;
    if (approval === undefined || line === undefined || !named) {
      return this.#problem(entry, `buys ${order.key} as a line that was not approved`);
    }
    const used = this.#used.get(approvalScope(order.campaign, plan)) ?? NOTHING;
    const itself = { ...order, edition: "", fingerprint: line.fingerprint, ordinal: line.ordinal };
    const taken = [purchaseOf(itself), lineScope(order.campaign, approved)].some((place) =>
      this.#stands(place),
    );
    const answer = approvedAs(order, [{ approval: { ...approval, used }, line, taken }], entry.at);
    if (answer.is === "unapproved") {
      this.#problem(entry, `buys ${order.key} against its approval: ${answer.why}`);
    }
  }

  /** A hold as it is now, and its money under everything that counts it. */
  #put(id: string, before: Hold | null, hold: Hold): void {
    this.holds.set(id, hold);
    const { campaign, shot, endpoint, scene, tags, approved } = hold;
    const count = (key: string, now: MicroUsd, then: MicroUsd): void => {
      this.#used.set(key, add(this.#used.get(key) ?? NOTHING, subtract(now, then)));
    };
    const scopes: HeldCap["counts"][] = [
      { by: "campaign" },
      { by: "shot", name: folded(shot) },
      { by: "endpoint", name: endpoint },
      { by: "account", name: this.accounts.get(id) ?? "" },
    ];
    if (scene !== null) scopes.push({ by: "scene", name: scene });
    for (const name of tags) scopes.push({ by: "tag", name });
    const keys = scopes.map((scope) => scopeKey(campaign, scope));
    if (approved !== null) {
      keys.push(approvalScope(campaign, approved.plan));
    }
    const account = this.accounts.get(id) ?? "";
    // What a saved plan bought before it was approved counts under its approval too.
    const plan = planOfAccount(account);
    if (plan !== null && plan !== approved?.plan) keys.push(approvalScope(campaign, plan));
    const since = this.#bySince.get(folded(campaign)) ?? new MoneySince();
    this.#bySince.set(folded(campaign), since);
    const more = subtract(moneyOf(hold), before === null ? NOTHING : moneyOf(before));
    since.add(hold.reservedAt, more);
    for (const key of keys) count(key, moneyOf(hold), before === null ? NOTHING : moneyOf(before));
    const unknown = before === null ? NOTHING : unknownMoney(before);
    count(scopeKey(campaign, { by: "unknown" }), unknownMoney(hold), unknown);
    for (const place of placesOf(hold)) {
      const standing = this.#standing.get(place) ?? new Set();
      this.#standing.set(place, standing);
      if (blocks(hold)) standing.add(id);
      else standing.delete(id);
    }
  }

  #stands(place: string): boolean {
    return (this.#standing.get(place)?.size ?? 0) > 0;
  }

  /** Whether another hold has the place of one that does not stand. */
  #isReplaced(hold: Hold): boolean {
    return placesOf(hold).some((place) =>
      [...(this.#standing.get(place) ?? [])].some((id) => this.holds.get(id)?.duplicate === false),
    );
  }

  #step(entry: Entry): void {
    const { fact, hold: id, at } = entry;
    const before = id === null ? undefined : this.holds.get(id);
    if (id === null || before === undefined || !isStep(fact)) {
      return this.#problem(entry, "is about a hold that was not reserved");
    }
    const hold = after(before, fact, at);
    if (hold === null)
      return this.#problem(entry, `cannot make a ${before.state} hold ${fact.kind}`);
    const replaced = !blocks(before) && blocks(hold) && this.#isReplaced(before);
    if (replaced && !hold.duplicate) this.#problem(entry, `makes ${hold.key} stand twice`);
    if (!replaced && "duplicate" in fact) this.#problem(entry, "is a duplicate of nothing");
    this.#put(id, before, hold);
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
    return this.#bySince.get(folded(campaign))?.since(from) ?? NOTHING;
  }

  #problem({ seq, fact }: Entry, what: string): void {
    this.problems.push(`entry ${seq} (${fact.kind}) ${what}`);
  }
}

/** What a batch hands on to the runs that buy for it. */
function termsOf({ campaign, account, limits, approval, atOnce }: Omit<KeptRun, "id">): string {
  return JSON.stringify([campaign, account, limits, approval, atOnce]);
}

function purchaseOf(order: Order): string {
  return JSON.stringify([folded(order.campaign), purchaseKey(order)]);
}

/** What one hold has at a time. */
function placesOf(hold: Hold): readonly string[] {
  const line = hold.approved === null ? [] : [lineScope(hold.campaign, hold.approved)];
  return [purchaseOf(hold), ...line];
}

function scopeKey(campaign: string, counts: HeldCap["counts"]): string {
  return JSON.stringify([folded(campaign), counts]);
}

function approvalScope(campaign: string, plan: string): string {
  return JSON.stringify([folded(campaign), { approval: plan }]);
}

function lineScope(campaign: string, { plan, line }: ApprovedAs): string {
  return JSON.stringify([folded(campaign), plan, line]);
}

function moneyOf({ spent, held }: Hold): MicroUsd {
  return add(spent, held);
}

type TurnFact = Extract<
  Fact,
  { readonly kind: "occurrence" | "occurrence-resumed" | "occurrence-ended" }
>;

const NOT_ITS_OWN = "is of a run that is not its own";

/** The turns of schedules' occurrences, as entries tell them: each once, no two of a campaign at once. */
class Turns {
  readonly occurrences = new Map<string, KeptOccurrence>();
  /** By campaign, the one that is not over. */
  readonly #open = new Map<string, KeptOccurrence>();

  /** Takes up one entry; what is wrong with it, in words that go on after its number. */
  read(
    campaign: string,
    run: string | null,
    fact: TurnFact,
    runs: ReadonlyMap<string, Omit<KeptRun, "id">>,
  ): readonly string[] {
    const { kind, instant } = fact;
    const id = occurrenceId({ campaign, instant });
    const open = this.#open.get(campaign);
    const before = this.occurrences.get(id);
    if (kind === "occurrence-ended") {
      if (before === undefined || open !== before) return ["ends no occurrence that is open"];
      this.#open.delete(campaign);
      this.occurrences.set(id, { ...before, ended: true });
      return [];
    }
    const problems = fact.kind === "occurrence" && fact.how === "skipped" ? [] : ofRun();
    function ofRun(): string[] {
      const started = runs.get(run ?? "");
      if (started?.campaign !== campaign) return [NOT_ITS_OWN];
      const { account } = started;
      const own = account === occurrenceAccount(instant) || isShared(account);
      return own && started.ended === null ? [] : [NOT_ITS_OWN];
    }
    function isShared(account: string): boolean {
      const how = fact.kind === "occurrence" ? fact.how : before?.how;
      return how === "caught-up" && isCatchUpOf(account, instant);
    }
    if (fact.kind === "occurrence") {
      const { edition, how } = fact;
      if (before !== undefined) problems.push("gives an occurrence a second turn");
      const one = { campaign, instant, edition, how, run, ended: how === "skipped" };
      if (one.ended && run !== null) problems.push("runs what was skipped");
      if (!one.ended && open !== undefined) problems.push("begins while another is open");
      if (!one.ended) this.#open.set(campaign, one);
      this.occurrences.set(id, one);
      return problems;
    }
    if (before === undefined || open !== before) problems.push("goes on with none that is open");
    else {
      const last = runs.get(before.run ?? "");
      if (last !== undefined && last.ended === null)
        problems.push("goes on with one that is going");
      if (last !== undefined && last.account !== runs.get(run ?? "")?.account)
        problems.push("goes on under another account");
      const one = { ...before, run };
      this.#open.set(campaign, one);
      this.occurrences.set(id, one);
    }
    return problems;
  }
}

/**
 * Money by the moment it was held, to be summed from any moment on: a Fenwick tree over the moments in the order of
 * time. Holds come in that order unless a clock was set back; then all later ones move up by one.
 */
export class MoneySince {
  #moments: number[] = [];
  #amounts: MicroUsd[] = [];
  #tree: MicroUsd[] = [];

  /** Adds to what was held at a moment, in milliseconds UTC; less than nothing takes away. */
  add(at: number, amount: MicroUsd): void {
    const index = this.#firstFrom(at);
    if (this.#moments[index] === at) {
      this.#amounts[index] = add(this.#amounts[index] ?? NOTHING, amount);
      this.#raise(index, amount);
      return;
    }
    this.#moments.splice(index, 0, at);
    this.#amounts.splice(index, 0, amount);
    if (index === this.#moments.length - 1) this.#append(index);
    else this.#plant();
  }

  /** Everything from a moment on. */
  since(from: number): MicroUsd {
    return subtract(this.#before(this.#moments.length), this.#before(this.#firstFrom(from)));
  }

  #firstFrom(at: number): number {
    let [low, high] = [0, this.#moments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#moments[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #before(count: number): MicroUsd {
    let total = NOTHING;
    for (let node = count; node > 0; node -= node & -node) {
      total = add(total, this.#tree[node - 1] ?? NOTHING);
    }
    return total;
  }

  #raise(index: number, amount: MicroUsd): void {
    for (let node = index + 1; node <= this.#tree.length; node += node & -node) {
      this.#tree[node - 1] = add(this.#tree[node - 1] ?? NOTHING, amount);
    }
  }

  /** A node sums the amounts from after its parent's last to its own. */
  #append(index: number): void {
    const node = index + 1;
    const from = this.#before(node - (node & -node));
    const upTo = this.#before(index);
    this.#tree.push(add(subtract(upTo, from), this.#amounts[index] ?? NOTHING));
  }

  #plant(): void {
    this.#tree = [];
    for (const index of this.#moments.keys()) this.#append(index);
  }
}
