import { describe, expect, test } from "vitest";
import { Bench, type Database, order, STANDINGS, type Standing, step } from "../rig/test-ledger.ts";

const start = { campaign: "film", account: null, limits: [] };
const LEASE = 60_000;

/** What a hold becomes when its run is over. */
function afterwards(where: Standing): string {
  if (where === "reserved") return "released";
  if (where === "sending") return "unknown";
  return where.startsWith("failed") ? "failed" : where;
}

export function runs(database: Database): void {
  describe("runs", () => {
    test.for(STANDINGS)(
      "ending a run leaves the right state in a hold that is %s",
      async (where) => {
        const bench = await Bench.create(database);
        const before = await bench.makeHold(order("a"), where);
        await bench.ledger.endRun(bench.run);
        const after = await bench.ledger.hold(before.id);
        expect(after?.state).toBe(afterwards(where));
        expect([after?.spent, after?.held]).toEqual(
          where === "reserved" ? [0, 0] : [before.spent, before.held],
        );
        expect(await bench.ledger.openRuns("film")).toEqual([]);
      },
    );

    test.for(STANDINGS)(
      "reclaiming a dead run leaves the right state in a hold that is %s",
      async (where) => {
        const bench = await Bench.create(database);
        const before = await bench.makeHold(order("a"), where);
        const other = await bench.openElsewhere("b");
        bench.world.dead.add("a");
        const reclaimed = await other.reclaimDeadRuns("film");
        const moved = where === "reserved" || where === "sending";
        expect(reclaimed.map(({ id }) => id)).toEqual(moved ? [before.id] : []);
        const after = await other.hold(before.id);
        expect(after?.state).toBe(afterwards(where));
        expect(reclaimed).toEqual(moved ? [after] : []);
        // Once is enough.
        expect(await other.reclaimDeadRuns("film")).toEqual([]);
        expect(await bench.ledger.keepAlive(bench.run)).toBe(false);
      },
    );

    test("leaves the holds of a living run alone, however long it has been silent", async () => {
      const bench = await Bench.create(database);
      const hold = await bench.reserve(order("a"));
      const other = await bench.openElsewhere("b");
      bench.world.at += 100 * LEASE;
      const before = await bench.countEntries();
      expect(await other.reclaimDeadRuns("film")).toEqual([]);
      expect(await bench.countEntries()).toBe(before);
      expect(await other.hold(hold.id)).toEqual(hold);
      expect(
        (await other.openRuns("film")).map(({ id, owner, alive }) => [id, owner, alive]),
      ).toEqual([[bench.run, "a", true]]);
    });

    test("a run without a lock that anyone can check lives as long as its lease, which keepAlive renews", async () => {
      const bench = await Bench.create(database);
      const hold = await bench.makeHold(order("a"), "sending");
      const other = await bench.openElsewhere("b");
      bench.world.elsewhere.add("a");
      const alive = async (): Promise<readonly boolean[]> =>
        (await other.openRuns("film")).map((run) => run.alive);
      bench.world.at += LEASE - 1;
      expect(await alive()).toEqual([true]);
      expect(await bench.ledger.keepAlive(bench.run)).toBe(true);
      bench.world.at += LEASE - 1;
      expect(await other.reclaimDeadRuns("film")).toEqual([]);
      bench.world.at += 1;
      expect(await alive()).toEqual([false]);
      const reclaimed = await other.reclaimDeadRuns("film");
      expect(reclaimed.map(({ id, state }) => [id, state])).toEqual([[hold.id, "unknown"]]);
      // The process was only slow: it learns of it when it renews its lease.
      expect(await bench.ledger.keepAlive(bench.run)).toBe(false);
      expect((await bench.ledger.advance(hold.id, step.sending())).is).toBe("late");
      expect(await alive()).toEqual([]);
    });

    test("a request id that arrives after its run was reclaimed still counts", async () => {
      const bench = await Bench.create(database);
      const hold = await bench.makeHold(order("a"), "sending");
      const other = await bench.openElsewhere("b");
      bench.world.dead.add("a");
      await other.reclaimDeadRuns("film");
      const late = await bench.ledger.advance(hold.id, step.submitted("r-late"));
      expect(late).toMatchObject({ is: "done", hold: { state: "submitted" } });
    });

    test("reclaims and lists only the campaign's own runs", async () => {
      const bench = await Bench.create(database);
      await bench.reserve(order("a"));
      const run = await bench.ledger.startRun({ ...start, campaign: "other" });
      bench.world.dead.add("a");
      const other = await bench.openElsewhere("b");
      expect(await other.reclaimDeadRuns("other")).toEqual([]);
      expect((await other.openRuns("FILM")).map(({ id }) => id)).toEqual([bench.run]);
      expect((await other.positions("film")).map(({ state }) => state)).toEqual(["reserved"]);
      expect(await other.openRuns("other")).toEqual([]);
      expect(await other.keepAlive(run)).toBe(false);
      expect((await other.reclaimDeadRuns("FILM")).map(({ state }) => state)).toEqual(["released"]);
    });

    test("reclaims several dead runs together, each hold by its own state", async () => {
      const bench = await Bench.create(database);
      await bench.makeHold(order("a"), "sending");
      await bench.reserve(order("b"));
      const second = await bench.ledger.startRun(start);
      await bench.reserve(order("c"), second);
      const other = await bench.openElsewhere("b");
      const living = await other.startRun(start);
      await other.reserve(living, order("d"));
      bench.world.dead.add("a");
      const reclaimed = (await other.reclaimDeadRuns("film")).map(
        ({ key, state }) => `${key} ${state}`,
      );
      expect(reclaimed.toSorted()).toEqual(["a~t1 unknown", "b~t1 released", "c~t1 released"]);
      expect((await other.openRuns("film")).map(({ id }) => id)).toEqual([living]);
    });

    test("ending a run again, or one that does not exist, does nothing", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.endRun(bench.run);
      const before = await bench.ledger.entries(null);
      await bench.ledger.endRun(bench.run);
      await bench.ledger.endRun("no-run");
      expect(await bench.ledger.entries(null)).toEqual(before);
      expect(before.at(-1)?.fact).toEqual({ kind: "run-ended", how: "ended" });
      expect(await bench.ledger.keepAlive("no-run")).toBe(false);
    });
  });
}
