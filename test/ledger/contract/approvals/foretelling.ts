import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ANY_APPROVAL, findUnapproved } from "../../../../src/ledger/approval.ts";
import { microUsd } from "../../../../src/money.ts";
import { Bench, type Database, type order, step } from "../../rig/test-ledger.ts";
import { FILM, REQUIRED, word } from "./approved-run.ts";
import { lineFor, lines, orderFor, PLANS, wanted } from "./generate.ts";
import { purchaseOf } from "./model.ts";
import { fewest, runs } from "../../../rig/effort.ts";

const STORIES = runs(100, 1_000);

const dollars = fc.constantFrom(0, 3, 5, 8, 13, 50).map((amount) => amount * 1_000_000);
const approval = fc.record({
  plan: fc.constantFrom(...PLANS),
  limit: dollars,
  ends: fc.option(fc.constantFrom(0, 1, 60_000), { freq: 3 }),
  lines,
  // Some are approved at the same moment.
  later: fc.constantFrom(0, 0, 1),
});

type Order = ReturnType<typeof order>;

/** Returns what reserving one after the other answers. */
async function reserveAll(bench: Bench, run: string, orders: readonly Order[]): Promise<string[]> {
  const said: string[] = [];
  for (const each of orders) {
    const told = await bench.ledger.reserve(run, each);
    said.push(told.is === "unapproved" ? `${each.key}: ${told.why}` : `${each.key}: ${told.is}`);
  }
  return said;
}

export function foretelling(database: Database): void {
  describe("approvals that are foretold before anything is reserved", () => {
    test("foretells exactly what reserving one after the other refuses, for the same reasons", async () => {
      const numRuns =
        database.share === 1
          ? STORIES.numRuns
          : Math.ceil(Math.max(200, STORIES.numRuns) * database.share);
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(approval, { minLength: 1, maxLength: 5 }),
          fc.uniqueArray(wanted, { selector: purchaseOf, maxLength: 10 }),
          fc.nat({ max: 3 }),
          fc.constantFrom(...PLANS, ANY_APPROVAL),
          async (approvals, asked, before, needs) => {
            const bench = await Bench.create(database, REQUIRED);
            for (const { plan, limit, ends, lines: some, later } of approvals) {
              const until = ends === null ? null : bench.world.at + ends;
              const said = { ...word(plan, 0), limit: microUsd(limit), until };
              await bench.ledger.approve("film", said, some.map(lineFor));
              bench.world.at += later;
            }
            const orders = asked.map(orderFor);
            // Some are bought already, and some of these came to nothing.
            for (const [turn, each] of orders.slice(0, before).entries()) {
              const told = await bench.ledger.reserve(bench.run, each);
              if (told.is === "held" && turn === 1)
                await bench.advance(told.hold.id, step.released());
            }
            const rest = orders.slice(before);
            const standing = await bench.ledger.approvals("film");
            const counted = standing.filter(({ plan }) => [ANY_APPROVAL, plan].includes(needs));
            const refusals = findUnapproved(rest, counted, bench.world.at);
            const run = await bench.ledger.startRun({ ...FILM, approval: needs });
            const expected = new Map(refusals.map(({ order: one, refusal }) => [one, refusal.why]));
            const foretold = rest.map((one) => `${one.key}: ${expected.get(one) ?? "held"}`);
            expect(await reserveAll(bench, run, rest)).toEqual(foretold);
            for (const is of foretold) {
              const [, what = ""] = is.split(": ");
              seen.set(what, (seen.get(what) ?? 0) + 1);
            }
          },
        ),
        { ...STORIES, numRuns },
      );
      const all = ["held", "not-in-plan", "taken", "dearer", "expired", "over-limit"];
      expect(all.filter((what) => (seen.get(what) ?? 0) < fewest(numRuns))).toEqual([]);
    });

    test("foretells nothing without orders, and refuses every order without approvals", () => {
      const orders = [orderFor({ shot: "a", seconds: 5, ordinal: 1, scene: null, cost: 1 })];
      expect(findUnapproved([], [], 0)).toEqual([]);
      const refusal = { is: "unapproved", why: "not-in-plan", nearest: null };
      expect(findUnapproved(orders, [], 0)).toEqual([{ order: orders[0], refusal }]);
    });
  });
}
