import type { PaceCap, RaisableCap } from "../../../../src/budget/caps.ts";
import type { Overage } from "../../../../src/budget/terms.ts";
import type { NamedLimits, SomeCaps } from "../../../budget/make-caps.ts";
import { describe, expect, test } from "vitest";
import type { Order } from "../../../../src/ledger/entry.ts";
import { Bench, capped, type Database, order, usd } from "../../rig/test-ledger.ts";
import { findProblems, FILM } from "./approved-run.ts";

type More = Omit<Overage, "at">;

export function more(cap: RaisableCap, dollars: number, of: string | null = null): More {
  return { cap, of, amount: usd(dollars), by: "Grace", why: "the client wants rain" };
}

const named = (of: string): NamedLimits => [{ of, name: `the ${of}`, limit: usd(1) }];
export const paced = (cap: PaceCap): SomeCaps => ({ [cap]: usd(1) });
const both = (...of: readonly string[]): NamedLimits => of.flatMap(named);

/** A cap of one dollar, what raises it, and an order under the same cap with another name. */
const RAISES: readonly (readonly [
  cap: RaisableCap,
  of: string | null,
  caps: SomeCaps,
  apart: Partial<Order> | null,
])[] = [
  ["cap", null, { cap: usd(1) }, null],
  ["per_shot", null, { per_shot: usd(1) }, null],
  [
    "by_model",
    "fal-ai/one",
    { by_model: both("fal-ai/one", "fal-ai/two") },
    { endpoint: "fal-ai/two" },
  ],
  ["by_scene", "1", { by_scene: both("1", "2") }, { scene: "2" }],
  ["by_tag", "1", { by_tag: both("1", "2") }, { tags: ["2"] }],
  ["per_day", null, paced("per_day"), null],
  ["per_week", null, paced("per_week"), null],
  ["per_month", null, paced("per_month"), null],
];

const UNSTATED: readonly (readonly [what: string, caps: SomeCaps, asked: More])[] = [
  ["a cap", paced("per_day"), more("cap", 1)],
  ["a cap on shots", { cap: usd(1) }, more("per_shot", 1)],
  ["another model's cap", { by_model: named("fal-ai/one") }, more("by_model", 1, "fal-ai/two")],
  ["a model's cap by its name", { by_model: named("fal-ai/one") }, more("by_model", 1, "one")],
  ["another scene's cap", { by_scene: named("1") }, more("by_scene", 1, "01")],
  ["another tag's cap", { by_tag: named("hero") }, more("by_tag", 1, "Hero")],
  ["a scene for a model", { by_scene: named("1") }, more("by_model", 1, "1")],
  ["a cap on weeks", paced("per_day"), more("per_week", 1)],
  ["a model's cap without a name", { by_model: named("fal-ai/one") }, more("by_model", 1)],
  ["the campaign's cap for one scene", { cap: usd(1) }, more("cap", 1, "1")],
  ["the shots' cap for one shot", { per_shot: usd(1) }, more("per_shot", 1, "hero")],
  ["a day's cap for one model", paced("per_day"), more("per_day", 1, "fal-ai/one")],
];

export async function fits(
  bench: Bench,
  at: number | null,
  wanted: Partial<Order>,
): Promise<string> {
  if (at !== null) bench.world.at = at;
  return (await bench.ledger.reserve(bench.run, order("a", wanted))).is;
}

