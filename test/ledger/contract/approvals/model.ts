import {
  dayOf,
  Model,
  type ModelCaps,
  type ModelHold,
  mondayOf,
  NEW,
  stands,
} from "../any-order/model.ts";

// Approvals by their description alone: lists that are scanned from the first to the last each time.

export interface ModelLine {
  readonly key: string;
  readonly shot: string;
  readonly seconds: number;
  readonly ordinal: number;
  readonly cost: number;
}

export interface ModelApproval {
  readonly plan: string;
  readonly limit: number;
  readonly until: number | null;
  readonly at: number;
  readonly lines: readonly ModelLine[];
}

export interface ModelOverage {
  readonly cap: "cap" | "by_scene" | "per_day" | "per_week";
  readonly amount: number;
  readonly at: number;
}

export interface ModelOrder {
  readonly shot: string;
  readonly seconds: number;
  readonly ordinal: number;
  readonly scene: string | null;
  readonly cost: number;
}

export interface ModelTerms {
  readonly caps: ModelCaps;
  readonly required: boolean;
  readonly perHour: number | null;
  readonly unknown: number | null;
}

interface Bought extends ModelOrder {
  readonly plan: string;
  readonly line: string;
}

const HOUR = 3_600_000;

export class ApprovalModel {
  readonly book: Model;
  /** The line that covers each hold; null if it needed none. */
  readonly expectBoughtAs: (Bought | null)[] = [];
  readonly approvals = new Map<string, ModelApproval>();
  readonly overages: ModelOverage[] = [];
  readonly needs: (string | null)[] = [];
  terms: ModelTerms;

  constructor(terms: ModelTerms) {
    this.terms = terms;
    this.book = new Model(terms.caps);
  }

  /** Returns what `reserve` answers, and the approved lines that may cover the hold. */
  asked(
    run: number,
    wanted: ModelOrder,
    now: number,
  ): { readonly is: string; readonly as: readonly string[] } {
    const { holds, runs } = this.book;
    const no = (is: string) => ({ is, as: [] });
    if (runs[run]?.open !== true) return no("run-over");
    const before = holds.filter(({ purchase }) => purchase === purchaseOf(wanted));
    if (before.some(stands)) return no("taken");
    if (before.filter((hold) => hold.run === run).length === 3) return no("tried-enough");
    const needs = this.needs[run] ?? (this.terms.required ? "any" : null);
    const found = needs === null ? null : this.#lines(needs, wanted, now);
    if (typeof found === "string") return no(`unapproved ${found}`);
    const passed = this.passed(run, wanted, now, wanted.cost);
    if (passed.length > 0) return no(`over ${passed.join(", ")}`);
    return { is: "held", as: found === null ? ["none"] : best(found, wanted) };
  }

  hold(
    run: number,
    wanted: ModelOrder,
    now: number,
    as: Pick<Bought, "plan" | "line"> | null,
  ): void {
    const { shot, scene, cost } = wanted;
    const account = this.book.runs[run]?.account ?? "";
    const money = { ...NEW, spent: 0, held: cost };
    const what = {
      purchase: purchaseOf(wanted),
      shot,
      scene,
      tags: [],
      endpoint: "one",
      cost,
      at: now,
    };
    const line = as === null ? null : `${as.plan} ${as.line}`;
    this.book.holds.push({ ...what, ...money, run, account, line });
    this.expectBoughtAs.push(as === null ? null : { ...wanted, ...as });
  }

  used(plan: string): number {
    return this.#under(plan).reduce((sum, { hold }) => sum + hold.spent + hold.held, 0);
  }

  taken(plan: string, line: string): boolean {
    const own = this.approvals.get(plan)?.lines.find(({ key }) => key === line);
    const itself = own === undefined ? null : purchaseOf({ ...own, scene: null });
    return (
      this.#under(plan).some(({ hold, as }) => as.line === line && stands(hold)) ||
      this.book.holds.some((hold) => hold.purchase === itself && stands(hold))
    );
  }

