import { describe, expect, test } from "vitest";
import { NOTHING } from "../../../src/money.ts";
import { verifyLedger } from "../rig/tamper.ts";
import {
  Bench,
  capped,
  type Database,
  order,
  type Standing,
  step,
  usd,
} from "../rig/test-ledger.ts";

/** A hold that was released, and the one that has its purchase now. */
async function makeReplacedHold(bench: Bench, where: Standing = "settled") {
  const first = await bench.makeHold(order("a"), "unknown");
  await bench.advance(first.id, step.released());
  return { first: first.id, second: await bench.makeHold(order("a"), where) };
}

async function problems({ ledger }: Bench): Promise<readonly string[]> {
  return (await verifyLedger(ledger)).problems;
}

export function correcting(database: Database): void {
  describe("corrections", () => {
    test("a released hold that turns out to be bought claims its purchase and its money again", async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.makeHold(order("a"), "released");
      const found = await bench.advance(id, step.found("r-1"));
      expect(found).toMatchObject({ state: "submitted", held: usd(1), duplicate: false });
      expect(found).toMatchObject({ endedAt: null, person: { by: "Ada" } });
      expect(await bench.ledger.reserve(bench.run, order("a"))).toEqual({
        is: "taken",
        hold: found,
      });
      expect(await problems(bench)).toEqual([]);
    });

    test("a corrected hold counts even if a cap has no room for it", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(1) }));
      const { id } = await bench.makeHold(order("a"), "released");
      await bench.reserve(order("b"));
      expect(await bench.advance(id, step.billed())).toMatchObject({ spent: usd(1) });
      expect(await problems(bench)).toEqual([]);
      const more = await bench.ledger.reserve(bench.run, order("c", { cost: usd(0.01) }));
      expect(more).toMatchObject({ is: "over", passed: [{ cap: "cap", used: usd(2) }] });
    });

    test.for([
      ["found", step.found],
      ["billed", step.billed],
    ] as const)(
      "a hold that is %s beside another hold of its purchase is a duplicate",
      async ([, say]) => {
        const bench = await Bench.create(database);
        const { first, second } = await makeReplacedHold(bench);
        const duplicate = await bench.advance(first, say());
        expect(duplicate.duplicate).toBe(true);
        expect(await bench.ledger.hold(first)).toEqual(duplicate);
        const positions = await bench.ledger.positions("film");
        expect(positions.map((one) => [one.duplicate, (one.spent + one.held) / 1e6])).toEqual([
          [true, 1],
          [false, 1],
        ]);
        expect(await bench.ledger.reserve(bench.run, order("a"))).toEqual({
          is: "taken",
          hold: second,
        });
        expect(await problems(bench)).toEqual([]);
      },
    );

    test("a duplicate is made, paid for and delivered like any other hold", async () => {
      const bench = await Bench.create(database);
      const { first } = await makeReplacedHold(bench);
      await bench.advance(first, step.found("r-1"));
      await bench.advance(first, step.settled());
      expect(await bench.advance(first, step.delivered())).toMatchObject({
        state: "settled",
        spent: usd(1),
        duplicate: true,
      });
      expect(await problems(bench)).toEqual([]);
    });

    test("while a duplicate stands, its purchase is not bought again, whatever happened to the other hold", async () => {
      const bench = await Bench.create(database);
      const { first, second } = await makeReplacedHold(bench, "unknown");
      const duplicate = await bench.advance(first, step.found());
      await bench.advance(second.id, step.released());
      expect(await bench.ledger.reserve(bench.run, order("a"))).toEqual({
        is: "taken",
        hold: duplicate,
      });
      // Once it has ended it is no duplicate, and the purchase is free.
      expect(await bench.advance(first, step.failed("none"))).toMatchObject({ duplicate: false });
      expect(await bench.ledger.reserve(bench.run, order("a"))).toMatchObject({ is: "held" });
      expect(await problems(bench)).toEqual([]);
    });

    test("a run that was reclaimed, and whose line was bought again, can still record its request", async () => {
      const bench = await Bench.create(database);
      const { first } = await makeReplacedHold(bench);
      expect(await bench.advance(first, step.submitted("r-late"))).toMatchObject({
        duplicate: true,
      });
      expect(await problems(bench)).toEqual([]);
    });

    test("a corrected hold does not take an approved line that another purchase has taken since", async () => {
      const bench = await Bench.create(database);
      const line = { key: "a~t1", fingerprint: "a", ordinal: 1, gist: "gist", cost: usd(1) };
      const said = { plan: "plan", created: "2026-11-21", by: "Ada", limit: usd(1), until: null };
      await bench.ledger.approve("film", said, [line]);
      const run = await bench.ledger.startRun({
        campaign: "film",
        account: null,
        limits: [],
        approval: "plan",
      });
      const first = await bench.reserve(order("b", { gist: "gist" }), run);
      await bench.advance(first.id, step.released());
      await bench.reserve(order("c", { gist: "gist" }), run);
      const found = await bench.advance(first.id, step.billed());
      expect(found).toMatchObject({ duplicate: true, approved: { plan: "plan", line: "a~t1" } });
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(2) }]);
      expect(await bench.ledger.reserve(run, order("b", { gist: "gist" }))).toMatchObject({
        is: "taken",
      });
      expect(await problems(bench)).toEqual([]);
    });

    test("a correction of a settled hold moves only money, and its line stays bought", async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.makeHold(order("a"), "submitted");
      await bench.advance(id, step.settled(usd(0.5)));
      await bench.advance(id, step.delivered());
      const refunded = await bench.advance(id, step.charge("none"));
      expect(refunded).toMatchObject({ state: "settled", spent: NOTHING, charge: "none" });
      expect(await bench.ledger.reserve(bench.run, order("a"))).toMatchObject({ is: "taken" });
      expect(await bench.advance(id, step.charge("charged"))).toMatchObject({ spent: usd(1.5) });
      expect((await bench.ledger.advance(id, step.found())).is).toBe("late");
      expect(await problems(bench)).toEqual([]);
    });

    test("lists corrections in order, and nothing else", async () => {
      const bench = await Bench.create(database);
      const { first, second } = await makeReplacedHold(bench);
      await bench.advance(first, step.found("r-1"));
      await bench.advance(second.id, step.charge("none"));
      const said = await bench.ledger.corrections("FILM");
      expect(said.map(({ hold, fact }) => [hold, fact.kind])).toEqual([
        [first, "submitted"],
        [second.id, "charge"],
      ]);
      expect(await bench.ledger.corrections("other")).toEqual([]);
    });

    test("a request given for the wrong line is free once that line has another", async () => {
      const bench = await Bench.create(database);
      const [wrong, right] = [
        await bench.makeHold(order("a"), "unknown"),
        await bench.makeHold(order("b"), "unknown"),
      ];
      await bench.advance(wrong.id, step.found("r-1"));
      await bench.advance(wrong.id, step.released());
      expect((await bench.ledger.advance(right.id, step.found("r-1"))).is).toBe("late");
      await bench.advance(wrong.id, step.found("r-2"));
      await bench.advance(right.id, step.found("r-1"));
      expect(await problems(bench)).toEqual([]);
    });

    test("a person may replace a request that a person gave, if the new one is free", async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.makeHold(order("a"), "unknown");
      const other = await bench.makeHold(order("b"), "unknown");
      await bench.advance(other.id, step.found("r-other"));
      await bench.advance(id, step.found("r-wrong"));
      await bench.advance(id, step.missing());
      await bench.advance(id, step.cancel());
      for (const late of [step.found("r-wrong"), step.found("r-other"), step.submitted("r-late")]) {
        expect((await bench.ledger.advance(id, late)).is).toBe("late");
      }
      const right = await bench.advance(id, step.found("r-right"));
      expect(right).toMatchObject({ state: "submitted", held: usd(1), spent: NOTHING });
      // A correction of the other hold says nothing about this one.
      expect(right).toMatchObject({ missing: false, cancel: null, why: null });
      expect(await bench.ledger.hold(id)).toEqual(right);
      await bench.advance(other.id, step.found("r-wrong"));
      expect(await problems(bench)).toEqual([]);
    });

    test("a request that the vendor answered is not replaced, even if a person had it collected once more", async () => {
      const bench = await Bench.create(database);
      const { id, request } = await bench.makeHold(order("a"), "failed, charge unknown");
      const again = await bench.advance(id, step.found(request?.id));
      expect(again).toMatchObject({ state: "submitted", named: false, person: { by: "Ada" } });
      const entries = await bench.countEntries();
      expect((await bench.ledger.advance(id, step.found("r-2"))).is).toBe("late");
      expect(await bench.countEntries()).toBe(entries);
      expect(await problems(bench)).toEqual([]);
    });
  });
}
