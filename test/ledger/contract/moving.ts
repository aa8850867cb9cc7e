import { describe, expect, test } from "vitest";
import { type Ledger } from "../../../src/ledger/ledger.ts";
import { LedgerFault } from "../../../src/ledger/fault.ts";
import { removeMoves, createParcel } from "../../../src/ledger/move.ts";
import { verify } from "../../../src/ledger/verify.ts";
import { verifyLedger } from "../rig/tamper.ts";
import { Bench, capped, type Database, order, step, usd } from "../rig/test-ledger.ts";

/** Makes a campaign with some of everything, and no open run. */
async function makeWorkedCampaign(database: Database): Promise<Bench> {
  const bench = await Bench.create(database, capped({ cap: usd(20) }));
  const { ledger } = bench;
  await bench.makeHold(order("a"), "settled");
  await bench.makeHold(order("b"), "failed, charge unknown");
  await bench.makeHold(order("c"), "submitted");
  const line = { key: "d~t1", fingerprint: "d", ordinal: 1, gist: "gist", cost: usd(1) };
  const said = { plan: "plan-1", created: "2026-11-21", by: "Ada", limit: usd(9), until: null };
  await ledger.approve("film", said, [line, { ...line, key: "e~t1", fingerprint: "e" }]);
  await ledger.addOverage("film", {
    cap: "cap",
    of: null,
    amount: usd(2),
    by: "Ada",
    why: "rain",
  });
  await bench.makeHold(order("f"), "unknown");
  const wrong = await bench.makeHold(order("twice"), "released");
  await bench.makeHold(order("twice"), "settled");
  await bench.advance(wrong.id, step.billed());
  await ledger.endRun(bench.run);
  const other = await ledger.startRun({ campaign: "Other", account: null, limits: [] });
  await ledger.endRun(other);
  return bench;
}

async function moveCampaign(from: Ledger, to: Ledger, into = "there"): Promise<string> {
  expect(await from.seal("film", { into, ledger: to.id })).toBe(true);
  return await to.receive(await createParcel("film", from));
}

async function describeFault(work: Promise<unknown>): Promise<string> {
  const answer = await work.then(
    () => "done",
    (cause: unknown) => cause,
  );
  if (!(answer instanceof LedgerFault)) throw new Error("no fault of the ledger");
  return `${answer.trouble}: ${answer.message}`;
}

const PURPOSE = "real";

