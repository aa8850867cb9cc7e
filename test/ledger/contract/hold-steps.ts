import { describe, expect, test } from "vitest";
import type { Charge, Step } from "../../../src/ledger/entry.ts";
import type { Hold } from "../../../src/ledger/hold.ts";
import { verify } from "../../../src/ledger/verify.ts";
import { NOTHING } from "../../../src/money.ts";
import {
  Bench,
  capped,
  type Database,
  delivery,
  order,
  step,
  usd,
  World,
} from "../rig/test-ledger.ts";

export function holdSteps(database: Database): void {
  describe("a hold's life", () => {
    test("a hold has everything that its steps recorded", async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.reserve(order("a"));
      const tell = async (taken: Step): Promise<number> => {
        bench.world.at += 1_000;
        await bench.advance(id, taken);
        return bench.world.at;
      };
      const sentAt = await tell(step.sending());
      const submittedAt = await tell(step.submitted("r-1"));
      await tell(step.cancel());
      const endedAt = await tell(step.settled(usd(0.25)));
      await tell(step.delivered());
      expect(await bench.ledger.hold(id)).toMatchObject({
        state: "settled",
        sentAt,
        submittedAt,
        endedAt,
        cancel: "CANCELLATION_REQUESTED",
        request: { id: "r-1", statusUrl: "https://fal/r-1/status", responseUrl: null },
        videoUrl: "https://fal/video.mp4",
        size: 1_000,
        billableUnits: "5.0",
        excess: usd(0.25),
        spent: usd(1.25),
        held: NOTHING,
        delivery,
        why: null,
      });
    });

    test("a failure keeps what was billed, and a person's correction beside it", async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.makeHold(order("a"), "submitted");
      const headers = { "x-fal-billable-units": "0.0" };
      const failed = await bench.advance(id, {
        kind: "failed",
        charge: "unknown",
        why: "moderation",
        headers,
        person: null,
      });
      expect(failed).toMatchObject({ billableUnits: "0.0", why: "moderation", person: null });
      const settled = await bench.advance(id, step.charge("charged"));
      expect(settled).toMatchObject({
        state: "failed",
        charge: "charged",
        why: "moderation",
        spent: usd(1),
        held: NOTHING,
        person: { by: "Ada", why: "fal's dashboard says so" },
      });
      // The same step again changes nothing.
      expect((await bench.ledger.advance(id, step.charge("charged"))).is).toBe("late");
    });

    test("counts what a failure was billed beyond the held amount, and keeps a doubt about a bill", async () => {
      const bench = await Bench.create(database);
      const failing = async (name: string, charge: Charge): Promise<Hold> => {
        const { id } = await bench.makeHold(order(name), "submitted");
        const bill = { excess: usd(6.5), doubt: "50 units" };
        return await bench.advance(id, { ...step.failed(charge), ...bill });
      };
      const charged = await failing("a", "charged");
      expect(charged).toMatchObject({ spent: usd(7.5), held: NOTHING, excess: usd(6.5) });
      const unknown = await failing("b", "unknown");
      expect(unknown).toMatchObject({ spent: NOTHING, held: usd(1), excess: NOTHING });
      const free = await failing("c", "none");
      expect(free).toMatchObject({ spent: NOTHING, held: NOTHING, excess: NOTHING });
      expect([charged, unknown, free].map(({ doubt }) => doubt)).toEqual(Array(3).fill("50 units"));
      const { id } = await bench.makeHold(order("d"), "submitted");
      await bench.advance(id, { ...step.settled(), doubt: "50 units" });
      expect(await (await bench.openReader()).hold(id)).toMatchObject({ doubt: "50 units" });
      // A person who has checked the bill ends the doubt, and so does another answer.
      expect(await bench.advance(unknown.id, step.charge("charged"))).toMatchObject({
        doubt: null,
        spent: usd(1),
      });
      const { entries, kept } = await bench.ledger.everything();
      expect(verify(entries, kept)).toMatchObject({ holds: 4, problems: [] });
    });

    test("a failure with an unknown charge can be collected once more by its request", async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.makeHold(order("a"), "sending");
      await bench.advance(id, step.submitted("r-1"));
      expect(await bench.advance(id, step.missing())).toMatchObject({
        missing: true,
        held: usd(1),
      });
      await bench.advance(id, step.failed("unknown"));
      // A retried write does not change a hold that has ended in between.
      expect((await bench.ledger.advance(id, step.submitted("r-1"))).is).toBe("late");
      const again = await bench.advance(id, step.found("r-1"));
      expect(again).toMatchObject({
        state: "submitted",
        held: usd(1),
        charge: null,
        why: null,
        endedAt: null,
        missing: false,
      });
      expect(await bench.ledger.reserve(bench.run, order("a"))).toEqual({
        is: "taken",
        hold: again,
      });
      expect(await bench.advance(id, step.settled())).toMatchObject({
        spent: usd(1),
        held: NOTHING,
      });
    });

    test('refuses "not charged" while an order may still be sent or arrive', async () => {
      const bench = await Bench.create(database);
      const { id } = await bench.makeHold(order("a"), "sending");
      const from = bench.world.at + 180_000;
      const other = await bench.openElsewhere("b");
      // Nobody needs to have given it up: a person may know that its machine is gone.
      expect(await other.advance(id, step.freed())).toMatchObject({ is: "early", from });
      bench.world.at += 60_000;
      bench.world.elsewhere.add("a");
      expect((await other.reclaimDeadRuns("film")).map(({ state }) => state)).toEqual(["unknown"]);
      const before = await bench.countEntries();
      for (const at of [from - 180_001, from - 120_000, from - 1]) {
        bench.world.at = at;
        const early = await other.advance(id, step.freed());
        expect(early).toEqual({ is: "early", hold: await other.hold(id), from });
      }
      expect(await bench.countEntries()).toBe(before);
      bench.world.at = from;
      expect(await other.advance(id, step.freed())).toMatchObject({ is: "done" });
    });

    test("does so for a lost answer and an abandoned order, and not in a rehearsal's ledger", async () => {
      const bench = await Bench.create(database);
      const lost = await bench.makeHold(order("a"), "unknown");
      const left = await bench.makeHold(order("b"), "sending");
      await bench.ledger.endRun(bench.run);
      expect((await bench.ledger.hold(left.id))?.state).toBe("unknown");
      for (const { id } of [lost, left]) {
        expect((await bench.ledger.advance(id, step.freed())).is).toBe("early");
      }
      bench.world.at += 180_000;
      for (const { id } of [lost, left]) {
        expect((await bench.advance(id, step.freed())).state).toBe("released");
      }
      const world = new World();
      const place = await database.place();
      const rehearsal = await database.create(place, "rehearsal", world.as("a"));
      await rehearsal.agree("film", capped({}));
      const run = await rehearsal.startRun({ campaign: "film", account: null, limits: [] });
      const held = await rehearsal.reserve(run, order("a"));
      const id = held.is === "held" ? held.hold.id : "";
      await rehearsal.advance(id, step.sending());
      world.dead.add("a");
      await rehearsal.reclaimDeadRuns("film");
      expect(await rehearsal.advance(id, step.freed())).toMatchObject({ is: "done" });
    });

    test("a late request id turns an unknown hold into a submitted one, which can be settled", async () => {
      const bench = await Bench.create(database);
      const { id, held } = await bench.makeHold(order("a"), "unknown");
      expect(held).toBe(usd(1));
      const late = await bench.advance(id, step.submitted("r-late"));
      expect(late).toMatchObject({ state: "submitted", why: null, request: { id: "r-late" } });
      expect(await bench.advance(id, step.settled())).toMatchObject({
        spent: usd(1),
        held: NOTHING,
      });
    });

    test("a bill's excess over the held amount counts as spent, even past a cap", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.agree("film", capped({ cap: usd(2) }));
      const { id } = await bench.makeHold(order("a"), "submitted");
      const settled = await bench.advance(id, step.settled(usd(1.5)));
      expect(settled).toMatchObject({ spent: usd(2.5), held: NOTHING, excess: usd(1.5) });
      const over = await bench.ledger.reserve(bench.run, order("b", { cost: usd(0.01) }));
      expect(over).toMatchObject({ is: "over", passed: [{ cap: "cap", used: usd(2.5) }] });
    });

    test("a request belongs to one hold, and another hold that claims it stays as it was", async () => {
      const bench = await Bench.create(database);
      const first = await bench.makeHold(order("a"), "sending");
      const second = await bench.makeHold(order("b"), "sending");
      await bench.advance(first.id, step.submitted("r-1"));
      const before = await bench.countEntries();
      const claimed = await bench.ledger.advance(second.id, step.submitted("r-1"));
      expect(claimed).toEqual({ is: "late", hold: second });
      expect(await bench.ledger.hold(second.id)).toEqual(second);
      expect(await bench.countEntries()).toBe(before);
      await bench.advance(second.id, step.submitted("r-2"));
    });

    test("answers the second of two processes that take the same step with late", async () => {
      const bench = await Bench.create(database);
      const other = await bench.openElsewhere("b");
      const { id } = await bench.reserve(order("a"));
      const answers = await Promise.all([
        bench.ledger.advance(id, step.sending()),
        other.advance(id, step.sending()),
        bench.ledger.advance(id, step.sending()),
      ]);
      expect(answers.map(({ is }) => is).toSorted()).toEqual(["done", "late", "late"]);
      expect(answers.map(({ hold }) => hold.state)).toEqual(["sending", "sending", "sending"]);
    });
  });
}
