import { makeCaps, type SomeCaps, listStated } from "./make-caps.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Caps, NO_CAPS } from "../../src/budget/caps.ts";
import {
  agreeTerms,
  readTerms,
  type StatedTerms,
  type Terms,
  writeTerms,
  writtenTermsSchema,
} from "../../src/budget/terms.ts";
import { microUsd } from "../../src/money.ts";
import { caps } from "./generate.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_000 };
const ZONES = ["UTC", "Europe/London", "America/New_York"];

const usd = (dollars: number) => microUsd(Math.round(dollars * 1_000_000));
const stated = (some: SomeCaps, timezone: string | null = null): StatedTerms => ({
  timezone,
  caps: makeCaps(some),
  approval: null,
});
const before = (some: SomeCaps, timezone = "UTC"): Terms => ({
  timezone,
  caps: makeCaps(some),
  approval: "optional",
});
const model = (name: string, dollars: number, of = "fal-ai/one") => ({
  of,
  name,
  limit: usd(dollars),
});
const scene = (of: string, dollars: number) => ({ of, name: of, limit: usd(dollars) });

const zone = fc.constantFrom(...ZONES);
const approvals = fc.constantFrom("required" as const, "optional" as const);
const statedTerms: fc.Arbitrary<StatedTerms> = fc.record({
  timezone: fc.option(zone),
  caps,
  approval: fc.constantFrom(null, "required" as const, "optional" as const),
});
const rememberedTerms: fc.Arbitrary<Terms> = fc.record({
  timezone: zone,
  caps,
  approval: approvals,
});

/** Every cap by a name that tells it from the others. */
function named({ limits, breaker }: Caps): ReadonlyMap<string, number> {
  return new Map<string, number>([
    ...[...limits].map(([name, { limit }]) => [name, limit] as const),
    ...(breaker.usdPerHour === null ? [] : [["breaker.usd_per_hour", breaker.usdPerHour] as const]),
    ...(breaker.unknownUsd === null ? [] : [["breaker.unknown_usd", breaker.unknownUsd] as const]),
    ...(breaker.failuresInARow === null
      ? []
      : [["breaker.failures_in_a_row", breaker.failuresInARow] as const]),
  ]);
}

test("a campaign that never ran is held to what its manifest states, in UTC days", () => {
  const budget = stated({ cap: usd(9), per_shot: usd(1) });
  expect(agreeTerms(budget, null)).toEqual({
    terms: { timezone: "UTC", caps: budget.caps, approval: "optional" },
    remembered: [],
    raised: [],
  });
  expect(agreeTerms(stated({}, "Europe/London"), null).terms.timezone).toBe("Europe/London");
});

test("a manifest without a budget is held to every cap of the last run, and the result lists them", () => {
  const last = before({
    cap: usd(180),
    per_shot: usd(12),
    by_model: [model("one", 100)],
    by_scene: [scene("1", 40)],
    per_day: usd(60),
    per_run: usd(120),
  });
  const { terms, remembered, raised } = agreeTerms(stated({}), last);
  expect(terms).toEqual(last);
  expect(remembered).toEqual([
    "cap",
    "per_shot",
    "by_model fal-ai/one",
    "by_scene 1",
    "per_run",
    "per_day",
  ]);
  expect(raised).toEqual([]);
});

test.for<readonly [what: string, last: SomeCaps, now: SomeCaps, raised: readonly string[]]>([
  ["lower", { cap: usd(9) }, { cap: usd(8) }, []],
  ["the same", { cap: usd(9) }, { cap: usd(9) }, []],
  ["a micro-dollar higher", { cap: usd(9) }, { cap: usd(9.000_001) }, ["cap $9.00 $9.000001"]],
  ["a first one, which only holds more", {}, { per_shot: usd(99) }, []],
  ["per_shot", { per_shot: usd(1) }, { per_shot: usd(2) }, ["per_shot $1.00 $2.00"]],
  [
    "a model by another name",
    { by_model: [model("one", 1)] },
    { by_model: [model("fal-ai/one", 1.5)] },
    ["by_model fal-ai/one $1.00 $1.50"],
  ],
  [
    "a scene, up from nothing",
    { by_scene: [scene("1", 0)] },
    { by_scene: [scene("1", 1)] },
    ["by_scene 1 $0.00 $1.00"],
  ],
  [
    "two on pace, one down and one up",
    {
      per_day: usd(5),
      per_week: usd(5),
    },
    {
      per_day: usd(4),
      per_week: usd(6),
    },
    ["per_week $5.00 $6.00"],
  ],
])("reports whether a cap that is %s counts as raised", ([, last, now, expected]) => {
  const { terms, raised, remembered } = agreeTerms(stated(now), before(last));
  expect(raised.map((moved) => `${moved.name} ${moved.before} ${moved.after}`)).toEqual(expected);
  expect(remembered).toEqual([]);
  expect(terms.caps).toEqual(makeCaps(now));
});