export function moving(database: Database): void {
  describe("a campaign that moves", () => {
    test("has the same entries there and continues there, and nothing more is written here", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      const before = await here.ledger.entries("film");
      expect(await moveCampaign(here.ledger, there)).toBe("received");
      const after = await there.entries("film");
      const plain = (entries: typeof after): unknown =>
        entries.map((entry) => ({ ...entry, seq: 0 }));
      expect(plain(removeMoves(after))).toEqual(plain(before));
      expect(before).toHaveLength(26);
      expect((await verifyLedger(there)).problems).toEqual([]);
      expect((await verifyLedger(here.ledger)).problems).toEqual([]);
      expect(await there.campaigns()).toEqual(["film"]);
      expect(await there.holds("film")).toEqual(await here.ledger.holds("film"));
      expect(await there.terms("film")).toEqual(await here.ledger.terms("film"));
      expect(await there.approvals("film")).toEqual(await here.ledger.approvals("film"));
      expect(await there.overages("film")).toEqual(await here.ledger.overages("film"));
      expect(await there.moves("film")).toEqual({ sealed: null, formerly: [here.ledger.id] });
      // Its purchases are made, its jobs are collected, its caps hold.
      const run = await there.startRun({ campaign: "film", account: null, limits: [] });
      expect((await there.reserve(run, order("a"))).is).toBe("taken");
      expect((await there.reserve(run, order("g", { cost: usd(19) }))).is).toBe("over");
      expect((await there.reserve(run, order("g"))).is).toBe("held");
      const sent = (await there.holds("film")).find(({ state }) => state === "submitted");
      expect((await there.advance(sent?.id ?? "", step.settled())).is).toBe("done");
      expect((await verifyLedger(there)).problems).toEqual([]);
    });

    test("refuses every write in the old ledger, and names the new one", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      const sent = (await here.ledger.holds("film")).find(({ state }) => state === "submitted");
      await moveCampaign(here.ledger, there, "postgres://studio/films");
      const { ledger } = here;
      const said = { plan: "plan-2", created: "", by: "Ada", limit: usd(1), until: null };
      const more = { cap: "cap", of: null, amount: usd(1), by: "Ada", why: "snow" } as const;
      const start = { campaign: "FILM", account: null, limits: [] };
      for (const attempt of [
        ledger.startRun(start),
        ledger.startRun({ ...start, batch: true }),
        ledger.agree("film", capped({ cap: usd(1) })),
        ledger.approve("film", said, []),
        ledger.addOverage("film", more),
        ledger.advance(sent?.id ?? "", step.settled()),
        ledger.seal("film", { into: "elsewhere", ledger: "another" }),
      ]) {
        expect(await describeFault(attempt)).toBe(
          "sealed: film has moved to postgres://studio/films",
        );
      }
      const { sealed } = await ledger.moves("film");
      expect(sealed).toEqual({ into: "postgres://studio/films", ledger: there.id });
      // Another campaign of the ledger continues.
      const run = await ledger.startRun({ campaign: "other", account: null, limits: [] });
      await ledger.agree("other", capped({}));
      expect((await ledger.reserve(run, order("a", { campaign: "other" }))).is).toBe("held");
      expect((await verifyLedger(ledger)).problems).toEqual([]);
    });

    test("can return with what was bought elsewhere, any number of times", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      await moveCampaign(here.ledger, there);
      const run = await there.startRun({ campaign: "film", account: null, limits: [] });
      expect((await there.reserve(run, order("g"))).is).toBe("held");
      await there.endRun(run);
      expect(await moveCampaign(there, here.ledger)).toBe("received");
      expect(await here.ledger.holds("film")).toEqual(await there.holds("film"));
      expect(await here.ledger.moves("film")).toEqual({
        sealed: null,
        formerly: [here.ledger.id, there.id],
      });
      expect((await verifyLedger(here.ledger)).problems).toEqual([]);
      const again = await here.ledger.startRun({ campaign: "film", account: null, limits: [] });
      expect((await here.ledger.reserve(again, order("h"))).is).toBe("held");
      await here.ledger.endRun(again);
      expect(await moveCampaign(here.ledger, there)).toBe("received");
      const { id } = here.ledger;
      expect((await there.moves("film")).formerly).toEqual([id, there.id, id]);
      expect((await verifyLedger(there)).problems).toEqual([]);
      expect(removeMoves(await there.entries("film"))).toHaveLength(
        removeMoves(await here.ledger.entries("film")).length,
      );
    });

    test("keeps the order of its overages when it returns beside those of other campaigns", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      await here.ledger.agree("other", capped({ cap: usd(9) }));
      const more = { cap: "cap", of: null, amount: usd(1), by: "Ada", why: "rain" } as const;
      await here.ledger.addOverage("other", more);
      await moveCampaign(here.ledger, there);
      await there.addOverage("film", more);
      expect(await moveCampaign(there, here.ledger)).toBe("received");
      expect((await verifyLedger(here.ledger)).problems).toEqual([]);
      const amounts = (await here.ledger.overages("film")).map(({ amount }) => amount);
      expect(amounts).toEqual([usd(2), usd(1)]);
    });

    test("is not reopened in a ledger that passed it on by a copy that began earlier", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      const third = await database.create(await database.place(), PURPOSE, here.world.as("c"));
      await moveCampaign(here.ledger, there);
      expect(await moveCampaign(there, third)).toBe("received");
      expect(await moveCampaign(here.ledger, there)).toBe("there-already");
      expect((await there.moves("film")).sealed?.ledger).toBe(third.id);
      // From where it is now, it may come back.
      expect(await moveCampaign(third, there)).toBe("received");
      expect((await there.moves("film")).sealed).toBeNull();
    });

    test("fails an audit if something was written after it moved", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      await moveCampaign(here.ledger, there);
      const { entries, kept } = await here.ledger.everything();
      const late = { ...entries.filter(({ fact }) => fact.kind === "terms")[0] };
      const { seq = 0 } = entries.at(-1) ?? {};
      const forged = { at: 0, campaign: "film", run: null, hold: null, ...late, seq: seq + 1 };
      const { fact = { kind: "received", from: "" } } = late;
      expect(verify([...entries, { ...forged, fact }], null).problems).toEqual([
        `entry ${seq + 1} (terms) is of a campaign that has moved`,
      ]);
      const open = kept.campaigns.map((one) => ({ ...one, sealed: null }));
      expect(verify(entries, { ...kept, campaigns: open }).problems).toEqual([
        "seal of film is in the entries only",
      ]);
    });

    test("is not sealed while one of its runs or batches is open", async () => {
      const bench = await Bench.create(database);
      const seal = { into: "there", ledger: "another" };
      expect(await bench.ledger.seal("film", seal)).toBe(false);
      await bench.ledger.endRun(bench.run);
      const start = { campaign: "film", account: null, limits: [], batch: true };
      const batch = await bench.ledger.startRun(start);
      expect(await bench.ledger.seal("film", seal)).toBe(false);
      await bench.ledger.endRun(batch);
      expect(await bench.ledger.seal("film", seal)).toBe(true);
      expect(await bench.ledger.seal("film", seal)).toBe(true);
    });

    test("is received once, and never if it was bought under both ledgers", async () => {
      const here = await makeWorkedCampaign(database);
      const there = await database.create(await database.place(), PURPOSE, here.world.as("b"));
      await moveCampaign(here.ledger, there);
      expect(await moveCampaign(here.ledger, there)).toBe("there-already");
      const run = await there.startRun({ campaign: "film", account: null, limits: [] });
      await there.endRun(run);
      expect(await moveCampaign(here.ledger, there)).toBe("there-already");
      const third = await Bench.create(database);
      await third.ledger.endRun(third.run);
      expect(await moveCampaign(third.ledger, there)).toBe("differs");
      expect((await verifyLedger(there)).problems).toEqual([]);
    });
  });
}
