import { describe, expect, test } from "vitest";
import type { OccurrenceStart, OccurrenceStarted } from "../../../src/ledger/occurrence.ts";
import { verify } from "../../../src/ledger/verify.ts";
import { Bench, capped, type Database, order, usd } from "../rig/test-ledger.ts";

const FIRST = Date.UTC(2026, 10, 21, 1);
const SECOND = Date.UTC(2026, 10, 22, 1);

const start = (instant: number, more: Partial<OccurrenceStart> = {}): OccurrenceStart => ({
  campaign: "film",
  instant,
  edition: "",
  how: "on-time",
  limits: [],
  ...more,
});

function requireRun(started: OccurrenceStarted): string {
  if (started.is !== "started") throw new Error(started.is);
  return started.run;
}

async function expectSound(bench: Bench): Promise<void> {
  const { entries, kept } = await bench.ledger.everything();
  expect(verify(entries, kept).problems).toEqual([]);
}

export function occurrences(database: Database): void {
  describe("occurrences of schedules", () => {
    test("an occurrence is claimed once, by the first process that asks", async () => {
      const bench = await Bench.create(database);
      const other = await bench.openElsewhere("b");
      const both = await Promise.all([
        bench.ledger.startOccurrence(start(FIRST)),
        other.startOccurrence(start(FIRST, { campaign: "FILM" })),
      ]);
      expect(both.map(({ is }) => is).toSorted()).toEqual(["claimed-already", "started"]);
      await bench.ledger.endOccurrence("film", FIRST);
      expect(await other.startOccurrence(start(FIRST))).toEqual({ is: "claimed-already" });
      expect(await other.skipOccurrences("film", [FIRST])).toBe(0);
      const [, ...told] = (await other.entries("film")).filter(({ fact }) =>
        fact.kind.startsWith("occurrence"),
      );
      expect(told.map(({ fact }) => fact.kind)).toEqual(["occurrence-ended"]);
      await expectSound(bench);
    });

    test("two occurrences of one campaign are never open at once, and those of two campaigns can be", async () => {
      const bench = await Bench.create(database);
      const other = await bench.openElsewhere("b");
      const run = requireRun(await bench.ledger.startOccurrence(start(FIRST)));
      expect(await other.startOccurrence(start(SECOND))).toEqual({ is: "overlap" });
      expect((await other.startOccurrence(start(SECOND, { campaign: "other" }))).is).toBe(
        "started",
      );
      // Its run is over, but not the occurrence, which can be resumed.
      await bench.ledger.endRun(run);
      expect(await other.startOccurrence(start(SECOND))).toEqual({ is: "overlap" });
      await bench.ledger.endOccurrence("film", FIRST);
      expect((await other.startOccurrence(start(SECOND))).is).toBe("started");
      await expectSound(bench);
    });

    test.for(["died", "was ended"] as const)(
      "an occurrence whose run %s in the middle resumes under the same account and edition",
      async (how) => {
        const pace = { per_run: usd(3) };
        const bench = await Bench.create(database, capped({ ...pace }));
        const other = await bench.openElsewhere("b");
        await bench.ledger.keepSchedule("film", "daily", FIRST - 1);
        const limits = [{ name: "--max-usd", limit: usd(2) }];
        const edition = "2026-11-21T01:00";
        const once = start(FIRST, { edition, limits });
        const run = requireRun(await bench.ledger.startOccurrence(once));
        await bench.reserve(order("a", { edition }), run);
        expect(await other.startOccurrence(once)).toEqual({ is: "claimed-already" });
        if (how === "died") bench.world.dead.add("a");
        else await bench.ledger.endRun(run);
        const { open } = await other.keepSchedule("film", "daily", SECOND);
        expect(open).toMatchObject({ instant: FIRST, edition, run, ended: false, alive: false });
        const again = await other.startOccurrence(once);
        expect(again).toMatchObject({ is: "started", before: run });
        expect((await other.openRuns("film")).map(({ id }) => id)).toContain(requireRun(again));
        // The dead run's line was not sent: its money is free, and counts no more.
        const reserved = await other.reserve(
          requireRun(again),
          order("a", { edition, cost: usd(2) }),
        );
        expect(reserved.is).toBe("held");
        const over = await other.reserve(requireRun(again), order("b", { edition }));
        expect(over).toMatchObject({ is: "over", passed: [{ cap: "--max-usd", used: usd(2) }] });
        await other.endOccurrence("film", FIRST);
        // What it spent does not count for the next.
        const next = requireRun(await other.startOccurrence(start(SECOND, { limits })));
        expect((await other.reserve(next, order("b"))).is).toBe("held");
        await expectSound(bench);
      },
    );

    test("a skipped occurrence has had its turn", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.keepSchedule("film", "daily", FIRST - 1);
      expect(await bench.ledger.skipOccurrences("film", [FIRST, SECOND])).toBe(2);
      expect(await bench.ledger.skipOccurrences("film", [FIRST, SECOND])).toBe(0);
      expect(await bench.ledger.startOccurrence(start(SECOND))).toEqual({ is: "claimed-already" });
      const state = await bench.ledger.keepSchedule("film", "daily", SECOND);
      expect(state).toEqual({ since: FIRST - 1, newest: SECOND, open: null });
      await expectSound(bench);
    });

    test("a new schedule counts from when it is first stated", async () => {
      const bench = await Bench.create(database);
      const keep = async (schedule: string, since: number): Promise<number> =>
        (await bench.ledger.keepSchedule("film", schedule, since)).since;
      expect(await keep("daily", 5)).toBe(5);
      expect(await keep("daily", 7)).toBe(5);
      expect(await keep("hourly", 7)).toBe(7);
      expect(await keep("daily", 9)).toBe(9);
      const kinds = (await bench.ledger.entries("film")).map(({ fact }) => fact.kind);
      expect(kinds.filter((kind) => kind === "schedule")).toHaveLength(3);
      await expectSound(bench);
    });

    test("leases keep the schedulers of one campaign to the same schedule", async () => {
      const bench = await Bench.create(database);
      const other = await bench.openElsewhere("b");
      const { ledger } = bench;
      expect(await ledger.holdSchedule("film", "daily", true)).toBeNull();
      expect(await other.holdSchedule("FILM", "daily", true)).toBeNull();
      expect(await other.holdSchedule("else", "hourly", true)).toBeNull();
      // A scheduler that is refused gives up its place: two with changed schedules do not block each other.
      const rival = await ledger.holdSchedule("film", "hourly", true);
      expect(rival).toMatchObject({ schedule: "daily" });
      expect(await other.holdSchedule("film", "hourly", true)).toBeNull();
      expect(await ledger.holdSchedule("film", "hourly", true)).toBeNull();
      await other.leaveSchedule("film");
      // A scheduler that fires once takes no place, but checks whether others have one.
      expect(await other.holdSchedule("film", "daily", false)).toMatchObject({
        schedule: "hourly",
      });
      await ledger.leaveSchedule("film");
      expect(await other.holdSchedule("film", "daily", false)).toBeNull();
      expect(await ledger.holdSchedule("film", "hourly", false)).toBeNull();
      await expectSound(bench);
    });

    test("a campaign that moves keeps its occurrences", async () => {
      const bench = await Bench.create(database);
      const { ledger } = bench;
      await ledger.endRun(bench.run);
      await ledger.keepSchedule("film", "daily", FIRST - 1);
      await ledger.skipOccurrences("film", [FIRST]);
      const run = requireRun(await ledger.startOccurrence(start(SECOND)));
      await ledger.endRun(run);
      await ledger.endRun(requireRun(await ledger.startOccurrence(start(SECOND))));
      const { entries, kept } = await ledger.everything();
      const there = await database.create(await database.place(), "real", bench.world.as("c"));
      const received = await there.receive({
        name: "film",
        from: ledger.id,
        formerly: [],
        entries: entries.filter(({ campaign }) => campaign === "film"),
        untagged: [],
      });
      expect(received).toBe("received");
      const moved = await there.everything();
      expect(moved.kept.occurrences).toEqual(kept.occurrences);
      expect(moved.kept.occurrences).toHaveLength(2);
      expect(moved.kept.schedules).toEqual(kept.schedules);
      expect(verify(moved.entries, moved.kept).problems).toEqual([]);
      expect(await there.startOccurrence(start(FIRST))).toEqual({ is: "overlap" });
      there.close();
    });
  });
}
