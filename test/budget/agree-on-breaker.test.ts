import { expect, test } from "vitest";
import { type Breaker, NO_BREAKER, NO_CAPS } from "../../src/budget/caps.ts";
import {
  agreeTerms,
  type ApprovalRule,
  readTerms,
  type StatedTerms,
  type Terms,
  writeTerms,
  writtenTermsSchema,
} from "../../src/budget/terms.ts";
import { microUsd } from "../../src/money.ts";

const usd = (dollars: number) => microUsd(Math.round(dollars * 1_000_000));

function terms(breaker: Partial<Breaker>, approval: ApprovalRule = "optional"): Terms {
  const caps = { ...NO_CAPS, breaker: { ...NO_BREAKER, ...breaker } };
  return { timezone: "UTC", caps, approval };
}

function stated(breaker: Partial<Breaker>, approval: ApprovalRule | null = null): StatedTerms {
  return { ...terms(breaker), timezone: null, approval };
}

test.for<readonly [what: string, before: Partial<Breaker>, now: Partial<Breaker>, string[]]>([
  [
    "higher by a micro-dollar",
    { usdPerHour: usd(5) },
    { usdPerHour: usd(5.000_001) },
    ["breaker.usd_per_hour $5.00 $5.000001"],
  ],
  [
    "up from nothing",
    { unknownUsd: usd(0) },
    { unknownUsd: usd(1) },
    ["breaker.unknown_usd $0.00 $1.00"],
  ],
  [
    "one line more",
    { failuresInARow: 3 },
    { failuresInARow: 4 },
    ["breaker.failures_in_a_row 3 4"],
  ],
  [
    "the same",
    { failuresInARow: 3, usdPerHour: usd(5) },
    { failuresInARow: 3, usdPerHour: usd(5) },
    [],
  ],
  [
    "lower",
    { failuresInARow: 3, unknownUsd: usd(5) },
    { failuresInARow: 1, unknownUsd: usd(0) },
    [],
  ],
  ["a first one", {}, { failuresInARow: 9, usdPerHour: usd(9), unknownUsd: usd(9) }, []],
])("reports whether a breaker that is %s counts as raised", ([, before, now, expected]) => {
  const agreed = agreeTerms(stated(now), terms(before));
  expect(agreed.raised.map((one) => `${one.name} ${one.before} ${one.after}`)).toEqual(expected);
  expect(agreed.remembered).toEqual([]);
  expect(agreed.terms).toEqual(terms(now));
});

test("a manifest without a breaker is held to each part of the last run's breaker", () => {
  const before = terms({ usdPerHour: usd(5), failuresInARow: 3, unknownUsd: usd(0) });
  const agreed = agreeTerms(stated({}), before);
  expect(agreed.terms).toEqual(before);
  expect(agreed.remembered).toEqual([
    "breaker.usd_per_hour",
    "breaker.unknown_usd",
    "breaker.failures_in_a_row",
  ]);
  const one = agreeTerms(stated({ failuresInARow: 2 }), before);
  expect(one.terms.caps.breaker).toEqual({ ...before.caps.breaker, failuresInARow: 2 });
  expect(one.remembered).toEqual(["breaker.usd_per_hour", "breaker.unknown_usd"]);
});

const APPROVALS = [null, "optional", "required"] as const;

test.for(
  APPROVALS.flatMap((now) => (["optional", "required"] as const).map((was) => [now, was] as const)),
)("approval %s in the manifest, %s before", ([now, was]) => {
  const { terms: agreed, remembered, raised } = agreeTerms(stated({}, now), terms({}, was));
  expect(agreed.approval).toBe(now ?? was);
  expect(remembered).toEqual(now === null && was === "required" ? ["approval"] : []);
  expect(raised).toEqual(
    now === "optional" && was === "required"
      ? [{ name: "approval", before: "required", after: "optional" }]
      : [],
  );
});

test("a campaign that never ran needs an approval if its manifest says so", () => {
  for (const now of APPROVALS) {
    expect(agreeTerms(stated({}, now), null)).toMatchObject({
      terms: { approval: now ?? "optional" },
      raised: [],
      remembered: [],
    });
  }
});

test("writes only what a breaker and an approval state, so that older terms stay the same text", () => {
  const all = terms({ usdPerHour: usd(1.176), failuresInARow: 1, unknownUsd: usd(0) }, "required");
  expect(writeTerms(all)).toMatchObject({
    breaker: { usd_per_hour: "1.176", failures_in_a_row: 1, unknown_usd: "0.00" },
    approval: "required",
  });
  expect(writeTerms(terms({ unknownUsd: usd(2) }))).toHaveProperty("breaker", {
    unknown_usd: "2.00",
  });
  const bare = writeTerms(terms({}));
  expect(Object.keys(bare)).toEqual([
    "timezone",
    "cap",
    "per_shot",
    "by_model",
    "by_scene",
    "pace",
  ]);
  expect(readTerms(bare)).toEqual(terms({}));
});

test.for([
  [{ usd_per_hour: "1e9" }, "not an amount in US dollars: 1e9"],
  [{ usd_per_hour: "" }, "not an amount in US dollars: "],
  [{ unknown_usd: "-1.00" }, "not an amount in US dollars: -1.00"],
  [{ unknown_usd: 1 }, "expected string"],
  [{ failures_in_a_row: 1.5 }, "expected int"],
  [{ failures_in_a_row: "3" }, "expected number"],
] as const)("refuses written terms with a breaker of %j", ([breaker, why]) => {
  const written: unknown = { ...writeTerms(terms({})), breaker };
  expect(() => readTerms(writtenTermsSchema.parse(written))).toThrow(why);
});

test("refuses written terms whose approval is neither required nor absent", () => {
  const written: unknown = { ...writeTerms(terms({})), approval: "optional" };
  expect(() => writtenTermsSchema.parse(written)).toThrow("required");
});
