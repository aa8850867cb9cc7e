import fc from "fast-check";
import { expect, test } from "vitest";
import { MoneySince } from "../../../src/ledger/money-since.ts";
import { microUsd } from "../../../src/money.ts";

const change = fc.record({
  at: fc.integer({ min: 0, max: 30 }),
  amount: fc.integer({ min: -9, max: 9 }),
});

test("the sum from any moment on is the plain sum, however the clock was set", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), fc.boolean(), (changes, inOrder) => {
      const all = inOrder ? changes.toSorted((a, b) => a.at - b.at) : changes;
      const money = new MoneySince();
      for (const { at, amount } of all) money.add(at, microUsd(amount));
      for (let from = -1; from <= 32; from += 1) {
        const plain = all.reduce((sum, { at, amount }) => (at >= from ? sum + amount : sum), 0);
        expect(money.since(from) + 0).toBe(plain + 0);
      }
    }),
    { seed: 20_261_121, numRuns: 300 },
  );
});
