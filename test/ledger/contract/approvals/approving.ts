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
  approvedRun,
  boughtAs,
  problemsOf,
  FILM,
  form,
  lineOf,
  refused,
  REQUIRED,
  word,
} from "./approved-run.ts";

const [a, b, c] = [order("a"), order("b"), order("c")];

// A definite end that cost nothing.
const FREE: readonly string[] = ["released", "failed, charge none"];

export function approving(database: Database): void {
  describe("purchases that need an approval", () => {
    test("a run that needs an approval buys nothing that is in no approved plan", async () => {
      const bench = await Bench.of(database, REQUIRED);
      const own = await approvedRun(bench, word("plan-1", 9), [b]);
      const any = await bench.ledger.startRun({ ...FILM, approval: ANY_APPROVAL });
      for (const run of [own, any, bench.run]) await refused(bench.ledger, run, a, "not-in-plan");
      expect(await bench.ledger.reserve(any, a)).toMatchObject({ nearest: null });
      expect(await bench.ledger.positions("film")).toEqual([]);
    });

    test("a run that names a plan buys under that plan only, and one that needs any approval buys under any", async () => {
      const bench = await Bench.of(database);
      const first = await approvedRun(bench, word("plan-1", 9), [a]);
      const second = await approvedRun(bench, word("plan-2", 9), [b]);
      await refused(bench.ledger, first, b, "not-in-plan");
      await refused(bench.ledger, second, a, "not-in-plan");
      await boughtAs(bench, first, a, "plan-1", "a~t1");
      const any = await bench.ledger.startRun({ ...FILM, approval: ANY_APPROVAL });
      await boughtAs(bench, any, b, "plan-2", "b~t1");
      await refused(
        bench.ledger,
        await approvedRun(bench, word("plan-3", 9), []),
        c,
        "not-in-plan",
      );
      const nobodys = await bench.ledger.startRun({ ...FILM, approval: "no plan" });
      await refused(bench.ledger, nobodys, c, "not-in-plan");
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("a run that needs no approval leaves limits as they are, and what it buys counts as taken", async () => {
      const bench = await Bench.of(database);
      await approvedRun(bench, word("plan-1", 9), [a]);
      expect(await bench.held(a)).toMatchObject({ approved: null });
      const [standing] = await bench.ledger.approvals("film");
      expect(standing).toMatchObject({ used: 0, lines: [{ key: "a~t1", taken: true }] });
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("purchases can reach an approval's limit exactly, and not pass it by a micro-dollar", async () => {
      const bench = await Bench.of(database);
      const tight = await approvedRun(bench, word("tight", 1.999_999), [a, b]);
      const even = await approvedRun(bench, word("even", 2), [a, b]);
      await boughtAs(bench, tight, a, "tight", "a~t1");
      await refused(bench.ledger, tight, b, "over-limit");
      await boughtAs(bench, even, b, "even", "b~t1");
      const other = await approvedRun(bench, word("even", 2), [b, c]);
      await boughtAs(bench, other, c, "even", "c~t1");
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("an approved line covers the same price or less, and not a micro-dollar more", async () => {
      const bench = await Bench.of(database);
      const run = await approvedRun(bench, word("plan-1", 9), [a, b]);
      const told = await bench.ledger.reserve(run, { ...a, cost: usd(1.000_001) });
      expect(told).toMatchObject({ is: "unapproved", why: "dearer" });
      expect(told).toMatchObject({ nearest: { approval: { plan: "plan-1" }, line: lineOf(a) } });
      await boughtAs(bench, run, { ...b, cost: usd(0.5) }, "plan-1", "b~t1");
      await boughtAs(bench, run, a, "plan-1", "a~t1");
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(1.5) }]);
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("an approval expires to the millisecond, by whatever time the clock says", async () => {
      const bench = await Bench.of(database);
      const until = bench.world.at + 60_000;
      const run = await approvedRun(bench, word("plan-1", 9, { until }), [a, b, c]);
      bench.world.at = until - 1;
      await boughtAs(bench, run, a, "plan-1", "a~t1");
      for (const at of [until, until + 1]) {
        bench.world.at = at;
        await refused(bench.ledger, run, b, "expired");
      }
      bench.world.at = until - 1;
      await boughtAs(bench, run, b, "plan-1", "b~t1");
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("reports a higher price before an expiry, and an expiry before the limit", async () => {
      const bench = await Bench.of(database);
      const until = bench.world.at;
      const run = await approvedRun(bench, word("plan-1", 0, { until }), [a, b]);
      await refused(bench.ledger, run, { ...a, cost: usd(2) }, "dearer");
      await refused(bench.ledger, run, a, "expired");
      await bench.ledger.approve("film", word("plan-1", 0), [lineOf(a), lineOf(b)]);
      await refused(bench.ledger, run, a, "over-limit");
      expect(await problemsOf(bench)).toEqual([]);
    });

    test.for(STANDINGS)(
      "reports whether the approved line of a purchase that is %s is free again",
      async (where) => {
        const bench = await Bench.of(database, REQUIRED);
        await approvedRun(bench, word("plan-1", 9), [form("a", 8)]);
        await bench.standing(form("a", 8), where);
        const free = FREE.includes(where);
        const [standing] = await bench.ledger.approvals("film");
        expect(standing).toMatchObject({ used: usd(free ? 0 : 8), lines: [{ taken: !free }] });
        if (!free) await refused(bench.ledger, bench.run, form("a", 5), "taken");
        else await boughtAs(bench, bench.run, form("a", 5), "plan-1", "a~t1");
        expect(await problemsOf(bench)).toEqual([]);
      },
    );

    test('a person\'s "not charged" frees the approved line and its share of the limit', async () => {
      const bench = await Bench.of(database, REQUIRED);
      await approvedRun(bench, word("plan-1", 8), [form("a", 8), form("b", 8)]);
      const failed = await bench.standing(form("a", 8), "failed, charge unknown");
      await refused(bench.ledger, bench.run, form("b", 8), "over-limit");
      await bench.done(failed.id, step.charge("none"));
      await boughtAs(bench, bench.run, form("b", 8), "plan-1", "b~t1");
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("if a bill passes an approval's limit, nothing more is reserved under it, not even at no cost", async () => {
      const bench = await Bench.of(database, REQUIRED);
      const free = order("free", { cost: usd(0) });
      await approvedRun(bench, word("plan-1", 2), [a, b, free]);
      const hold = await bench.standing(a, "submitted");
      await bench.done(hold.id, step.settled(usd(1.000_001)));
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(2.000_001) }]);
      await refused(bench.ledger, bench.run, b, "over-limit");
      await refused(bench.ledger, bench.run, free, "over-limit");
      await bench.ledger.approve("film", word("plan-1", 3.000_001), [lineOf(b), lineOf(free)]);
      await boughtAs(bench, bench.run, free, "plan-1", "free~t1");
      await boughtAs(bench, bench.run, b, "plan-1", "b~t1");
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("an open run needs approvals from the moment its campaign's terms require them", async () => {
      const bench = await Bench.of(database);
      await bench.held(a);
      await bench.ledger.agree("FILM", REQUIRED);
      await refused(bench.ledger, bench.run, b, "not-in-plan");
      await approvedRun(bench, word("plan-1", 9), [b]);
      await boughtAs(bench, bench.run, b, "plan-1", "b~t1");
      await bench.ledger.agree("film", capped({}));
      expect(await bench.held(c)).toMatchObject({ approved: null });
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("another campaign's approval does not count, and campaign names ignore case", async () => {
      const bench = await Bench.of(database, REQUIRED);
      await bench.ledger.approve("other", word("plan-1", 9), [lineOf(a)]);
      const named = await bench.ledger.startRun({ ...FILM, approval: "plan-1" });
      for (const run of [bench.run, named]) await refused(bench.ledger, run, a, "not-in-plan");
      expect(await bench.ledger.approvals("film")).toEqual([]);
      await bench.ledger.approve("FILM", word("plan-1", 9), [lineOf(a)]);
      const mixed = { ...a, campaign: "Film" };
      await boughtAs(bench, named, mixed, "plan-1", "a~t1");
      expect(await bench.ledger.approvals("fILM")).toMatchObject([{ used: usd(1) }]);
      // The same plan in the other campaign has bought nothing, and has a limit of its own.
      expect(await bench.ledger.approvals("other")).toMatchObject([{ used: 0 }]);
      await bench.ledger.approve("film", word("plan-1", 1), [lineOf(a), lineOf(b)]);
      for (const campaign of ["other", "third"]) {
        await bench.ledger.approve(campaign, word("plan-1", 99), [lineOf(a), lineOf(b)]);
        await refused(bench.ledger, named, b, "over-limit");
      }
      expect(await problemsOf(bench)).toEqual([]);
    });

    test("refuses an approved line that does not fit under a cap", async () => {
      const bench = await Bench.of(database, { ...REQUIRED, ...capped({ cap: usd(1) }) });
      const run = await approvedRun(bench, word("plan-1", 9), [a, b]);
      await bench.held(a, run);
      expect(await bench.ledger.reserve(run, b)).toMatchObject({ is: "over" });
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(1) }]);
    });
  });
}
