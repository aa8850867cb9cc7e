import { NO_CAPS } from "../budget/caps.ts";
import { readTerms, type Terms } from "../budget/terms.ts";
import { add, dollars, type MicroUsd, NOTHING } from "../money/usd.ts";
import { type Entry, isStep, type Order, type RunLimit } from "./entry.ts";
import { folded, type HeldCap, heldCaps } from "./held-caps.ts";
import { after, blocks, type Hold, reservedHold } from "./hold.ts";
import type { Position } from "./ledger.ts";

export interface Verified {
  readonly entries: number;
  readonly holds: number;
  /** How many times a cap was held against a reservation. */
  readonly checks: number;
  readonly problems: readonly string[];
}

/**
 * Folds every entry from the first on and asks at each: can this step be taken, was the purchase free, did every
 * cap that held then have room? Then whether `positions`, what the database keeps beside the entries, says the same.
 */
export function verify(entries: Iterable<Entry>, positions: readonly Position[]): Verified {
  const book = new Book();
  for (const entry of entries) book.read(entry);
  book.compare(positions);
  return book.verified();
}

interface Run {
  readonly account: string;
  readonly limits: readonly RunLimit[];
}

class Book {
  #entries = 0;
  #checks = 0;
  readonly #problems: string[] = [];
  readonly #holds = new Map<string, Hold>();
  readonly #accounts = new Map<string, string>();
  readonly #runs = new Map<string, Run>();
  readonly #terms = new Map<string, Terms>();
  readonly #standing = new Map<string, string>();
  readonly #requests = new Map<string, string>();
  #seq = 0;

  read(entry: Entry): void {
    this.#entries += 1;
    if (entry.seq <= this.#seq) this.#problem(entry, "is out of order");
    this.#seq = entry.seq;
    const { fact } = entry;
    if (isStep(fact)) return this.#step(entry);
    switch (fact.kind) {
      case "terms":
        this.#terms.set(entry.campaign ?? "", readTerms(fact.terms));
        return;
      case "run-started":
        this.#runs.set(entry.run ?? "", { account: fact.account, limits: fact.limits });
        return;
      case "reserved":
        return this.#reserved(entry, fact.order, fact.account);
      case "run-ended":
      case "purpose":
    }
  }

  compare(positions: readonly Position[]): void {
    const seen = new Set(positions.map(({ id }) => id));
    for (const id of this.#holds.keys()) {
      if (!seen.has(id)) this.#problems.push(`hold ${id} is in the entries only`);
    }
    for (const position of positions) {
      const hold = this.#holds.get(position.id);
      if (hold === undefined) this.#problems.push(`hold ${position.id} is not in the entries`);
      else this.#compareOne(hold, position);
    }
  }

  /** Each field that is kept against the same of the folded hold; what is not kept is not asked for. */
  #compareOne(hold: Hold, position: Position): void {
    const told: Readonly<Record<string, unknown>> = {
      ...hold,
      campaign: folded(hold.campaign),
      shot: folded(hold.shot),
      request: hold.request?.id ?? null,
      account: this.#accounts.get(hold.id),
      blocks: blocks(hold),
    };
    for (const [name, kept] of Object.entries(position)) {
      if (kept === told[name]) continue;
      this.#problems.push(
        `hold ${position.id} has ${name} ${String(kept)}, its entries say ${String(told[name])}`,
      );
    }
  }

  verified(): Verified {
    return {
      entries: this.#entries,
      holds: this.#holds.size,
      checks: this.#checks,
      problems: this.#problems,
    };
  }

  #reserved(entry: Entry, order: Order, account: string): void {
    const { hold: id, run: runId, at } = entry;
    if (id === null || runId === null) return this.#problem(entry, "reserves without a hold");
    if (this.#holds.has(id)) return this.#problem(entry, "reserves a hold again");
    const purchase = purchaseOf(order);
    if (this.#standing.has(purchase)) this.#problem(entry, `buys ${order.key} a second time`);
    const run = this.#runs.get(runId) ?? { account, limits: [] };
    const terms = this.#terms.get(folded(order.campaign)) ?? { timezone: "UTC", caps: NO_CAPS };
    for (const cap of heldCaps(terms, run, order, at)) {
      this.#checks += 1;
      const total = add(this.#used(order.campaign, cap), order.cost);
      if (total > cap.limit) {
        this.#problem(entry, `passes ${cap.cap}: ${dollars(total)} of ${dollars(cap.limit)}`);
      }
    }
    const hold = reservedHold(id, runId, order, at);
    this.#holds.set(id, hold);
    this.#accounts.set(id, account);
    this.#standing.set(purchase, id);
  }

  #step(entry: Entry): void {
    const { fact, hold: id, at } = entry;
    const before = id === null ? undefined : this.#holds.get(id);
    if (id === null || before === undefined || !isStep(fact)) {
      return this.#problem(entry, "is about a hold that was not reserved");
    }
    const hold = after(before, fact, at);
    if (hold === null)
      return this.#problem(entry, `cannot make a ${before.state} hold ${fact.kind}`);
    this.#holds.set(id, hold);
    if (!blocks(hold)) this.#standing.delete(purchaseOf(hold));
    if (fact.kind === "submitted") {
      const other = this.#requests.get(fact.request.id);
      if (other !== undefined && other !== id)
        this.#problem(entry, `has the request of hold ${other}`);
      this.#requests.set(fact.request.id, id);
    }
  }

  #used(campaign: string, { counts, from }: HeldCap): MicroUsd {
    let used: MicroUsd = NOTHING;
    for (const [id, hold] of this.#holds) {
      if (folded(hold.campaign) !== folded(campaign)) continue;
      if (from !== null && hold.reservedAt < from) continue;
      if (!this.#isCounted(id, hold, counts)) continue;
      used = add(add(used, hold.spent), hold.held);
    }
    return used;
  }

  #isCounted(id: string, hold: Hold, counts: HeldCap["counts"]): boolean {
    switch (counts.by) {
      case "campaign":
        return true;
      case "shot":
        return folded(hold.shot) === counts.name;
      case "endpoint":
        return hold.endpoint === counts.name;
      case "scene":
        return hold.scene === counts.name;
      case "account":
        return this.#accounts.get(id) === counts.name;
    }
  }

  #problem({ seq, fact }: Entry, what: string): void {
    this.#problems.push(`entry ${seq} (${fact.kind}) ${what}`);
  }
}

function purchaseOf({ campaign, edition, fingerprint, ordinal }: Order): string {
  return JSON.stringify([folded(campaign), edition, fingerprint, ordinal]);
}
