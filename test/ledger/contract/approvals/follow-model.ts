import assert from "node:assert/strict";
import type { Step } from "../../../../src/ledger/entry.ts";
import { blocksPurchase } from "../../../../src/ledger/hold.ts";
import type { Ledger } from "../../../../src/ledger/ledger.ts";
import { microUsd } from "../../../../src/money.ts";
import { step, type World } from "../../rig/test-ledger.ts";
import { type Command, lineFor, orderFor, termsFor } from "./generate.ts";
import type { ApprovalModel, ModelApproval, ModelOrder } from "./model.ts";
import { findProblems, word } from "./approved-run.ts";
import { ONWARDS } from "../any-order/generate.ts";
import { stands } from "../any-order/model.ts";

/** A ledger and a model that get the same requests. */
export class ApprovalStory {
  readonly #ledger: Ledger;
  readonly #world: World;
  readonly #model: ApprovalModel;
  readonly #seen: Map<string, number>;
  readonly #runs: string[] = [];
  readonly #holds: string[] = [];

  constructor(ledger: Ledger, world: World, model: ApprovalModel, seen: Map<string, number>) {
    [this.#ledger, this.#world, this.#model, this.#seen] = [ledger, world, model, seen];
  }

  async take(next: Command): Promise<void> {
    const [ledger, model] = [this.#ledger, this.#model];
    const { at } = this.#world;
    switch (next.do) {
      case "reserve":
        return await this.#reserve(next.run % this.#runs.length, next.wanted);
      case "go on": {
        const moving = model.book.holds.flatMap(({ state }, index) =>
          (ONWARDS[state] ?? []).map((make) => ({ index, make })),
        );
        const chosen = moving[next.turn % moving.length];
        return chosen && (await this.#step(chosen.index, chosen.make()));
      }
      case "correct": {
        // Mostly one that has been bought again since.
        const ended = [...model.book.holds.entries()].filter(([, hold]) => !stands(hold));
        const replaced = ended.filter(([, hold]) => model.book.isReplaced(hold));
        const among = replaced.length > 0 ? replaced : ended;
        const [chosen] = among[next.turn % among.length] ?? [];
        return chosen === undefined ? undefined : await this.#step(chosen, step.found());
      }
      case "approve": {
        const { plan, limit, ends, lines: some } = next;
        const until = ends === null ? null : at + ends;
        const said = { ...word(plan, 0), limit: microUsd(limit), until };
        await ledger.approve("film", said, some.map(lineFor));
        this.#count(model.approvals.has(plan) ? "approved again" : "approved");
        model.approvals.set(plan, { plan, limit, until, at, lines: some });
        return;
      }
      case "start": {
        const start = { campaign: "film", account: null, limits: [], approval: next.needs };
        this.#runs.push(await ledger.startRun(start));
        model.needs.push(next.needs);
        model.book.runs.push({
          owner: "a",
          account: `#${this.#runs.length}`,
          most: null,
          open: true,
        });
        return;
      }
      case "overage":
        return await this.#add(next.cap, next.amount);
      case "agree":
        await ledger.agree("film", termsFor(next.terms));
        model.terms = next.terms;
        return;
      case "end":
        await ledger.endRun(this.#runs[next.run % this.#runs.length] ?? "none");
        return model.book.end(next.run % this.#runs.length);
      case "wait":
        this.#world.at += next.ms;
    }
  }

  async #add(cap: "cap" | "by_scene" | "per_day" | "per_week", amount: number): Promise<void> {
    const { caps } = this.#model.terms;
    const limits = {
      cap: caps.cap,
      by_scene: caps.scene["1"],
      per_day: caps.day,
      per_week: caps.week,
    };
    const stated = (limits[cap] ?? null) !== null;
    const asked = { cap, of: cap === "by_scene" ? "1" : null, by: "Grace", why: "rain" };
    const told = await this.#ledger.addOverage("film", { ...asked, amount: microUsd(amount) });
    assert.equal(told, stated);
    this.#count(told ? "overage" : "no overage");
    if (told) this.#model.overages.push({ cap, amount, at: this.#world.at });
  }

  async #reserve(run: number, one: ModelOrder): Promise<void> {
    const { at } = this.#world;
    const expected = this.#model.asked(run, one, at);
    const told = await this.#ledger.reserve(this.#runs[run] ?? "none", orderFor(one));
    const why = told.is === "unapproved" ? ` ${told.why}` : "";
    const passed = told.is === "over" ? ` ${told.passed.map(({ cap }) => cap).join(", ")}` : "";
    assert.equal(`${told.is}${why}${passed}`, expected.is);
    this.#count(`${told.is}${why}`);
    for (const name of told.is === "over" ? told.passed : []) this.#count(name.cap);
    if (told.is !== "held") return;
    const { id, approved } = told.hold;
    const as = approved === null ? "none" : `${approved.plan} ${approved.line}`;
    assert.equal(expected.as.includes(as), true, `bought as ${as}, not as ${String(expected.as)}`);
    if (approved !== null) this.#count("bought as approved");
    this.#holds.push(id);
    this.#model.hold(run, one, at, approved);
    await this.#laws(run, one, approved?.plan);
  }

  /** Checks the ledger's own holds: each under its limit, on a line that is dear enough, once, and no cap passed. */
  async #laws(run: number, one: ModelOrder, plan: string | undefined): Promise<void> {
    assert.deepEqual(this.#model.passed(run, one, this.#world.at, 0), []);
    if (plan === undefined) return;
    const holds = await this.#ledger.holds("film");
    const under = holds.filter(({ approved }) => approved?.plan === plan);
    const approval = this.#model.approvals.get(plan);
    assert.ok(
      under.reduce((sum, { spent, held }) => sum + spent + held, 0) <= (approval?.limit ?? -1),
    );
    const line = approval?.lines.find(({ key }) => key === holds.at(-1)?.approved?.line);
    assert.ok(line !== undefined && line.cost >= one.cost && line.shot === one.shot);
    const standing = under
      .filter((hold) => blocksPurchase(hold) && !hold.duplicate)
      .map((hold) => hold.approved?.line);
    assert.equal(new Set(standing).size, standing.length);
  }

  async #step(index: number, taken: Step): Promise<void> {
    const expected = this.#model.book.advance(index, taken, this.#world.at);
    const told = await this.#ledger.advance(this.#holds[index] ?? "none", taken);
    assert.equal(told.is, expected);
    assert.equal(told.hold.duplicate, this.#model.book.holds[index]?.duplicate);
    this.#count(taken.kind);
    if (told.hold.duplicate) this.#count("duplicate");
  }

  #count(name: string): void {
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1);
  }

  /** Checks at the end that each approval covers what the model says, and that all records agree. */
  async audit(): Promise<void> {
    const model = this.#model;
    const standing = await this.#ledger.approvals("film");
    const told = standing.map(({ plan, limit, until, used, lines: some }) => {
      return { plan, limit, until, used, taken: some.map(({ key, taken }) => `${key} ${taken}`) };
    });
    const expected = [...model.approvals.values()].map(
      ({ plan, limit, until, lines: some }: ModelApproval) => {
        const taken = some.map(({ key }) => `${key} ${model.taken(plan, key)}`);
        return { plan, limit, until, used: model.used(plan), taken };
      },
    );
    const byPlan = (a: { plan: string }, b: { plan: string }): number => (a.plan < b.plan ? -1 : 1);
    assert.deepEqual(told.toSorted(byPlan), expected.toSorted(byPlan));
    assert.deepEqual(await findProblems({ ledger: this.#ledger }), []);
  }
}
