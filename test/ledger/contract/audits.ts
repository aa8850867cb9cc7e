import { describe, expect, test } from "vitest";
import { NO_BREAKER } from "../../../src/budget/caps.ts";
import { type WrittenTerms, writeTerms } from "../../../src/budget/terms.ts";
import { verify } from "../../../src/ledger/verify.ts";
import { Bench, capped, type Database, order, step, usd } from "../rig/test-ledger.ts";

/** Audits the entries as if a campaign had had other terms from the beginning. */
async function under(
  bench: Bench,
  campaign: string,
  terms: WrittenTerms,
): Promise<readonly string[]> {
  const entries = await bench.ledger.entries(null);
  const changed = entries.map((entry) =>
    entry.fact.kind === "terms" && entry.campaign === campaign
      ? { ...entry, fact: { ...entry.fact, terms } }
      : entry,
  );
  expect(verify(entries, null).problems).toEqual([]);
  return verify(changed, null).problems;
}

const broken = (usdPerHour: number | null, unknownUsd: number | null) =>
  capped({
    breaker: {
      ...NO_BREAKER,
      usdPerHour: usdPerHour === null ? null : usd(usdPerHour),
      unknownUsd: unknownUsd === null ? null : usd(unknownUsd),
    },
  });

export function audits(database: Database): void {
  describe("audits of the breaker and of overages", () => {
    test.for(["unknown", "failed, charge unknown"] as const)(
      "an audit counts a hold that is %s as unknown money",
      async (where) => {
        const bench = await Bench.create(database, broken(null, 1));
        await bench.makeHold(order("a"), where);
        await bench.reserve(order("b"));
        const less = writeTerms(broken(null, 0.999_999));
        expect(await under(bench, "film", less)).toEqual([
          expect.stringMatching(/passes breaker.unknown_usd: .* of \$0.999999$/),
        ]);
      },
    );

    test("an audit counts money as known once a person settles its charge or finds its outcome", async () => {
      const bench = await Bench.create(database, broken(null, 1));
      const hold = await bench.makeHold(order("a"), "failed, charge unknown");
      await bench.advance(hold.id, step.charge("charged"));
      await bench.reserve(order("b"));
      expect(await under(bench, "film", writeTerms(broken(null, 0)))).toEqual([]);
    });

    test("an audit counts the breaker's hour as the breaker does", async () => {
      const bench = await Bench.create(database, broken(2, null));
      await bench.reserve(order("a"));
      bench.world.at += 3_600_000;
      await bench.reserve(order("b"));
      bench.world.at += 1;
      await bench.reserve(order("c"));
      // The second counts with the first, the third with the second, and no one with both.
      expect(await under(bench, "film", writeTerms(broken(2, null)))).toEqual([]);
      expect(await under(bench, "film", writeTerms(broken(1.5, null)))).toHaveLength(2);
    });

    test("another campaign's overages give no room in an audit", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(2) }));
      await bench.ledger.agree("other", capped({ cap: usd(1) }));
      const more = { cap: "cap", of: null, amount: usd(9), by: "Ada", why: "rain" } as const;
      await bench.ledger.addOverage("other", more);
      await bench.reserve(order("a", { cost: usd(2) }));
      const lower = writeTerms(capped({ cap: usd(1) }));
      expect(await under(bench, "film", lower)).toEqual([
        expect.stringMatching(/passes cap: \$2.00 of \$1.00$/),
      ]);
    });

    test("an audit gives a purchase no room from a later overage", async () => {
      const bench = await Bench.create(database, capped({ cap: usd(2) }));
      await bench.reserve(order("a", { cost: usd(2) }));
      const more = { cap: "cap", of: null, amount: usd(1), by: "Ada", why: "rain" } as const;
      await bench.ledger.addOverage("film", more);
      await bench.reserve(order("b"));
      const lower = writeTerms(capped({ cap: usd(1.999_999) }));
      expect(await under(bench, "film", lower)).toHaveLength(2);
    });
  });
}
