import { describe, expect, test } from "vitest";
import { ANY_APPROVAL } from "../../../../src/ledger/approval.ts";
import {
  Bench,
  capped,
  type Database,
  order,
  STANDINGS,
  step,
  usd,
} from "../../rig/test-ledger.ts";
import {
  startApprovedRun,
  expectBoughtAs,
  findProblems,
  FILM,
  form,
  lineOf,
  expectRefused,
  REQUIRED,
  word,
} from "./approved-run.ts";

const [a, b, c] = [order("a"), order("b"), order("c")];

// A definite end that cost nothing.
const FREE: readonly string[] = ["released", "failed, charge none"];

export function approving(database: Database): void {
  describe("purchases that need an approval", () => {
    test("a run that needs an approval buys nothing that is in no approved plan", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const own = await startApprovedRun(bench, word("plan-1", 9), [b]);
      const any = await bench.ledger.startRun({ ...FILM, approval: ANY_APPROVAL });
      for (const run of [own, any, bench.run])
        await expectRefused(bench.ledger, run, a, "not-in-plan");
      expect(await bench.ledger.reserve(any, a)).toMatchObject({ nearest: null });
      expect(await bench.ledger.positions("film")).toEqual([]);
    });

    test("a run that names a plan buys under that plan only, and one that needs any approval buys under any", async () => {
      const bench = await Bench.create(database);
      const first = await startApprovedRun(bench, word("plan-1", 9), [a]);
      const second = await startApprovedRun(bench, word("plan-2", 9), [b]);
      await expectRefused(bench.ledger, first, b, "not-in-plan");
      await expectRefused(bench.ledger, second, a, "not-in-plan");
      await expectBoughtAs(bench, first, a, "plan-1", "a~t1");
      const any = await bench.ledger.startRun({ ...FILM, approval: ANY_APPROVAL });
      await expectBoughtAs(bench, any, b, "plan-2", "b~t1");
      await expectRefused(
        bench.ledger,
        await startApprovedRun(bench, word("plan-3", 9), []),
        c,
        "not-in-plan",
      );
      const nobodys = await bench.ledger.startRun({ ...FILM, approval: "no plan" });
      await expectRefused(bench.ledger, nobodys, c, "not-in-plan");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a run that needs no approval leaves limits as they are, and what it buys counts as taken", async () => {
      const bench = await Bench.create(database);
      await startApprovedRun(bench, word("plan-1", 9), [a]);
      expect(await bench.reserve(a)).toMatchObject({ approved: null });
      const [standing] = await bench.ledger.approvals("film");
      expect(standing).toMatchObject({ used: 0, lines: [{ key: "a~t1", taken: true }] });
      expect(await findProblems(bench)).toEqual([]);
    });

    test("purchases can reach an approval's limit exactly, and not pass it by a micro-dollar", async () => {
      const bench = await Bench.create(database);
      const tight = await startApprovedRun(bench, word("tight", 1.999_999), [a, b]);
      const even = await startApprovedRun(bench, word("even", 2), [a, b]);
      await expectBoughtAs(bench, tight, a, "tight", "a~t1");
      await expectRefused(bench.ledger, tight, b, "over-limit");
      await expectBoughtAs(bench, even, b, "even", "b~t1");
      const other = await startApprovedRun(bench, word("even", 2), [b, c]);
      await expectBoughtAs(bench, other, c, "even", "c~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an approved line covers the same price or less, and not a micro-dollar more", async () => {
      const bench = await Bench.create(database);
      const run = await startApprovedRun(bench, word("plan-1", 9), [a, b]);
      const told = await bench.ledger.reserve(run, { ...a, cost: usd(1.000_001) });
      expect(told).toMatchObject({ is: "unapproved", why: "dearer" });
      expect(told).toMatchObject({ nearest: { approval: { plan: "plan-1" }, line: lineOf(a) } });
      await expectBoughtAs(bench, run, { ...b, cost: usd(0.5) }, "plan-1", "b~t1");
      await expectBoughtAs(bench, run, a, "plan-1", "a~t1");
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(1.5) }]);
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an approval expires to the millisecond, by whatever time the clock says", async () => {
      const bench = await Bench.create(database);
      const until = bench.world.at + 60_000;
      const run = await startApprovedRun(bench, word("plan-1", 9, { until }), [a, b, c]);
      bench.world.at = until - 1;
      await expectBoughtAs(bench, run, a, "plan-1", "a~t1");
      for (const at of [until, until + 1]) {
        bench.world.at = at;
        await expectRefused(bench.ledger, run, b, "expired");
      }
      bench.world.at = until - 1;
      await expectBoughtAs(bench, run, b, "plan-1", "b~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("reports a higher price before an expiry, and an expiry before the limit", async () => {
      const bench = await Bench.create(database);
      const until = bench.world.at;
      const run = await startApprovedRun(bench, word("plan-1", 0, { until }), [a, b]);
      await expectRefused(bench.ledger, run, { ...a, cost: usd(2) }, "dearer");
      await expectRefused(bench.ledger, run, a, "expired");
      await bench.ledger.approve("film", word("plan-1", 0), [lineOf(a), lineOf(b)]);
      await expectRefused(bench.ledger, run, a, "over-limit");
      expect(await findProblems(bench)).toEqual([]);
    });

    test.for(STANDINGS)(
      "reports whether the approved line of a purchase that is %s is free again",
      async (where) => {
        const bench = await Bench.create(database, REQUIRED);
        await startApprovedRun(bench, word("plan-1", 9), [form("a", 8)]);
        await bench.makeHold(form("a", 8), where);
        const free = FREE.includes(where);
        const [standing] = await bench.ledger.approvals("film");
        expect(standing).toMatchObject({ used: usd(free ? 0 : 8), lines: [{ taken: !free }] });
        if (!free) await expectRefused(bench.ledger, bench.run, form("a", 5), "taken");
        else await expectBoughtAs(bench, bench.run, form("a", 5), "plan-1", "a~t1");
        expect(await findProblems(bench)).toEqual([]);
      },
    );

    test('a person\'s "not charged" frees the approved line and its share of the limit', async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 8), [form("a", 8), form("b", 8)]);
      const failed = await bench.makeHold(form("a", 8), "failed, charge unknown");
      await expectRefused(bench.ledger, bench.run, form("b", 8), "over-limit");
      await bench.advance(failed.id, step.charge("none"));
      await expectBoughtAs(bench, bench.run, form("b", 8), "plan-1", "b~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("if a bill passes an approval's limit, nothing more is reserved under it, not even at no cost", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const free = order("free", { cost: usd(0) });
      await startApprovedRun(bench, word("plan-1", 2), [a, b, free]);
      const hold = await bench.makeHold(a, "submitted");
      await bench.advance(hold.id, step.settled(usd(1.000_001)));
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(2.000_001) }]);
      await expectRefused(bench.ledger, bench.run, b, "over-limit");
      await expectRefused(bench.ledger, bench.run, free, "over-limit");
      await bench.ledger.approve("film", word("plan-1", 3.000_001), [lineOf(b), lineOf(free)]);
      await expectBoughtAs(bench, bench.run, free, "plan-1", "free~t1");
      await expectBoughtAs(bench, bench.run, b, "plan-1", "b~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an open run needs approvals from the moment its campaign's terms require them", async () => {
      const bench = await Bench.create(database);
      await bench.reserve(a);
      await bench.ledger.agree("FILM", REQUIRED);
      await expectRefused(bench.ledger, bench.run, b, "not-in-plan");
      await startApprovedRun(bench, word("plan-1", 9), [b]);
      await expectBoughtAs(bench, bench.run, b, "plan-1", "b~t1");
      await bench.ledger.agree("film", capped({}));
      expect(await bench.reserve(c)).toMatchObject({ approved: null });
      expect(await findProblems(bench)).toEqual([]);
    });

    test("another campaign's approval does not count, and campaign names ignore case", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await bench.ledger.approve("other", word("plan-1", 9), [lineOf(a)]);
      const named = await bench.ledger.startRun({ ...FILM, approval: "plan-1" });
      for (const run of [bench.run, named])
        await expectRefused(bench.ledger, run, a, "not-in-plan");
      expect(await bench.ledger.approvals("film")).toEqual([]);
      await bench.ledger.approve("FILM", word("plan-1", 9), [lineOf(a)]);
      const mixed = { ...a, campaign: "Film" };
      await expectBoughtAs(bench, named, mixed, "plan-1", "a~t1");
      expect(await bench.ledger.approvals("fILM")).toMatchObject([{ used: usd(1) }]);
      // The same plan in the other campaign has bought nothing, and has a limit of its own.
      expect(await bench.ledger.approvals("other")).toMatchObject([{ used: 0 }]);
      await bench.ledger.approve("film", word("plan-1", 1), [lineOf(a), lineOf(b)]);
      for (const campaign of ["other", "third"]) {
        await bench.ledger.approve(campaign, word("plan-1", 99), [lineOf(a), lineOf(b)]);
        await expectRefused(bench.ledger, named, b, "over-limit");
      }
      expect(await findProblems(bench)).toEqual([]);
    });

    test("refuses an approved line that does not fit under a cap", async () => {
      const bench = await Bench.create(database, { ...REQUIRED, ...capped({ cap: usd(1) }) });
      const run = await startApprovedRun(bench, word("plan-1", 9), [a, b]);
      await bench.reserve(a, run);
      expect(await bench.ledger.reserve(run, b)).toMatchObject({ is: "over" });
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(1) }]);
    });
  });
}
