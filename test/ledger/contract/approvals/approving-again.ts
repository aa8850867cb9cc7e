import { describe, expect, test } from "vitest";
import { Bench, type Database, order, usd } from "../../rig/test-ledger.ts";
import {
  startApprovedRun,
  expectBoughtAs,
  findProblems,
  form,
  lineOf,
  expectRefused,
  REQUIRED,
  word,
} from "./approved-run.ts";

const [a, b, c] = [order("a"), order("b"), order("c")];
const LINES = [a, b, c].map((each) => lineOf(each));

export function approvingAgain(database: Database): void {
  describe("approving a plan again", () => {
    test("a lower limit applies at once, and counts what was spent before", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 9), [a, b, c]);
      await bench.makeHold(a, "settled");
      await bench.ledger.approve("film", word("plan-1", 1.999_999), LINES);
      await expectRefused(bench.ledger, bench.run, b, "over-limit");
      await bench.ledger.approve("film", word("plan-1", 2), LINES);
      await expectBoughtAs(bench, bench.run, b, "plan-1", "b~t1");
      await expectRefused(bench.ledger, bench.run, c, "over-limit");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a higher limit replaces the first, and is not added to it", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 1), [a, b, c]);
      await bench.reserve(a);
      await expectRefused(bench.ledger, bench.run, b, "over-limit");
      await bench.ledger.approve("film", word("plan-1", 2), LINES);
      await expectBoughtAs(bench, bench.run, b, "plan-1", "b~t1");
      await expectRefused(bench.ledger, bench.run, c, "over-limit");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a limit of zero revokes an approval: once something was spent, it covers not even what costs nothing", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const free = order("free", { cost: usd(0) });
      await startApprovedRun(bench, word("plan-1", 9), [a, b, free]);
      const hold = await bench.reserve(a);
      const lines = [...LINES, lineOf(free)];
      await bench.ledger.approve("film", word("plan-1", 0), lines);
      await expectRefused(bench.ledger, bench.run, b, "over-limit");
      await expectRefused(bench.ledger, bench.run, free, "over-limit");
      // An existing hold stays, and continues.
      expect(await bench.ledger.hold(hold.id)).toMatchObject({ state: "reserved", held: usd(1) });
      await bench.ledger.approve("film", word("plan-1", 2), lines);
      await expectBoughtAs(bench, bench.run, b, "plan-1", "b~t1");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a new expiry replaces the first, whether it is later, earlier or none", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const { at } = bench.world;
      await bench.ledger.approve("film", word("plan-1", 9, { until: at }), LINES);
      await expectRefused(bench.ledger, bench.run, a, "expired");
      await bench.ledger.approve("film", word("plan-1", 9, { until: at + 1 }), LINES);
      await expectBoughtAs(bench, bench.run, a, "plan-1", "a~t1");
      await bench.ledger.approve("film", word("plan-1", 9), LINES);
      bench.world.at += 1_000_000_000;
      await expectBoughtAs(bench, bench.run, b, "plan-1", "b~t1");
      await bench.ledger.approve("film", word("plan-1", 9, { until: at }), LINES);
      await expectRefused(bench.ledger, bench.run, c, "expired");
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a line that was bought stays taken however often its plan is approved", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 99), [form("a", 8)]);
      await bench.reserve(form("a", 8));
      await bench.ledger.approve("film", word("plan-1", 99), [lineOf(form("a", 8))]);
      await expectRefused(bench.ledger, bench.run, form("a", 5), "taken");
      const [standing] = await bench.ledger.approvals("film");
      expect(standing).toMatchObject({ used: usd(8), lines: [{ taken: true }] });
      expect(await findProblems(bench)).toEqual([]);
    });

    test("a plan's approved lines are those of its last approval", async () => {
      const bench = await Bench.create(database, REQUIRED);
      await startApprovedRun(bench, word("plan-1", 9), [a, b]);
      await bench.reserve(a);
      await bench.ledger.approve("film", word("plan-1", 9), [lineOf(c)]);
      await expectRefused(bench.ledger, bench.run, b, "not-in-plan");
      await expectBoughtAs(bench, bench.run, c, "plan-1", "c~t1");
      expect(await bench.ledger.approvals("film")).toMatchObject([
        { used: usd(2), lines: [{ key: "c~t1", taken: true }] },
      ]);
      expect(await findProblems(bench)).toEqual([]);
    });

    test("lists approvals whole, newest first, and keeps each in the entries", async () => {
      const bench = await Bench.create(database, REQUIRED);
      const { at } = bench.world;
      const first = word("plan-1", 9, { by: "Ada", until: at + 5 });
      await bench.ledger.approve("Film", first, [lineOf(a)]);
      bench.world.at += 10;
      const second = word("plan-2", 1.176, { by: "Grace", created: "2026-11-21T10:00:00Z" });
      await bench.ledger.approve("film", second, []);
      const told = [{ ...second, at: at + 10, used: 0, lines: [] }];
      const older = { used: 0, lines: [{ ...lineOf(a), taken: false }] };
      const beside = await bench.openReader();
      expect(await beside.approvals("FILM")).toEqual([...told, { ...first, at, ...older }]);
      bench.world.at += 10;
      const again = { ...first, by: "Ada L.", created: "2026-11-21T09:30:00Z" };
      await bench.ledger.approve("film", again, [lineOf(a)]);
      expect(await beside.approvals("film")).toEqual([
        { ...again, at: at + 20, ...older },
        ...told,
      ]);
      const facts = (await beside.entries("film")).filter(({ fact }) => fact.kind === "approved");
      expect(facts.map((entry) => entry.at)).toEqual([at, at + 10, at + 20]);
      expect(facts[0]).toMatchObject({ fact: { ...first, lines: [lineOf(a)] } });
      expect(await beside.approvals("other")).toEqual([]);
    });

    test("a plan can be approved before its campaign has agreed to any terms", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.approve("New", word("plan-1", 9), [lineOf(a)]);
      expect(await bench.ledger.terms("new")).toBeNull();
      expect(await bench.ledger.agree("NEW", REQUIRED, null)).toBe(true);
      const run = await bench.ledger.startRun({ campaign: "new", account: null, limits: [] });
      await expectBoughtAs(bench, run, { ...a, campaign: "new" }, "plan-1", "a~t1");
      expect(await bench.ledger.campaigns()).toEqual(["film", "New"]);
      expect(await findProblems(bench)).toEqual([]);
    });
  });
}
