import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { blocksPurchase } from "../../../src/ledger/hold.ts";
import type { Step } from "../../../src/ledger/entry.ts";
import { Bench, type Database, order, STANDINGS, type Standing, step } from "../rig/test-ledger.ts";

const STEPS: Readonly<Record<string, () => Step>> = {
  sending: step.sending,
  submitted: step.submitted,
  settled: step.settled,
  released: step.released,
  "failed, charge none": () => step.failed("none"),
  "failed, charge unknown": () => step.failed("unknown"),
  "failed, charged": () => step.failed("charged"),
  unknown: step.unknown,
  "charge: none": () => step.charge("none"),
  "charge: charged": () => step.charge("charged"),
  missing: step.missing,
  cancel: step.cancel,
  delivered: step.delivered,
  "a person finds it": step.found,
  "a person says it was billed": step.billed,
};

const FOUND = ["submitted", "a person finds it"];
const BILLED = "a person says it was billed";
const FAILURES = ["failed, charge none", "failed, charge unknown", "failed, charged", BILLED];

// From the design: the steps that each state allows. Every other step is late.
const LEGAL: Readonly<Record<Standing, readonly string[]>> = {
  reserved: ["sending", "released"],
  sending: ["released", "unknown", ...FOUND],
  submitted: ["settled", "released", "missing", "cancel", ...FAILURES],
  settled: ["delivered", "charge: none"],
  released: [BILLED, ...FOUND],
  "failed, charge none": ["charge: charged", ...FOUND],
  "failed, charge unknown": ["charge: none", "charge: charged", ...FOUND],
  "failed, charged": ["charge: none", ...FOUND],
  unknown: ["released", ...FAILURES, ...FOUND],
};

/** What a hold of one dollar counts after a step: spent, held, and whether it claims its purchase. */
const MONEY: Readonly<Record<string, readonly [spent: number, held: number, stands: boolean]>> = {
  sending: [0, 1, true],
  submitted: [0, 1, true],
  settled: [1, 0, true],
  released: [0, 0, false],
  "failed, charge none": [0, 0, false],
  "failed, charge unknown": [0, 1, true],
  "failed, charged": [1, 0, true],
  unknown: [0, 1, true],
  "charge: none": [0, 0, false],
  "charge: charged": [1, 0, true],
  missing: [0, 1, true],
  cancel: [0, 1, true],
  delivered: [1, 0, true],
  "a person finds it": [0, 1, true],
  [BILLED]: [1, 0, true],
};

const PAIRS = STANDINGS.flatMap((where) =>
  Object.keys(STEPS).map((name) => [where, name, LEGAL[where].includes(name)] as const),
);

export function stepTable(database: Database): void {
  describe("the steps of a hold", () => {
    test("the table covers every step from every state, of which 36 are legal", () => {
      expect(PAIRS).toHaveLength(9 * 15);
      expect(PAIRS.filter(([, , legal]) => legal)).toHaveLength(36);
    });

    test.for(STANDINGS)(
      "from %s: takes legal steps, and answers every other with late",
      async (where) => {
        const bench = await Bench.create(database);
        for (const [name, make] of Object.entries(STEPS)) {
          // Each step gets its own hold, key and purchase.
          const before = await bench.makeHold(order(name), where);
          const entries = await bench.countEntries();
          const { is, hold } = await bench.ledger.advance(before.id, make());
          const legal = LEGAL[where].includes(name);
          const refund = where === "settled" && name === "charge: none" ? [0, 0, true] : null;
          const money = legal
            ? (refund ?? MONEY[name])
            : [before.spent / 1e6, before.held / 1e6, blocksPurchase(before)];
          expect([name, is]).toEqual([name, legal ? "done" : "late"]);
          expect([name, hold.spent / 1e6, hold.held / 1e6, blocksPurchase(hold)]).toEqual([
            name,
            ...(money ?? []),
          ]);
          expect(legal || isDeepStrictEqual(hold, before)).toBe(true);
          expect(await bench.countEntries()).toBe(entries + (legal ? 1 : 0));
          expect(await bench.ledger.hold(before.id)).toEqual(hold);
          const position = (await bench.ledger.positions("film")).find(
            ({ id }) => id === before.id,
          );
          const { state, charge, spent, held } = hold;
          expect(position).toMatchObject({ state, charge, spent, held });
        }
      },
    );
  });
}
