import assert from "node:assert/strict";
import type { Step } from "../../../../src/ledger/entry.ts";
import { purchaseKey } from "../../../../src/budget/purchase.ts";
import { blocksPurchase, foldHolds } from "../../../../src/ledger/hold.ts";
import type { Ledger, HoldSummary } from "../../../../src/ledger/ledger.ts";
import type { TableRow } from "../../../../src/ledger/project.ts";
import { verify } from "../../../../src/ledger/verify.ts";
import { microUsd } from "../../../../src/money.ts";
import { order, step, type World } from "../../rig/test-ledger.ts";
import { type Asking, type Command, ONWARDS, OWNERS, termsOf } from "./generate.ts";
import { Model, type ModelHold, NEW } from "./model.ts";

/** A campaign that three processes buy, with each request sent to the model as well. */
export class Story {
  readonly model: Model;
  readonly #campaign: string;
  readonly #ledgers: readonly Ledger[];
  readonly #world: World;
  readonly #runs: string[] = [];
  readonly #holds: string[] = [];
  readonly #seen: Map<string, number>;

  constructor(
    campaign: string,
    ledgers: readonly Ledger[],
    world: World,
    model: Model,
    seen: Map<string, number>,
  ) {
    this.#campaign = campaign;
    this.#ledgers = ledgers;
    this.#world = world;
    this.model = model;
    this.#seen = seen;
  }

  async take(next: Command): Promise<void> {
    const { model } = this;
    switch (next.do) {
      case "reserve":
        return await this.#reserve(this.#runIndex(next.run), next.asked);
      case "give up": {
        const index = this.#runIndex(next.run);
        // As often as a run may try, and once more.
        for (let turn = 0; turn < 4; turn += 1) {
          const before = model.holds.length;
          await this.#reserve(index, next.asked);
          if (model.holds.length > before) await this.#step(before, index, step.released());
        }
        return;
      }
      case "step":
        return await this.#step(next.hold % Math.max(1, this.#holds.length), 0, next.taken());
      case "go on": {
        const moving = model.holds.flatMap(({ state }, index) =>
          listNextSteps(state).map((make) => ({ index, make })),
        );
        const chosen = moving[next.turn % moving.length];
        return chosen && (await this.#step(chosen.index, next.turn, chosen.make()));
      }
      case "start": {
        const { owner, account, most } = next;
        const limits = most === null ? [] : [{ name: "--max-usd", limit: microUsd(most) }];
        const start = { campaign: this.#campaign, account, limits };
        this.#runs.push(await this.#of(owner).startRun(start));
        model.runs.push({ owner, account: account ?? `#${model.runs.length}`, most, open: true });
        return;
      }
      case "end": {
        const index = next.run % this.#runs.length;
        await this.#of(model.runs[index]?.owner).endRun(this.#runs[index] ?? "none");
        return model.end(index);
      }
      case "reclaim": {
        this.#world.dead.add(next.owner);
        await this.#of("a").reclaimDeadRuns(this.#campaign);
        this.#world.dead.delete(next.owner);
        for (const [index, { owner }] of model.runs.entries()) {
          if (owner === next.owner) model.end(index);
        }
        return;
      }
      case "agree":
        await this.#of("a").agree(this.#campaign, termsOf(next.caps));
        model.caps = next.caps;
        return;
      case "wait":
        this.#world.at += next.ms;
    }
  }

  #of(owner: string | undefined): Ledger {
    const ledger = this.#ledgers[OWNERS.findIndex((name) => name === owner)] ?? this.#ledgers[0];
    if (ledger === undefined) throw new Error("no ledger");
    return ledger;
  }

  /** Usually one that is open. */
  #runIndex(turn: number): number {
    const going = this.model.runs.flatMap(({ open }, index) => (open ? [index] : []));
    return turn % 10 === 0 ? turn % this.#runs.length : (going[turn % going.length] ?? 0);
  }

  async #reserve(index: number, { print, edition, ordinal, ...more }: Asking): Promise<void> {
    const run = this.#runs[index] ?? "none";
    const cost = microUsd(more.cost);
    const wanted = { ...more, cost, edition, ordinal, campaign: this.#campaign };
    const expected = this.model.reserve(
      index,
      { ...more, purchase: `${print} ${edition} ${ordinal}` },
      this.#world.at,
    );
    const ledger = this.#of(this.model.runs[index]?.owner);
    const told = await ledger.reserve(run, order(print, wanted));
    const passed = told.is === "over" ? ` ${told.passed.map(({ cap }) => cap).join(", ")}` : "";
    assert.equal(`${told.is}${passed}`, expected);
    this.#count(told.is);
    if (told.is !== "held") return;
    this.#holds.push(told.hold.id);
    await this.#look(index, more);
  }