  /** Every cap with what was added to it, and the breaker. */
  passed(run: number, { shot, scene }: ModelOrder, now: number, more: number): readonly string[] {
    const { caps, perHour, unknown } = this.terms;
    const added = (cap: ModelOverage["cap"], from: number): number =>
      this.overages
        .filter((one) => one.cap === cap && one.at >= from)
        .reduce((sum, { amount }) => sum + amount, 0);
    const raised = (limit: number | null, by: number) => (limit === null ? null : limit + by);
    const { "1": first } = caps.scene;
    this.book.caps = {
      ...caps,
      cap: raised(caps.cap, added("cap", -Infinity)),
      scene: first === undefined ? {} : { "1": first + added("by_scene", -Infinity) },
      day: raised(caps.day, added("per_day", dayOf(now))),
      week: raised(caps.week, added("per_week", mondayOf(now))),
    };
    const { account = "", most = null } = this.book.runs[run] ?? {};
    const what = { shot, scene, tags: [], endpoint: "one" };
    const passed = [...this.book.passed(account, most, what, now, more)];
    const sum = (counts: (hold: ModelHold) => boolean): number =>
      this.book.holds.filter(counts).reduce((total, { spent, held }) => total + spent + held, 0);
    const hour = sum(({ at }) => at >= now - HOUR);
    if (perHour !== null && hour + more > perHour) passed.push("breaker.usd_per_hour");
    const nobodyKnows = sum(
      ({ state, charge }) => state === "unknown" || (state === "failed" && charge === "unknown"),
    );
    if (unknown !== null && nobodyKnows > unknown) passed.push("breaker.unknown_usd");
    return passed;
  }

  /** Returns the lines that could cover it; or what is wrong with the nearest one. */
  #lines(
    needs: string,
    wanted: ModelOrder,
    now: number,
  ): readonly { readonly of: ModelApproval; readonly line: ModelLine }[] | string {
    const all = [...this.approvals.values()]
      .filter(({ plan }) => needs === "any" || needs === plan)
      .flatMap((of) => of.lines.map((line) => ({ of, line })))
      .filter(({ line }) => line.shot === wanted.shot);
    const free = all.filter(({ of, line }) => !this.taken(of.plan, line.key));
    const payable = free.filter(({ line }) => line.cost >= wanted.cost);
    const alive = payable.filter(({ of }) => of.until === null || of.until > now);
    const left = alive.filter(({ of }) => of.limit - this.used(of.plan) >= wanted.cost);
    if (left.length > 0) return left;
    if (alive.length > 0) return "over-limit";
    if (payable.length > 0) return "expired";
    if (free.length > 0) return "dearer";
    return all.length > 0 ? "taken" : "not-in-plan";
  }

  #under(plan: string): readonly { readonly hold: ModelHold; readonly as: Bought }[] {
    return this.book.holds.flatMap((hold, turn) => {
      const as = this.expectBoughtAs[turn] ?? null;
      return as?.plan === plan ? [{ hold, as }] : [];
    });
  }
}

export function purchaseOf({ shot, seconds, ordinal }: ModelOrder): string {
  return `${shot}, ${seconds} s, ${ordinal}`;
}

/** The same purchase, else the same length, else any form; of those the cheapest, of those the last approved. */
function best(
  found: readonly { readonly of: ModelApproval; readonly line: ModelLine }[],
  wanted: ModelOrder,
): readonly string[] {
  const same = found.filter(({ line }) => line.seconds === wanted.seconds);
  const very = same.filter(({ line }) => line.ordinal === wanted.ordinal);
  const likest = [very, same, found].find((some) => some.length > 0) ?? [];
  const least = Math.min(...likest.map(({ line }) => line.cost));
  const cheapest = likest.filter(({ line }) => line.cost === least);
  const last = Math.max(...cheapest.map(({ of }) => of.at));
  return cheapest
    .filter(({ of }) => of.at === last)
    .map(({ of, line }) => `${of.plan} ${line.key}`);
}