test("models and scenes that the manifest does not state stay capped beside those it does", () => {
  const last = before({
    by_model: [model("one", 1), model("two", 2, "fal-ai/two")],
    by_scene: [scene("1", 1), scene("2", 2)],
  });
  const now = stated({ by_model: [model("uno", 3)], by_scene: [scene("2", 1)] });
  const { terms, remembered } = agreeTerms(now, last);
  expect(listStated(terms.caps).by_model).toEqual([model("uno", 3), model("two", 2, "fal-ai/two")]);
  expect(listStated(terms.caps).by_scene).toEqual([scene("2", 1), scene("1", 1)]);
  expect(remembered).toEqual(["by_model fal-ai/two", "by_scene 1"]);
});

test("another time zone counts as raised, since a day that begins again frees money", () => {
  const last = before({ cap: usd(1) }, "Europe/London");
  expect(agreeTerms(stated({}, "UTC"), last)).toMatchObject({
    terms: { timezone: "UTC" },
    raised: [{ name: "timezone", before: "Europe/London", after: "UTC" }],
  });
  for (const timezone of ["Europe/London", null]) {
    expect(agreeTerms(stated({}, timezone), last)).toMatchObject({
      terms: { timezone: "Europe/London" },
      raised: [],
    });
  }
});

test("warn_at and when_reached come from the manifest, and are not remembered", () => {
  const last = before({ warnAt: 50, whenReached: "skip" });
  expect(agreeTerms(stated({ warnAt: 80 }), last).terms.caps).toMatchObject({
    warnAt: 80,
    whenReached: "stop",
  });
});

test("for any two sets of terms, each cap is the stated one, or else the old one", () => {
  let raises = 0;
  fc.assert(
    fc.property(statedTerms, rememberedTerms, (now, last) => {
      const { terms, remembered, raised } = agreeTerms(now, last);
      const [old, fresh, agreed] = [last.caps, now.caps, terms.caps].map(named);
      expect(agreed).toEqual(new Map([...(old ?? []), ...(fresh ?? [])]));
      expect(terms.timezone).toBe(now.timezone ?? last.timezone);
      const kept = remembered.filter((name) => name !== "approval");
      expect(kept).toEqual([...(old?.keys() ?? [])].filter((name) => !fresh?.has(name)));
      const silent = now.approval === null && last.approval === "required";
      expect(remembered.length > kept.length).toBe(silent);
      const higher = [...(fresh ?? [])].filter(
        ([name, limit]) => limit > (old?.get(name) ?? Infinity),
      );
      const moved = raised
        .map(({ name }) => name)
        .filter((name) => name !== "timezone" && name !== "approval");
      expect(moved).toEqual(higher.map(([name]) => name));
      raises += moved.length;
      const freed = last.approval === "required" && now.approval === "optional";
      expect(raised.some(({ name }) => name === "approval")).toBe(freed);
      expect(raised.some(({ name }) => name === "timezone")).toBe(terms.timezone !== last.timezone);
      // Agreed once, the same manifest raises nothing more.
      expect(agreeTerms(now, terms)).toMatchObject({ terms, raised: [] });
    }),
    RUNS,
  );
  expect(raises).toBeGreaterThan(200);
});

const amount = fc.integer({ min: 0, max: 999_999_999_999_999 }).map(microUsd);
const anyCaps: fc.Arbitrary<Caps> = fc
  .tuple(caps, fc.option(amount), fc.option(amount), fc.string(), amount)
  .map(([some, cap, per_shot, of, limit]) =>
    makeCaps({ ...listStated(some), cap, per_shot, by_scene: [{ of, name: of, limit }] }),
  );

test("terms read back as they were written, without warn_at and when_reached", () => {
  fc.assert(
    fc.property(zone, anyCaps, approvals, (timezone, some, approval) => {
      const text = JSON.stringify(writeTerms({ timezone, caps: some, approval }));
      const read = readTerms(writtenTermsSchema.parse(JSON.parse(text)));
      const { warnAt, whenReached } = NO_CAPS;
      expect(read).toEqual({ timezone, caps: { ...some, warnAt, whenReached }, approval });
    }),
    RUNS,
  );
});

test("writes amounts as decimals, and each named cap with its key and its name", () => {
  const terms = before(
    { cap: usd(1.176), by_model: [model("one", 100)], per_week: usd(300) },
    "Europe/London",
  );
  expect(writeTerms(terms)).toEqual({
    timezone: "Europe/London",
    cap: "1.176",
    per_shot: null,
    by_model: [["fal-ai/one", "one", "100.00"]],
    by_scene: [],
    pace: { per_week: "300.00" },
  });
});

test.for(["", "-1.00", "1e9", "12.3456789", "a lot", "1000000000.00"])(
  "refuses the written cap %j",
  (cap) => {
    const written = { ...writeTerms(before({})), cap };
    expect(() => readTerms(written)).toThrow(`not an amount in US dollars: ${cap}`);
  },
);