  /** Checks the ledger's own summaries: no cap is passed at this moment, and no purchase has two holds. */
  async #look(index: number, held: Parameters<Model["passed"]>[2]): Promise<void> {
    const positions = await this.#of("c").positions(this.#campaign);
    const book = new Model(this.model.caps);
    for (const { fingerprint, edition, ordinal, reservedAt: at, ...position } of positions) {
      const tags = position.tags ?? [];
      const run = this.#runs.indexOf(position.run);
      const account = this.model.runs[run]?.account ?? "";
      const purchase = `${fingerprint} ${edition} ${ordinal}`;
      book.holds.push({ ...NEW, ...position, tags, run, account, purchase, at, cost: 0 });
    }
    const { account = "", most = null } = this.model.runs[index] ?? {};
    assert.deepEqual(book.passed(account, most, held, this.#world.at, 0), []);
    // Under the sum of all days it would not have fitted: its own day, week or month let it through.
    if (book.passed(account, most, held, 0, 0).length > 0) this.#count("another window");
    const standing = positions
      .filter((one) => blocksPurchase(one) && !one.duplicate)
      .map(purchaseKey);
    assert.equal(standing.length, new Set(standing).size);
  }

  async #step(index: number, owner: number, taken: Step): Promise<void> {
    if (this.#holds.length === 0) return;
    const before = this.model.holds[index]?.state;
    const expected = this.model.advance(index, taken, this.#world.at);
    const ledger = this.#of(OWNERS[owner % 3]);
    const told = await ledger.advance(this.#holds[index] ?? "none", taken);
    assert.equal(`${taken.kind} ${told.is}`, `${taken.kind} ${expected}`);
    this.#count(expected === "done" ? taken.kind : expected);
    if (expected !== "done" || told.hold.person === null) return;
    this.#count(`${taken.kind} by a person`);
    if (taken.kind === "submitted" && before === "submitted") this.#count("another request");
    if (told.hold.duplicate) this.#count("duplicate");
    if (told.hold.state === "settled" && told.hold.charge === "none") this.#count("refunded");
  }

  #count(what: string): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1);
  }

  /** Checks at the end that entries, summaries and model have the same holds and money. */
  async audit(): Promise<void> {
    const ledger = this.#of("b");
    const positions = await ledger.positions(this.#campaign);
    assert.deepEqual(positions.map(pickMoney), this.model.holds.map(pickMoney));
    const entries = await ledger.entries(this.#campaign);
    const folded = foldHolds(entries);
    assert.deepEqual(positions.map(summarize), [...folded.values()].map(summarize));
    // No correction frees a purchase that was settled.
    for (const { fact, hold } of entries) {
      if (fact.kind !== "settled") continue;
      const after = folded.get(hold ?? "");
      assert.equal(after?.state === "settled" && blocksPurchase(after), true);
    }
    const { entries: all, kept } = await ledger.everything();
    const purpose = all.filter(({ fact }) => fact.kind === "purpose");
    // The ledger has the campaigns of other stories too.
    const own = (rows: readonly TableRow[]): TableRow[] =>
      rows.filter((row) => row["campaign"] === this.#campaign);
    const { problems, holds, checks } = verify([...purpose, ...entries], {
      purpose: kept.purpose,
      holds: own(kept.holds),
      campaigns: own(kept.campaigns),
      runs: own(kept.runs),
      approvals: own(kept.approvals),
      approved_lines: own(kept.approved_lines),
      overages: own(kept.overages),
      schedules: own(kept.schedules),
      occurrences: own(kept.occurrences),
    });
    assert.deepEqual(problems, []);
    assert.equal(holds, this.model.holds.length);
    this.#seen.set("checks", (this.#seen.get("checks") ?? 0) + checks);
  }
}

/** Makes a person's "not charged" for a hold that is being sent, too early or not. */
function listNextSteps(state: string): readonly (() => Step)[] {
  return [...(ONWARDS[state] ?? []), ...(SAID[state] ?? [])];
}

const SAID: Readonly<Record<string, readonly (() => Step)[]>> = {
  sending: [step.freed, step.freed],
  unknown: [step.freed, step.found, step.found],
  submitted: [step.found, step.found, step.found],
};

function pickMoney({ state, charge, spent, held, duplicate }: Money): Money {
  return { state, charge, spent, held, duplicate };
}

type Money = Pick<ModelHold, "state" | "charge" | "spent" | "held" | "duplicate">;

/** Returns what a summary and a hold have in common; the case of a shot is ignored. */
function summarize({
  id,
  run,
  fingerprint,
  ordinal,
  edition,
  key,
  scene,
  tags,
  ...more
}: HoldSummary): unknown {
  const { endpoint, reservedAt, state, charge, spent, held, duplicate } = more;
  const shot = more.shot.toLowerCase();
  const purchase = [fingerprint, ordinal, edition, key, shot, scene, tags, endpoint];
  return [id, run, purchase, reservedAt, state, charge, spent, held, duplicate];
}
