import { describe, expect, test } from "vitest";
import type { AtOnce } from "../../../src/ledger/entry.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { Bench, type Database, order, step, usd } from "../rig/test-ledger.ts";

const start = { campaign: "film", account: "plan:1", limits: [{ name: "cap", limit: usd(50) }] };

async function batch(bench: Bench, atOnce: AtOnce | null = null): Promise<string> {
  return await bench.ledger.startRun({ ...start, batch: true, atOnce });
}

async function joinBatch(bench: Bench, owner: string, of: string): Promise<string> {
  const run = await (await bench.openElsewhere(owner)).joinBatch(of);
  if (run === null) throw new Error("the batch is over");
  return run;
}

export function batches(database: Database): void {
  describe("a batch, for which other runs buy", () => {
    test("is listed with its terms, and passes them to each run that joins", async () => {
      const bench = await Bench.create(database);
      const atOnce = { total: 3, byModel: [{ endpoint: "fal-ai/one", lines: 2 }] };
      const id = await batch(bench, atOnce);
      const startedAt = bench.world.at;
      const told = { id, ...start, campaign: "film", approval: null, atOnce, startedAt };
      expect(await bench.ledger.batches()).toEqual([told]);
      const run = await joinBatch(bench, "b", id);
      const { entries } = await bench.ledger.everything();
      const [of, part] = entries.filter(({ fact }) => fact.kind === "run-started").slice(-2);
      expect(of?.fact).toMatchObject({ batch: true, owner: "", account: "plan:1", atOnce });
      expect(part?.fact).toMatchObject({ partOf: id, owner: "b", account: "plan:1", atOnce });
      const open = await bench.ledger.openRuns("film");
      expect(open.map((one) => [one.id, one.batch, one.partOf, one.alive])).toEqual([
        [bench.run, false, null, true],
        [id, true, null, true],
        [run, false, id, true],
      ]);
      expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
    });

    test("outlives the runs that buy for it", async () => {
      const bench = await Bench.create(database);
      const id = await batch(bench);
      const run = await joinBatch(bench, "b", id);
      bench.world.dead.add("a").add("b").add("");
      bench.world.at += 86_400_000;
      await bench.ledger.reclaimDeadRuns("film");
      expect((await bench.ledger.openRuns("film")).map((one) => one.id)).toEqual([id]);
      expect(await bench.ledger.runEnd(run)).toEqual({ how: "dead", reason: null });
      expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
    });

    test("ends once, with its reason, and no run buys for it afterwards", async () => {
      const bench = await Bench.create(database);
      const id = await batch(bench);
      const run = await joinBatch(bench, "b", id);
      const sent = await bench.reserve(order("a"), run);
      const reason = { because: "cap", why: "a cap is reached" };
      expect(await bench.ledger.runEnd(id)).toBeNull();
      await bench.ledger.endRun(id, reason);
      await bench.ledger.endRun(id, { because: "other", why: "too late" });
      expect(await bench.ledger.runEnd(id)).toEqual({ how: "ended", reason });
      expect(await bench.ledger.batches()).toEqual([]);
      expect(await bench.ledger.joinBatch(id)).toBeNull();
      expect(await bench.ledger.joinBatch("never started")).toBeNull();
      expect(await bench.ledger.joinBatch(bench.run)).toBeNull();
      expect(await bench.ledger.reserve(run, order("b"))).toEqual({ is: "run-over" });
      // Lines under way continue.
      expect((await bench.advance(sent.id, step.sending())).state).toBe("sending");
      expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
    });

    test("has an account of its own if it is not a saved plan's", async () => {
      const bench = await Bench.create(database);
      const id = await bench.ledger.startRun({ ...start, account: null, batch: true });
      await joinBatch(bench, "b", id);
      const { kept } = await bench.ledger.everything();
      expect(kept.runs.map(({ account }) => account)).toEqual([bench.run, id, id]);
    });

    test("allows no more lines under way at once than it states, whichever runs have them", async () => {
      const bench = await Bench.create(database);
      const id = await batch(bench, { total: 3, byModel: [{ endpoint: "fal-ai/two", lines: 1 }] });
      const [one, two] = [await joinBatch(bench, "b", id), await joinBatch(bench, "c", id)];
      const is = async (run: string, wanted: ReturnType<typeof order>): Promise<string> =>
        (await bench.ledger.reserve(run, wanted)).is;
      // Lines of a run by hand count, and the run itself has no limit.
      await bench.makeHold(order("by hand"), "submitted");
      expect(await is(one, order("a", { endpoint: "fal-ai/two" }))).toBe("held");
      expect(await is(two, order("b", { endpoint: "fal-ai/two" }))).toBe("busy");
      expect(await is(two, order("c"))).toBe("held");
      expect(await is(one, order("d"))).toBe("busy");
      expect(await is(bench.run, order("by hand, too"))).toBe("held");
      expect(await is(one, order("a", { endpoint: "fal-ai/two" }))).toBe("taken");
      expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
    });

    test("tries a purchase three times across its runs, not counting holds that were never sent", async () => {
      const bench = await Bench.create(database);
      const id = await batch(bench);
      const runs: string[] = [];
      for (const owner of ["b", "c", "d", "e"]) runs.push(await joinBatch(bench, owner, id));
      const [first = "", ...others] = runs;
      // Its process dies before it sends.
      await bench.advance((await bench.reserve(order("a"), first)).id, step.released());
      for (const run of others) {
        const hold = await bench.reserve(order("a"), run);
        await bench.advance(hold.id, step.sending());
        await bench.advance(hold.id, step.released());
      }
      const late = await joinBatch(bench, "f", id);
      expect(await bench.ledger.reserve(late, order("a"))).toEqual({ is: "tried-enough" });
      expect((await bench.ledger.reserve(late, order("b"))).is).toBe("held");
      // Another batch, and a run by hand, may try again.
      const next = await joinBatch(bench, "g", await batch(bench));
      expect((await bench.ledger.reserve(next, order("a"))).is).toBe("held");
      expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
    });

    test("frees a place when a hold ends, or when the vendor does not know its request", async () => {
      const ends = [
        [step.released],
        [step.sending, step.unknown],
        [step.sending, step.submitted, step.settled],
        [step.sending, step.submitted, () => step.failed("unknown")],
        [step.sending, step.submitted, step.missing],
      ];
      const bench = await Bench.create(database);
      const id = await batch(bench, { total: 1, byModel: [] });
      const run = await joinBatch(bench, "b", id);
      for (const [turn, steps] of ends.entries()) {
        let { id: hold } = await bench.reserve(order(`f${turn}`), run);
        for (const make of steps) {
          expect((await bench.ledger.reserve(run, order("next"))).is).toBe("busy");
          hold = (await bench.advance(hold, make())).id;
        }
      }
      expect((await bench.ledger.reserve(run, order("next"))).is).toBe("held");
      expect((await verifyLedger(bench.ledger)).problems).toEqual([]);
    });
  });

  test("lists the entries after a number", async () => {
    const bench = await Bench.create(database);
    const all = await bench.ledger.entries("film");
    const last = all.at(-1)?.seq ?? 0;
    await bench.reserve(order("a"));
    const after = await bench.ledger.entries("film", last);
    expect(after.map(({ fact }) => fact.kind)).toEqual(["reserved"]);
    expect(await bench.ledger.entries("film", 0)).toEqual([...all, ...after]);
    expect(await bench.ledger.entries("other", 0)).toEqual([]);
  });
}
