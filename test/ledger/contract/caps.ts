import { describe, expect, test } from "vitest";
import type { NamedLimits, SomeCaps } from "../../budget/make-caps.ts";
import type { Order } from "../../../src/ledger/entry.ts";
import { Bench, capped, type Database, order, usd } from "../rig/test-ledger.ts";

const named = (of: string, dollars: number): NamedLimits => [
  { of, name: `the ${of}`, limit: usd(dollars) },
];

/** Caps of two dollars; a first line of a dollar; a second of a dollar that counts with it, and one that does not. */
const CAPS: readonly (readonly [
  cap: string,
  of: string | null,
  caps: SomeCaps,
  first: Partial<Order>,
  counts: Partial<Order>,
  apart: Partial<Order> | null,
])[] = [
  ["cap", null, { cap: usd(2) }, {}, {}, null],
  ["per_shot", "HERO", { per_shot: usd(2) }, { shot: "hero" }, { shot: "HERO" }, { shot: "b" }],
  [
    "by_model",
    "the fal-ai/one",
    { by_model: named("fal-ai/one", 2) },
    { model: "one" },
    { model: "another name" },
    { endpoint: "fal-ai/two" },
  ],
  [
    "by_scene",
    "1",
    { by_scene: [{ of: "1", name: "1", limit: usd(2) }] },
    { scene: "1" },
    { scene: "1" },
    { scene: "01" },
  ],
  [
    "by_tag",
    "hero",
    { by_tag: [{ of: "hero", name: "hero", limit: usd(2) }] },
    { tags: ["night", "hero", "hero"] },
    { tags: ["hero"] },
    { tags: ["Hero", "night"] },
  ],
  ["per_run", null, { per_run: usd(2) }, {}, {}, null],
  ["per_day", null, { per_day: usd(2) }, {}, {}, null],
  ["per_week", null, { per_week: usd(2) }, {}, {}, null],
  ["per_month", null, { per_month: usd(2) }, {}, {}, null],
];

export function caps(database: Database): void {
  describe("caps", () => {
    test.for(CAPS)(
      "%s: allows an amount equal to the cap, and not a micro-dollar more",
      async (row) => {
        const [cap, of, budget, first, counts, apart] = row;
        const bench = await Bench.create(database, capped(budget));
        await bench.reserve(order("a", { scene: null, ...first }));
        const more = { ...counts, ordinal: 2, cost: usd(1.000_001) };
        const before = await bench.countEntries();
        const over = await bench.ledger.reserve(bench.run, order("a", more));
        expect(over).toMatchObject({
          is: "over",
          passed: [{ cap, of, limit: usd(2), used: usd(1) }],
        });
        expect(over.is === "over" && over.passed).toHaveLength(1);
        expect(await bench.countEntries()).toBe(before);
        await bench.reserve(order("a", { ...more, cost: usd(1) }));
        if (apart !== null) await bench.reserve(order("a", { ...apart, ordinal: 3, cost: usd(2) }));
      },
    );

    test("a line without a scene counts under no scene's cap, and one of another campaign under none", async () => {
      const tight = capped({ cap: usd(2), by_scene: [{ of: "1", name: "1", limit: usd(1) }] });
      const bench = await Bench.create(database, tight);
      await bench.ledger.agree("other", capped({ cap: usd(2) }));
      await bench.reserve(order("a", { scene: "1" }));
      await bench.reserve(order("b"));
      const run = await bench.ledger.startRun({ campaign: "other", account: null, limits: [] });
      const other = await bench.reserve(
        order("a", { campaign: "other", scene: "1", cost: usd(2) }),
        run,
      );
      expect(other.held).toBe(usd(2));
    });

    test("reports every cap that is passed at once, with what it has used", async () => {
      const bench = await Bench.create(
        database,
        capped({
          cap: usd(3),
          per_shot: usd(2),
          by_model: named("fal-ai/one", 9),
          by_scene: [{ of: "1", name: "1", limit: usd(2.5) }],
          per_day: usd(3),
        }),
      );
      await bench.reserve(order("a", { shot: "a", scene: "1", cost: usd(2) }));
      await bench.reserve(order("b", { cost: usd(0.5) }));
      const over = await bench.ledger.reserve(bench.run, order("c", { shot: "A", scene: "1" }));
      const passed = over.is === "over" ? over.passed : [];
      expect(passed.map(({ cap, of, limit, used }) => [cap, of, limit, used])).toEqual([
        ["cap", null, usd(3), usd(2.5)],
        ["per_shot", "A", usd(2), usd(2)],
        ["by_scene", "1", usd(2.5), usd(2)],
        ["per_day", null, usd(3), usd(2.5)],
      ]);
    });

    test("per_run and a run's limits count by account, which the runs of a saved plan share", async () => {
      const bench = await Bench.create(database, capped({ per_run: usd(3) }));
      const start = async (account: string | null, most: number): Promise<string> =>
        await bench.ledger.startRun({
          campaign: "film",
          account,
          limits: [{ name: "--max-usd", limit: usd(most) }],
        });
      const cost = { cost: usd(2) };
      const first = await start("plan-1", 9);
      await bench.reserve(order("a", cost), first);
      await bench.ledger.endRun(first);
      const released = await bench.ledger.hold((await bench.ledger.positions("film"))[0]?.id ?? "");
      // Its money was freed when the run ended: only held and spent money counts.
      expect(released?.state).toBe("released");
      const second = await start("plan-1", 9);
      await bench.reserve(order("a", cost), second);
      const third = await start("plan-1", 2.5);
      const over = await bench.ledger.reserve(third, order("b", cost));
      expect(over).toMatchObject({
        is: "over",
        passed: [
          { cap: "per_run", limit: usd(3), used: usd(2) },
          { cap: "--max-usd", limit: usd(2.5), used: usd(2) },
        ],
      });
      await bench.reserve(order("b", cost), await start(null, 2));
      await bench.reserve(order("c", cost), await start("plan-2", 2));
      await bench.reserve(order("d", cost));
    });

    test("a cap of zero refuses everything that costs, and allows what costs nothing", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(0) }));
      const dear = await bench.ledger.reserve(bench.run, order("a", { cost: usd(0.000_001) }));
      expect(dear.is).toBe("over");
      await bench.reserve(order("a", { cost: usd(0) }));
    });

    test("three lines of $0.14 fit exactly under $0.42", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(0.42) }));
      for (const ordinal of [1, 2, 3])
        await bench.reserve(order("a", { ordinal, cost: usd(0.14) }));
      const more = await bench.ledger.reserve(bench.run, order("b", { cost: usd(0.000_001) }));
      expect(more).toMatchObject({ is: "over", passed: [{ used: 420_000 }] });
    });
  });
}
