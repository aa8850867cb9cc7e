import { makeCaps, listStated } from "./make-caps.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Caps, Scope, UsedMoney } from "../../src/budget/caps.ts";
import { type Ask, decide } from "../../src/budget/decide.ts";
import { microUsd, NOTHING } from "../../src/money.ts";
import { asks, caps, usedMoney } from "./generate.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_500 };

/** One cap on money, as the design describes it: a limit, what is already used, and which lines it covers. */
interface Rule {
  readonly cap: string;
  readonly of: string | null;
  readonly limit: number;
  readonly spent: number;
  readonly held: number;
  readonly covers: (ask: Ask) => boolean;
}

// A second implementation, from the design alone: slow, plain, one list of rules.
function listRules(budget: Caps, lines: readonly Ask[], used: UsedMoney): readonly Rule[] {
  const rules: Rule[] = [];
  const rule = (
    cap: string,
    of: string | null,
    limit: number,
    scope: Scope,
    covers: Rule["covers"],
  ): void => {
    rules.push({ cap, of, limit, ...used(scope, null), covers });
  };
  const stated = listStated(budget);
  const { cap, per_shot: perShot, by_model: byModel, by_scene: byScene, by_tag: byTag } = stated;
  if (cap !== null) rule("cap", null, cap, { by: "campaign" }, () => true);
  for (const shot of perShot === null ? [] : new Set(lines.map((line) => line.shot))) {
    rule("per_shot", shot, perShot ?? 0, { by: "shot", name: shot }, (a) => a.shot === shot);
  }
  for (const { of, name, limit } of byModel) {
    const scope = { by: "endpoint", name: of ?? "" } as const;
    rule("by_model", name, limit, scope, (ask) => ask.endpoint === of);
  }
  for (const { of, name, limit } of byScene) {
    const scope = { by: "scene", name: of ?? "" } as const;
    rule("by_scene", name, limit, scope, (ask) => ask.scene === of);
  }
  for (const { of, name, limit } of byTag) {
    const scope = { by: "tag", name: of ?? "" } as const;
    rule("by_tag", name, limit, scope, ({ tags }) => tags?.includes(of ?? "") === true);
  }
  return rules;
}

const total = (lines: readonly Ask[]): number =>
  lines.reduce((money, line) => money + line.cost, 0);

function decideByHand(budget: Caps, lines: readonly Ask[], used: UsedMoney): readonly boolean[] {
  const rules = listRules(budget, lines, used);
  const started: Ask[] = [];
  let over = false;
  return lines.map((line) => {
    const fits = rules.every(
      ({ limit, spent, held, covers }) =>
        !covers(line) || spent + held + total(started.filter(covers)) + line.cost <= limit,
    );
    // A line dearer than a whole run, day, week or month, or than the breaker's hour, can never start.
    const { per_run, per_day, per_week, per_month } = listStated(budget);
    const paces = [per_run, per_day, per_week, per_month].map((limit) => limit ?? Infinity);
    const whole = [...paces, budget.breaker.usdPerHour ?? Infinity];
    const ever = whole.every((limit) => line.cost <= limit);
    const starts = fits && ever && !(over && budget.whenReached === "stop");
    if (starts) started.push(line);
    else over = true;
    return starts;
  });
}

test("starts the same lines as a plain second implementation of the design", () => {
  fc.assert(
    fc.property(caps, asks, usedMoney, (budget, lines, used) => {
      expect(decide(budget, lines, used).starts).toEqual(decideByHand(budget, lines, used));
    }),
    RUNS,
  );
});

test("returns one row for each cap, with its planned amount and what is left", () => {
  fc.assert(
    fc.property(caps, asks, usedMoney, (budget, lines, used) => {
      const expected = listRules(budget, lines, used).map(({ covers, ...rule }) => {
        const planned = total(lines.filter(covers));
        const taken = rule.spent + rule.held + planned;
        const near = budget.warnAt !== null && taken * 100 >= rule.limit * budget.warnAt;
        const verdict = taken > rule.limit ? "over" : near ? "warn" : "ok";
        return { ...rule, planned, left: rule.limit - taken, verdict };
      });
      expect(decide(budget, lines, used).rows).toEqual(expected);
    }),
    RUNS,
  );
});

test("the money that starts never passes a cap, after any line", () => {
  fc.assert(
    fc.property(caps, asks, usedMoney, (budget, lines, used) => {
      const { starts } = decide(budget, lines, used);
      for (const { limit, spent, held, covers } of listRules(budget, lines, used)) {
        // Costs are never negative, so the money after the last line is the maximum.
        const money = total(lines.filter((line, turn) => starts[turn] === true && covers(line)));
        expect(money === 0 || spent + held + money <= limit).toBe(true);
      }
    }),
    RUNS,
  );
});

test("stop starts a prefix of the list; skip never starts less money than stop", () => {
  fc.assert(
    fc.property(caps, asks, usedMoney, (budget, lines, used) => {
      const stop = decide({ ...budget, whenReached: "stop" }, lines, used).starts;
      const skip = decide({ ...budget, whenReached: "skip" }, lines, used).starts;
      const first = stop.includes(false) ? stop.indexOf(false) : stop.length;
      expect(stop).toEqual(lines.map((_, turn) => turn < first));
      expect(skip.slice(0, first)).toEqual(stop.slice(0, first));
    }),
    RUNS,
  );
});

const line = (dollars: number, shot = "a"): Ask => ({
  cost: microUsd(dollars * 1_000_000),
  shot,
  endpoint: "fal-ai/one",
  scene: null,
  tags: [],
});
const unused: UsedMoney = () => ({ spent: NOTHING, held: NOTHING });
const under = (dollars: number): Caps => makeCaps({ cap: microUsd(dollars * 1_000_000) });

test("a cost equal to the cap fits, and a cap that is a micro-dollar lower refuses it", () => {
  const lines = [line(2), line(3)];
  expect(decide(under(5), lines, unused).starts).toEqual([true, true]);
  expect(decide(makeCaps({ cap: microUsd(4_999_999) }), lines, unused).starts).toEqual([
    true,
    false,
  ]);
});

test("stop does not start a cheap line after a dear one that does not fit; skip does", () => {
  const lines = [line(2), line(9), line(3)];
  expect(decide(under(5), lines, unused).starts).toEqual([true, false, false]);
  expect(decide({ ...under(5), whenReached: "skip" }, lines, unused).starts).toEqual([
    true,
    false,
    true,
  ]);
});

test("a cap of zero starts nothing", () => {
  expect(decide(under(0), [line(1)], unused).starts).toEqual([false]);
  expect(decide(under(0), [], unused)).toMatchObject({
    starts: [],
    rows: [{ verdict: "ok", left: 0 }],
  });
});
