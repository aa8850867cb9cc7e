import { NO_CAPS } from "../budget/caps.ts";
import { readTerms, type Terms, writtenTerms } from "../budget/terms.ts";
import { add, dollars, type MicroUsd, NOTHING, subtract } from "../money/usd.ts";
import { type Entry, isStep, type Order } from "./entry.ts";
import { folded, type HeldCap, heldCaps } from "./held-caps.ts";
import { after, blocks, type Hold, reservedHold } from "./hold.ts";
import type { Kept, KeptHold, KeptRun } from "./ledger.ts";

export interface Verified {
  readonly entries: number;
  readonly holds: number;
  /** How many times a cap was held against a reservation. */
  readonly checks: number;
  readonly problems: readonly string[];
}

/**
 * Folds every entry from the first on and asks at each: can this step be taken, was the purchase free, did every
 * cap that held then have room? Then whether what the database keeps beside the entries says the same.
 */
export function verify(entries: Iterable<Entry>, kept: Kept | null): Verified {
  const book = new Book();
  for (const entry of entries) book.read(entry);
  if (kept !== null) book.compare(kept);
  return book.verified();
}

interface Run extends Omit<KeptRun, "id"> {
  readonly ended: "ended" | "dead" | null;
}

class Book {
  #entries = 0;
  #checks = 0;
  readonly #problems: string[] = [];
  readonly #holds = new Map<string, Hold>();
  // By what a cap counts, so that a ledger of any length is checked in one pass.
  readonly #used = new Map<string, MicroUsd>();
  readonly #ofCampaign = new Map<string, string[]>();
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
        return this.#runStarted(entry, fact);
      case "run-ended":
        return this.#runEnded(entry, fact.how);
      case "reserved":
        return this.#reserved(entry, fact.order, fact.account);
      case "purpose":
    }
  }

  compare({ holds, campaigns, runs }: Kept): void {
    this.#compare("hold", holds, this.#holds, (hold, id) => this.#told(hold, id));
    const terms = campaigns.flatMap(({ campaign, terms: kept }) =>
      kept === null ? [] : [{ id: campaign, terms: written(kept) }],
    );
    this.#compare("campaign", terms, this.#terms, (kept) => ({ terms: written(kept) }));
    const keptRuns = runs.map(({ id, campaign, account, limits, owner, ended }) => {
      return { id, campaign, account, limits: JSON.stringify(limits), owner, ended };
    });
    this.#compare("run", keptRuns, this.#runs, (run) => {
      return { ...run, limits: JSON.stringify(run.limits) };
    });
  }

  /** Each field that is kept against the same of what the entries tell; what is not kept is not asked for. */
  #compare<Told>(
    what: string,
    kept: readonly { readonly id: string }[],
    told: ReadonlyMap<string, Told>,
    fieldsOf: (told: Told, id: string) => object,
  ): void {
    const seen = new Set(kept.map(({ id }) => id));
    for (const id of told.keys()) {
      if (!seen.has(id)) this.#problems.push(`${what} ${id} is in the entries only`);
    }
    for (const { id, ...row } of kept) {
      const known = told.get(id);
      if (known === undefined) {
        this.#problems.push(`${what} ${id} is not in the entries`);
        continue;
      }
      const fields = new Map<string, unknown>(Object.entries(fieldsOf(known, id)));
      for (const [name, value] of Object.entries(row)) {
        const says = fields.get(name);
        if (value === says) continue;
        this.#problems.push(
          `${what} ${id} has ${name} ${String(value)}, its entries say ${String(says)}`,
        );
      }
    }
  }

  #told(hold: Hold, id: string): Omit<KeptHold, "id"> & { readonly account: string } {
    return {
      ...hold,
      campaign: folded(hold.campaign),
      shot: folded(hold.shot),
      request: hold.request?.id ?? null,
      account: this.#accounts.get(id) ?? "",
      blocks: blocks(hold),
    };
  }

  #runStarted(entry: Entry, fact: Extract<Entry["fact"], { readonly kind: "run-started" }>): void {
    const { account, limits, owner } = fact;
    const campaign = entry.campaign ?? "";
    if (entry.run === null || this.#runs.has(entry.run)) this.#problem(entry, "starts a run again");
    this.#runs.set(entry.run ?? "", { campaign, account, limits, owner, ended: null });
  }

  #runEnded(entry: Entry, how: "ended" | "dead"): void {
    const run = this.#runs.get(entry.run ?? "");
    if (run === undefined || run.ended !== null) this.#problem(entry, "ends no run that is going");
    else this.#runs.set(entry.run ?? "", { ...run, ended: how });
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
    const run = this.#runs.get(runId);
    if (run === undefined) return this.#problem(entry, "is of a run that was not started");
    if (run.ended !== null) this.#problem(entry, "is of a run that is over");
    if (run.account !== account) this.#problem(entry, `counts under ${account}, its run does not`);
    const terms = this.#terms.get(folded(order.campaign)) ?? { timezone: "UTC", caps: NO_CAPS };
    for (const cap of heldCaps(terms, run, order, at)) {
      this.#checks += 1;
      const total = add(this.#usedUnder(order.campaign, cap), order.cost);
      if (total > cap.limit) {
        this.#problem(entry, `passes ${cap.cap}: ${dollars(total)} of ${dollars(cap.limit)}`);
      }
    }
    const hold = reservedHold(id, runId, order, at);
    this.#accounts.set(id, account);
    this.#standing.set(purchase, id);
    const ofCampaign = this.#ofCampaign.get(folded(order.campaign)) ?? [];
    if (ofCampaign.push(id) === 1) this.#ofCampaign.set(folded(order.campaign), ofCampaign);
    this.#put(id, null, hold);
  }

  /** A hold as it is now, and its money under everything that counts it. */
  #put(id: string, before: Hold | null, hold: Hold): void {
    this.#holds.set(id, hold);
    const more = subtract(moneyOf(hold), before === null ? NOTHING : moneyOf(before));
    const account = this.#accounts.get(id) ?? "";
    const { campaign, shot, endpoint, scene } = hold;
    const scopes: HeldCap["counts"][] = [
      { by: "campaign" },
      { by: "shot", name: folded(shot) },
      { by: "endpoint", name: endpoint },
      { by: "account", name: account },
    ];
    if (scene !== null) scopes.push({ by: "scene", name: scene });
    for (const scope of scopes) {
      const key = scopeKey(campaign, scope);
      this.#used.set(key, add(this.#used.get(key) ?? NOTHING, more));
    }
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
    this.#put(id, before, hold);
    if (!blocks(hold)) this.#standing.delete(purchaseOf(hold));
    if (fact.kind === "submitted") {
      const other = this.#requests.get(fact.request.id);
      if (other !== undefined && other !== id)
        this.#problem(entry, `has the request of hold ${other}`);
      this.#requests.set(fact.request.id, id);
    }
  }

  #usedUnder(campaign: string, { counts, from }: HeldCap): MicroUsd {
    if (from === null) return this.#used.get(scopeKey(campaign, counts)) ?? NOTHING;
    if (counts.by !== "campaign") throw new Error("only a campaign is counted from a moment on");
    let used: MicroUsd = NOTHING;
    for (const id of this.#ofCampaign.get(folded(campaign)) ?? []) {
      const hold = this.#holds.get(id);
      if (hold !== undefined && hold.reservedAt >= from) used = add(used, moneyOf(hold));
    }
    return used;
  }

  #problem({ seq, fact }: Entry, what: string): void {
    this.#problems.push(`entry ${seq} (${fact.kind}) ${what}`);
  }
}

function purchaseOf({ campaign, edition, fingerprint, ordinal }: Order): string {
  return JSON.stringify([folded(campaign), edition, fingerprint, ordinal]);
}

function scopeKey(campaign: string, counts: HeldCap["counts"]): string {
  return JSON.stringify([folded(campaign), counts]);
}

function moneyOf({ spent, held }: Hold): MicroUsd {
  return add(spent, held);
}

function written(terms: Terms): string {
  return JSON.stringify(writtenTerms(terms));
}
