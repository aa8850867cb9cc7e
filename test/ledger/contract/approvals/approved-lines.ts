import { describe, expect, test } from "vitest";
import { ANY_APPROVAL, planAccount, findUnapproved } from "../../../../src/ledger/approval.ts";
import { Bench, type Database, order, step, usd } from "../../rig/test-ledger.ts";
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
import { cpuTime } from "../../../rig/cpu-time.ts";

const [a, b] = [order("a"), order("b")];

export function approvedLines(database: Database): void {
  describe("the approved line that covers a purchase", () => {
    test("an approval of eight seconds covers a purchase of five seconds, once", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 99), [form("a", 8)]);
      await expectRefused(bench.ledger, bench.run, form("a", 9), "dearer");
      await expectBoughtAs(bench, bench.run, form("a", 5), "plan-1", "a~t1");
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(5) }]);
      await expectRefused(bench.ledger, bench.run, form("a", 8), "taken");
      await expectRefused(bench.ledger, bench.run, form("a", 3), "taken");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a line that was bought before its plan was approved covers no other take and no cheaper form", async () => {
      const bench = await Bench.create(database);
      const first = form("a", 8, { ordinal: 1 });
      await bench.reserve(first);
      await bench.ledger.agree("film", REQUIRED, undefined);
      await startApprovedRun(bench, word("plan-2", 99), [first]);
      await expectRefused(bench.ledger, bench.run, form("a", 8, { ordinal: 2 }), "taken");
      await expectRefused(bench.ledger, bench.run, form("a", 5), "taken");
      const [standing] = await bench.ledger.approvals("film");
      expect(
        findUnapproved(
          [form("a", 5)],
          [standing].flatMap((one) => one ?? []),
          0,
        ),
      ).toHaveLength(1);
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an approval of a saved plan applies to the plan's open run, and counts what the run has spent", async () => {
      const bench = await Bench.create(database);
      const account = planAccount("plan-1");
      const run = await bench.ledger.startRun({ ...FILM, account });
      await bench.reserve(a, run);
      await startApprovedRun(bench, word("plan-1", 1.5), [a, b]);
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(1) }]);
      await expectRefused(bench.ledger, run, b, "over-limit");
      await startApprovedRun(bench, word("plan-1", 2), [a, b]);
      await expectBoughtAs(bench, run, b, "plan-1", "b~t1");
      await expectRefused(bench.ledger, run, order("c"), "not-in-plan");
      expect(await bench.ledger.approvals("film")).toMatchObject([{ used: usd(2) }]);
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a line that was bought as approved is not bought again in a cheaper form", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 99), [form("a", 8)]);
      await expectBoughtAs(bench, bench.run, form("a", 8), "plan-1", "a~t1");
      await expectRefused(bench.ledger, bench.run, form("a", 5), "taken");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("orders without a content hash match by fingerprint alone", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const blank = lineOf(order("b"), { gist: "" });
      await bench.ledger.approve("film", word("plan-1", 9), [lineOf(form("a", 8)), blank]);
      const { gist: _, ...shorter } = form("a", 5);
      await expectRefused(bench.ledger, bench.run, shorter, "not-in-plan");
      const { gist: __, ...whole } = form("a", 8);
      await expectBoughtAs(bench, bench.run, whole, "plan-1", "a~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a take uses its own line first, then another take's, and no more takes are bought than were approved", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const take = (ordinal: number) => order("a", { ordinal, key: `a~t${ordinal}` });
      await startApprovedRun(bench, word("plan-1", 99), [take(1), take(2), take(3)]);
      await expectBoughtAs(bench, bench.run, take(2), "plan-1", "a~t2");
      await expectBoughtAs(bench, bench.run, take(1), "plan-1", "a~t1");
      await expectBoughtAs(bench, bench.run, take(9), "plan-1", "a~t3");
      await expectRefused(bench.ledger, bench.run, take(3), "taken");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("an order uses its own line before another form of it, and the cheapest form before a dearer one", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const forms = [9, 6, 5, 7].map((seconds) => form("a", seconds, { key: `${seconds} s` }));
      await startApprovedRun(bench, word("plan-1", 99), forms);
      await expectBoughtAs(bench, bench.run, form("a", 4), "plan-1", "5 s");
      await expectBoughtAs(bench, bench.run, form("a", 9), "plan-1", "9 s");
      await expectBoughtAs(bench, bench.run, form("a", 3), "plan-1", "6 s");
      await expectBoughtAs(bench, bench.run, form("a", 7), "plan-1", "7 s");
      await expectRefused(bench.ledger, bench.run, form("a", 1), "taken");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("of two plans with the same line, uses the one approved last, then the other while its limit lasts", async () => {
      const bench = await Bench.create(database, REQUIRED);
      for (const plan of ["plan-2", "plan-3", "plan-1"]) {
        bench.world.at += 1;
        await bench.ledger.approve("film", word(plan, 1), [lineOf(a), lineOf(b)]);
      }
      await expectBoughtAs(bench, bench.run, a, "plan-1", "a~t1");
      await expectBoughtAs(bench, bench.run, b, "plan-3", "b~t1");
      // Each of them is a line that is already bought: none covers another take.
      await expectRefused(bench.ledger, bench.run, { ...a, ordinal: 2 }, "taken");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("of two plans approved at the same moment, uses the same one whichever came first", async () => {
      const plans = ["plan-1", "plan-2"];
      for (const order of [plans, plans.toReversed()]) {
        const bench = await Bench.create(database, REQUIRED);
        for (const plan of order) await bench.ledger.approve("film", word(plan, 1), [lineOf(a)]);
        await expectBoughtAs(bench, bench.run, a, "plan-1", "a~t1");
        expect(await findProblems(bench)).toEqual([]);
      }
    });

    test("another plan covers the order if a plan's line is taken, too cheap, expired or at its limit", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const past = { until: bench.world.at };
      await bench.ledger.approve("film", word("good", 1), [lineOf(a)]);
      bench.world.at += 1;
      await bench.ledger.approve("film", word("cheap", 9), [lineOf(a, { cost: usd(0.99) })]);
      await bench.ledger.approve("film", word("past", 9, past), [lineOf(a)]);
      await bench.ledger.approve("film", word("poor", 0.5), [lineOf(a)]);
      await expectBoughtAs(bench, bench.run, a, "good", "a~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("after a release, an approved line covers one purchase again", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 8), [form("a", 8)]);
      const hold = await expectBoughtAs(bench, bench.run, form("a", 8), "plan-1", "a~t1");
      await bench.advance(hold.id, step.released());
      await expectBoughtAs(bench, bench.run, form("a", 8), "plan-1", "a~t1");
      await expectRefused(bench.ledger, bench.run, form("a", 5), "taken");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("finds each of ten thousand lines of a plan, and reads them back in order", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const orders = Array.from({ length: 10_000 }, (_, turn) =>
        form(`shot ${turn}`, 1 + (turn % 9)),
      );
      const run = await startApprovedRun(bench, word("plan-1", 100_000), orders);
      const some = orders.filter((_, turn) => turn % 97 === 0);
      const started = cpuTime();
      for (const wanted of some) await expectBoughtAs(bench, run, wanted, "plan-1", wanted.key);
      expect(cpuTime() - started).toBeLessThan(20_000);
      const [standing] = await bench.ledger.approvals("film");
      expect(standing?.lines.map(({ key }) => key)).toEqual(orders.map(({ key }) => key));
      expect(standing?.lines.filter(({ taken }) => taken)).toHaveLength(some.length);
      expect(await findProblems(bench)).toEqual([]);
    });

    test("matches each of ten thousand takes of one shot to its own line quickly, foretold or reserved", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const takes = Array.from({ length: 10_000 }, (_, turn) =>
        form("a", 5, { ordinal: turn + 1 }),
      );
      const run = await startApprovedRun(bench, word("plan-1", 100_000), takes);
      const started = cpuTime();
      const standing = await bench.ledger.approvals("film");
      expect(findUnapproved(takes, standing, bench.world.at)).toEqual([]);
      for (const take of takes.slice(-100)) {
        await expectBoughtAs(bench, run, take, "plan-1", take.key);
      }
      expect(cpuTime() - started).toBeLessThan(15_000);
    });

    test("if five processes ask at once for what one line covers, one gets it", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 99), [form("a", 8)]);
      const other = await bench.openElsewhere("b");
      const run = await other.startRun({ ...FILM, approval: ANY_APPROVAL });
      const answers = await Promise.all([
        ...[8, 7, 6].map((seconds) => bench.ledger.reserve(bench.run, form("a", seconds))),
        ...[5, 4].map((seconds) => other.reserve(run, form("a", seconds))),
      ]);
      const said = answers.map(({ is }) => is).toSorted();
      expect(said).toEqual(["held", ...Array.from({ length: 4 }, () => "unapproved")]);
      expect(await findProblems(bench)).toEqual([]);
    });
  });
}
