import { describe, expect, test } from "vitest";
import { isStep } from "../../../src/ledger/entry.ts";
import { foldHolds } from "../../../src/ledger/hold.ts";
import { LedgerFault } from "../../../src/ledger/fault.ts";
import { Bench, capped, type Database, order, step, usd } from "../rig/test-ledger.ts";

const start = { campaign: "film", account: null, limits: [] };

export function reading(database: Database): void {
  describe("reading", () => {
    test("entries count up, say who and when, and can be read for one campaign", async () => {
      const bench = await Bench.create(database);
      await bench.ledger.agree("other", capped({}));
      const hold = await bench.makeHold(order("a", { campaign: "FILM" }), "sending");
      const all = await bench.ledger.entries(null);
      expect(all.map(({ fact, campaign }) => [fact.kind, campaign])).toEqual([
        ["purpose", null],
        ["terms", "film"],
        ["run-started", "film"],
        ["terms", "other"],
        ["reserved", "film"],
        ["sending", "film"],
      ]);
      expect(all.every(({ seq }, turn) => turn === 0 || seq > (all[turn - 1]?.seq ?? 0))).toBe(
        true,
      );
      expect(all.every(({ at }) => at === bench.world.at)).toBe(true);
      expect(all.filter(({ fact }) => isStep(fact)).map(({ run }) => run)).toEqual([bench.run]);
      const own = await bench.ledger.entries("Film");
      expect(own).toEqual(all.filter(({ campaign }) => campaign === "film"));
      expect([...foldHolds(own).values()]).toEqual([await bench.ledger.hold(hold.id)]);
      expect(await bench.ledger.entries("none")).toEqual([]);
    });

    test('"everything" has every entry and every campaign\'s tables', async () => {
      const bench = await Bench.create(database);
      await bench.ledger.agree("other", capped({}));
      await bench.makeHold(order("a"), "unknown");
      await bench.reserve(order("a", { campaign: "Other" }));
      const { entries, kept } = await (await bench.openReader()).everything();
      expect(entries).toEqual(await bench.ledger.entries(null));
      const positions = [
        ...(await bench.ledger.positions("film")),
        ...(await bench.ledger.positions("other")),
      ];
      expect(kept.holds).toMatchObject(
        positions.map(({ id: hold, reservedAt: reserved_at, tags, duplicate, ...more }) => ({
          ...more,
          hold,
          reserved_at,
          tags: JSON.stringify(tags),
          duplicate: Number(duplicate),
        })),
      );
      expect(kept.holds.map(({ state }) => state)).toEqual(["unknown", "reserved"]);
      expect(kept.campaigns.map(({ campaign }) => String(campaign)).toSorted()).toEqual([
        "film",
        "other",
      ]);
      expect(kept.runs.map(({ campaign }) => campaign)).toEqual(["film"]);
    });

    test("returns how long the newest twenty settled jobs of an endpoint and length took", async () => {
      const bench = await Bench.create(database);
      const buy = async (name: string, took: number, more = {}): Promise<void> => {
        const { id } = await bench.makeHold(order(name, more), "submitted");
        bench.world.at += took;
        await bench.advance(id, step.settled());
      };
      for (let turn = 1; turn <= 22; turn += 1) await buy(`f${turn}`, turn * 1_000);
      await buy("long", 99_000, { seconds: 10 });
      await buy("other", 98_000, { endpoint: "fal-ai/two" });
      await bench.makeHold(order("failed"), "failed, charge none");
      const expected = Array.from({ length: 20 }, (_, turn) => (22 - turn) * 1_000);
      expect(await bench.ledger.durations("fal-ai/one", 5)).toEqual(expected);
      expect(await bench.ledger.durations("fal-ai/one", 10)).toEqual([99_000]);
      expect(await bench.ledger.durations("fal-ai/three", 5)).toEqual([]);
    });

    test("returns what the newest twenty settled jobs of an endpoint and length were billed", async () => {
      const bench = await Bench.create(database);
      const buy = async (name: string, units: string | null, more = {}): Promise<void> => {
        const input = { prompt: name };
        const { id } = await bench.makeHold(order(name, { input, ...more }), "submitted");
        bench.world.at += 1_000;
        await bench.advance(id, { ...step.settled(), billableUnits: units });
      };
      for (let turn = 1; turn <= 22; turn += 1) await buy(`f${turn}`, `${turn}.0`);
      await buy("long", null, { seconds: 10 });
      await buy("other", "9.0", { endpoint: "fal-ai/two" });
      await bench.makeHold(order("failed"), "failed, charged");
      const jobs = async (endpoint: string, seconds: number) =>
        (await bench.ledger.billedJobs(endpoint, seconds))
          .map(({ input, billableUnits }) => `${String(input["prompt"])}: ${billableUnits}`)
          .toSorted();
      const expected = Array.from({ length: 20 }, (_, turn) => `f${turn + 3}: ${turn + 3}.0`);
      expect(await jobs("fal-ai/one", 5)).toEqual(expected.toSorted());
      expect(await jobs("fal-ai/one", 10)).toEqual(["long: null"]);
      expect(await jobs("fal-ai/three", 5)).toEqual([]);
    });

    test("a ledger that is opened for reading can read everything and write nothing", async () => {
      const bench = await Bench.create(database);
      const hold = await bench.reserve(order("a"));
      const before = await bench.ledger.entries(null);
      const reader = await bench.openReader();
      expect(await reader.holds("film")).toEqual([hold]);
      const attempts = [
        () => reader.agree("film", capped({ cap: usd(9) })),
        () => reader.startRun(start),
        () => reader.keepAlive(bench.run),
        () => reader.endRun(bench.run),
        () => reader.reserve(bench.run, order("b")),
        () => reader.advance(hold.id, step.sending()),
      ];
      const answers = await Promise.allSettled(attempts.map((attempt) => attempt()));
      const faults = answers.map((answer) => answer.status === "rejected" && answer.reason);
      expect(faults.map((fault) => fault instanceof LedgerFault && fault.trouble)).toEqual(
        attempts.map(() => "denied"),
      );
      expect(await bench.ledger.entries(null)).toEqual(before);
    });

    test("reading a hold that does not exist returns null, and advancing it throws", async () => {
      const bench = await Bench.create(database);
      expect(await bench.ledger.hold("no-hold")).toBeNull();
      await expect(bench.ledger.advance("no-hold", step.sending())).rejects.toThrow("no-hold");
      expect(await bench.ledger.holds("none")).toEqual([]);
      expect(await bench.ledger.positions("none")).toEqual([]);
    });
  });
}