export function overages(database: Database): void {
  describe("overages", () => {
    test.for(RAISES)(
      "%s: an overage makes its amount available, and not a micro-dollar more",
      async (row) => {
        const [cap, of, caps, apart] = row;
        const bench = await Bench.create(database, capped(caps));
        const wanted = { scene: "1", tags: ["1"], shot: "a" };
        expect(await bench.ledger.addOverage("FILM", more(cap, 0.5, of))).toBe(true);
        expect(await bench.ledger.addOverage("film", more(cap, 0.5, of))).toBe(true);
        await bench.reserve(order("a", wanted));
        const passed = { ...wanted, ordinal: 2, cost: usd(1.000_001) };
        const over = await bench.ledger.reserve(bench.run, order("a", passed));
        expect(over).toMatchObject({ is: "over", passed: [{ cap, limit: usd(2), used: usd(1) }] });
        await bench.reserve(order("a", { ...passed, cost: usd(1) }));
        const other = { ...wanted, ...apart, ordinal: 3 };
        const beside = apart === null ? null : { ...other, cost: usd(1.000_001) };
        expect(beside === null ? "over" : await fits(bench, null, beside)).toBe("over");
        if (apart !== null) await bench.reserve(order("a", other));
        expect(await findProblems(bench)).toEqual([]);
      },
    );

    test("per_shot: an overage raises the cap of every shot", async () => {
      const bench = await Bench.create(database, capped({ per_shot: usd(1) }));
      await bench.ledger.addOverage("film", more("per_shot", 1));
      for (const shot of ["a", "b"]) {
        expect(await fits(bench, null, { fingerprint: shot, shot, cost: usd(2) })).toBe("held");
        const again = { fingerprint: shot, shot, ordinal: 2, cost: usd(0.000_001) };
        expect(await fits(bench, null, again)).toBe("over");
      }
    });

    test.for(UNSTATED)("%s: adds and writes nothing if the cap is not stated", async (row) => {
      const [, caps, asked] = row;
      const bench = await Bench.create(database, capped(caps));
      const before = await bench.countEntries();
      expect(await bench.ledger.addOverage("film", asked)).toBe(false);
      expect(await bench.ledger.overages("film")).toEqual([]);
      expect(await bench.countEntries()).toBe(before);
    });

    test("refuses an overage for a campaign that is unknown or has agreed to no terms", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(1) }));
      await bench.ledger.startRun({ ...FILM, campaign: "begun" });
      const before = await bench.countEntries();
      for (const campaign of ["begun", "another"]) {
        expect(await bench.ledger.addOverage(campaign, more("cap", 1))).toBe(false);
      }
      expect(await bench.countEntries()).toBe(before);
      expect(await bench.ledger.campaigns()).toEqual(["begun", "film"]);
    });

    test("lists each campaign's overages in order, whole, with their time", async () => {
      const terms = capped({ cap: usd(1), by_scene: named("1") });
      const bench = await Bench.create(database, terms);
      await bench.ledger.agree("other", terms);
      const { at } = bench.world;
      const [first, second] = [more("cap", 0.000_001), more("by_scene", 3, "1")];
      await bench.ledger.addOverage("Film", first);
      await bench.ledger.addOverage("other", more("cap", 9));
      bench.world.at += 7;
      await bench.ledger.addOverage("film", { ...second, by: "Ada", why: "retakes" });
      const told = [
        { ...first, at },
        { ...second, by: "Ada", why: "retakes", at: at + 7 },
      ];
      expect(await (await bench.openReader()).overages("FILM")).toEqual(told);
      const facts = (await bench.ledger.entries("film")).filter(
        ({ fact }) => fact.kind === "overage",
      );
      expect(facts.map((entry) => [entry.at, entry.fact])).toEqual([
        [at, { kind: "overage", ...first }],
        [at + 7, { kind: "overage", ...second, by: "Ada", why: "retakes" }],
      ]);
      expect(await fits(bench, null, { cost: usd(2) })).toBe("over");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an overage is added to the cap as it is now, and to a lower or higher one later", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(1) }));
      await bench.ledger.addOverage("film", more("cap", 1));
      await bench.ledger.agree("film", capped({ cap: usd(0.5) }));
      expect(await fits(bench, null, { cost: usd(1.500_001) })).toBe("over");
      await bench.ledger.agree("film", capped({ cap: usd(2) }));
      expect(await fits(bench, null, { cost: usd(3.000_001) })).toBe("over");
      expect(await fits(bench, null, { cost: usd(3) })).toBe("held");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an overage of one cap gives no room under another, or under a run's limit", async () => {
      const pace = { per_day: usd(1), per_run: usd(3) };
      const bench = await Bench.create(database, capped({ cap: usd(1), ...pace }));
      await bench.ledger.addOverage("film", more("cap", 9));
      const over = await bench.ledger.reserve(bench.run, order("a", { cost: usd(2) }));
      expect(over).toMatchObject({ is: "over", passed: [{ cap: "per_day", limit: usd(1) }] });
      await bench.ledger.addOverage("film", more("per_day", 9));
      expect(await fits(bench, null, { cost: usd(3.000_001) })).toBe("over");
      expect(await fits(bench, null, { cost: usd(3) })).toBe("held");
    });

    test("an overage counts for an open run, whoever adds it", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(1) }));
      await bench.reserve(order("a"));
      expect(await fits(bench, null, { ordinal: 2 })).toBe("over");
      const beside = await bench.openElsewhere("b");
      expect(await beside.addOverage("film", more("cap", 1))).toBe(true);
      expect(await fits(bench, null, { ordinal: 2 })).toBe("held");
      expect(await findProblems(bench)).toEqual([]);
    });
  });
}
