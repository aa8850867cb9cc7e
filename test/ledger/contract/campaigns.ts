import { describe, expect, test } from "vitest";
import { createParcel } from "../../../src/ledger/move.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { Bench, capped, type Database, order, usd, World } from "../rig/test-ledger.ts";

const start = { campaign: "film", account: null, limits: [] };

export function campaigns(database: Database): void {
  describe("campaigns and their terms", () => {
    test.for(["real", "rehearsal"] as const)(
      "a ledger that is created for %s has that purpose from the start",
      async (purpose) => {
        const world = new World();
        const place = await database.place();
        const made = await database.create(place, purpose, world.as("a"));
        const reader = await database.open(place, "read", world.as("b"));
        const writer = await database.open(place, "write", world.as("c"));
        expect([made, reader, writer].map((ledger) => ledger.purpose)).toEqual([
          purpose,
          purpose,
          purpose,
        ]);
        expect((await made.entries(null)).map(({ at, fact }) => ({ at, fact }))).toEqual([
          { at: world.at, fact: { kind: "purpose", purpose } },
        ]);
      },
    );

    test("a ledger keeps its own id", async () => {
      const world = new World();
      const place = await database.place();
      const made = await database.create(place, "rehearsal", world.as("a"));
      const again = await database.open(place, "read", world.as("b"));
      const other = await database.create(await database.place(), "real", world.as("a"));
      expect(made.id).not.toBe("");
      expect([again.id, other.id === made.id]).toEqual([made.id, false]);
    });

    test("the record that a campaign is bought apart from another ledger moves with the campaign", async () => {
      const bench = await Bench.create(database);
      const { ledger } = bench;
      expect(await ledger.separation("film")).toBeNull();
      await ledger.separate("Film", { by: "Ada", why: "no reason" });
      bench.world.at += 1_000;
      await ledger.separate("film", { by: "Jo", why: "another client" });
      const said = { at: bench.world.at, by: "Jo", why: "another client" };
      const beside = await bench.openElsewhere("b");
      expect(await beside.separation("FILM")).toEqual(said);
      expect(await beside.separation("films")).toBeNull();
      expect(await beside.campaigns()).toEqual(["film"]);
      await bench.makeHold(order("a"), "settled");
      await ledger.endRun(bench.run);
      expect((await verifyLedger(ledger)).problems).toEqual([]);

      const there = await database.create(await database.place(), "real", bench.world.as("c"));
      expect(await ledger.seal("film", { into: "there", ledger: there.id })).toBe(true);
      const parcel = await createParcel("film", ledger);
      expect(await there.receive(parcel)).toBe("received");
      expect(await there.separation("film")).toEqual(said);
      expect((await verifyLedger(there)).problems).toEqual([]);
    });

    test("keeps the agreed terms of each campaign, and ignores the case of its name", async () => {
      const bench = await Bench.create(database);
      const terms = capped(
        {
          cap: usd(180),
          per_shot: usd(1.176),
          by_model: [{ of: "fal-ai/one", name: "one", limit: usd(0.000_001) }],
          by_scene: [{ of: "1", name: "1", limit: usd(0) }],
          per_run: usd(120),
          per_month: usd(900),
        },
        "Europe/London",
      );
      expect(await bench.ledger.terms("other")).toBeNull();
      await bench.ledger.agree("Film", terms);
      const beside = await bench.openElsewhere("b");
      expect(await beside.terms("FILM")).toEqual(terms);
      const before = await bench.countEntries();
      await beside.agree("film", terms);
      expect(await bench.countEntries()).toBe(before);
      await beside.agree("film", capped({}, "Europe/London"));
      expect(await bench.ledger.terms("film")).toEqual(capped({}, "Europe/London"));
      expect(await bench.countEntries()).toBe(before + 1);
    });

    test("refuses terms that are based on outdated ones", async () => {
      const bench = await Bench.create(database);
      const { ledger } = bench;
      const [one, two] = [capped({ cap: usd(1) }), capped({ cap: usd(2) })];
      // In another order of the same caps they are the same terms.
      const daily = capped({ per_run: usd(5), per_day: usd(3) });
      const same = capped({ per_day: usd(3), per_run: usd(5) });
      expect(await ledger.agree("other", one, null)).toBe(true);
      expect(await ledger.agree("OTHER", two, null)).toBe(false);
      expect(await ledger.agree("other", two, two)).toBe(false);
      expect(await ledger.terms("other")).toEqual(one);
      expect(await ledger.agree("other", daily, one)).toBe(true);
      const before = await bench.countEntries();
      expect(await ledger.agree("other", same, same)).toBe(true);
      expect(await bench.countEntries()).toBe(before);
      const beside = await bench.openElsewhere("b");
      const answers = await Promise.all([
        ledger.agree("other", one, daily),
        beside.agree("other", two, daily),
      ]);
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await bench.countEntries()).toBe(before + 1);
      // Without `basedOn`, the last one counts.
      expect(await ledger.agree("other", two)).toBe(true);
      expect(await beside.terms("other")).toEqual(two);
    });

    test("a campaign that a run has started has agreed to no terms yet", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.startRun({ ...start, campaign: "other" });
      expect(await bench.ledger.terms("other")).toBeNull();
      expect(await bench.ledger.agree("other", capped({}), null)).toBe(true);
    });

    test("a raised or lowered cap applies to a run that is already open", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(1) }));
      await bench.reserve(order("a"));
      expect((await bench.ledger.reserve(bench.run, order("b"))).is).toBe("over");
      const beside = await bench.openElsewhere("b");
      await beside.agree("FILM", capped({ cap: usd(3) }));
      await bench.reserve(order("b"));
      await beside.agree("film", capped({ cap: usd(1.5) }));
      const over = await bench.ledger.reserve(bench.run, order("c", { cost: usd(0.01) }));
      expect(over).toMatchObject({ is: "over", passed: [{ limit: usd(1.5), used: usd(2) }] });
    });

    test("lists a campaign once, as it was first spelled", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.startRun({ ...start, campaign: "Zoo" });
      await bench.ledger.agree("ZOO", capped({}));
      await bench.ledger.agree("Ad", capped({}));
      await bench.ledger.agree("FILM", capped({ cap: usd(1) }));
      expect(await bench.ledger.campaigns()).toEqual(["Ad", "film", "Zoo"]);
    });

    test("reserves nothing for a campaign that has agreed to no terms", async () => {
      const bench = await Bench.create(database);
      const run = await bench.ledger.startRun({ ...start, campaign: "other" });
      const before = await bench.countEntries();
      const asked = bench.ledger.reserve(run, order("a", { campaign: "other" }));
      await expect(asked).rejects.toThrow("other has agreed to no terms");
      expect(await bench.countEntries()).toBe(before);
    });
  });
}
