import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { manifest, planManifest, plannedShots } from "../plan/make-plan.ts";

// `planned` reads every document through the strict schema of design.md, in plan-document.ts.
const KEYS = [
  "schema",
  "created",
  "campaign",
  "currency",
  "timezone",
  "budget",
  "concurrency",
  "ledger",
  "verdict",
  "price_book",
  "manifests",
  "lines",
  "totals",
  "caps",
  "diagnostics",
];

const EVERYTHING = [
  "timezone: Europe/London",
  "budget: { cap: 9, per_shot: 3, per_run: 10, per_day: 4, per_week: 30, per_month: 40, by_model: { kling-o3-4k: 9 }, by_scene: { '1': 3 }, warn_at: 80%, when_reached: skip }",
  "concurrency: { total: 4, kling-o3-4k: 1 }",
];
const HERO = `id: hero
scene: "1"
tags: [hero, 2]
priority: 9
model: kling-o3-4k
multi_prompt: [{ prompt: Wide., duration: 4 }, { prompt: Close., duration: 3 }]`;

test("prints one document with every key of the design in order, and nothing else", async () => {
  const told = await topsheet(["plan", "shots.yaml", "--format", "json"], {
    files: { "shots.yaml": manifest([HERO], EVERYTHING) },
  });
  expect(Object.keys(JSON.parse(told.out))).toEqual(KEYS);
  expect(told.out.endsWith("}\n")).toBe(true);
});

test("gives each line everything that a run needs", async () => {
  const { lines } = await plannedShots([HERO], EVERYTHING);
  expect(lines).toEqual([
    {
      key: "hero~t1",
      shot: "hero",
      scene: "1",
      tags: ["hero", "2"],
      priority: 9,
      take: 1,
      variant: {},
      model: "kling-o3-4k",
      endpoint: "fal-ai/kling-video/o3/4k/text-to-video",
      seconds: 7,
      unit_price: "0.42",
      cost: "2.94",
      basis: "7 s × $0.42",
      input: {
        multi_prompt: [
          { prompt: "Wide.", duration: "4" },
          { prompt: "Close.", duration: "3" },
        ],
        duration: "7",
        generate_audio: false,
        shot_type: "customize",
      },
      fingerprint: expect.any(String),
      ordinal: 1,
      state: "to-buy",
    },
  ]);
});

test("states in its head what the plan is based on", async () => {
  const told = await plannedShots([HERO], EVERYTHING);
  expect(told).toMatchObject({
    created: "2026-11-21T09:00:00Z",
    campaign: "film",
    timezone: "Europe/London",
    ledger: null,
    verdict: "warn",
    concurrency: { total: 4, "kling-o3-4k": 1 },
    price_book: { as_of: "2026-10-01" },
    totals: { lines: 1, seconds: 7, cost: "2.94", to_spend: "2.94" },
  });
  expect(told.budget).toEqual({
    cap: "9.00",
    per_shot: "3.00",
    per_run: "10.00",
    per_day: "4.00",
    per_week: "30.00",
    per_month: "40.00",
    by_model: { "kling-o3-4k": "9.00" },
    by_scene: { "1": "3.00" },
    warn_at: "80%",
    when_reached: "skip",
  });
});

test("prints a row for each cap, those on pace with the start of their window in the campaign's time zone", async () => {
  // Half past midnight of Monday the 30th of March in London, where summer time began the night before.
  const now = Date.UTC(2026, 2, 29, 23, 30);
  const { caps } = await planManifest({ "shots.yaml": manifest([HERO], EVERYTHING) }, [], { now });
  const rows = caps.map((row) => [row.cap, row.of, row.from, row.limit, row.left, row.verdict]);
  expect(rows).toEqual([
    ["cap", null, null, "9.00", "6.06", "ok"],
    ["per_shot", "hero", null, "3.00", "0.06", "warn"],
    ["by_model", "kling-o3-4k", null, "9.00", "6.06", "ok"],
    ["by_scene", "1", null, "3.00", "0.06", "warn"],
    ["per_run", null, null, "10.00", "7.06", "ok"],
    ["per_day", null, "2026-03-29T23:00:00Z", "4.00", "1.06", "ok"],
    ["per_week", null, "2026-03-29T23:00:00Z", "30.00", "27.06", "ok"],
    ["per_month", null, "2026-03-01T00:00:00Z", "40.00", "37.06", "ok"],
  ]);
  expect(caps.map(({ spent, held, planned }) => [spent, held, planned])).toEqual(
    rows.map(() => ["0.00", "0.00", "2.94"]),
  );
});

test("prints a negative amount left, and marks lines that would not start", async () => {
  const told = await plannedShots(
    ["{ id: a, model: kling-v3-pro, prompt: Lake., takes: 2, duration: 7 }"],
    ["budget: { cap: 2 }"],
  );
  expect(told).toMatchObject({
    code: 3,
    verdict: "over-budget",
    totals: { lines: 2, seconds: 14, cost: "2.352", to_spend: "1.176" },
    caps: [{ cap: "cap", planned: "2.352", left: "-0.352", verdict: "over" }],
  });
  expect(told.lines.map(({ state }) => state)).toEqual(["to-buy", "over-cap"]);
});

test("prints the same document for the same manifests and prices, except for the time", async () => {
  const files = { "shots.yaml": manifest([HERO], EVERYTHING) };
  const first = await planManifest(files);
  const later = await planManifest(files, [], { now: Date.UTC(2026, 10, 21, 9, 0, 0, 250) });
  expect(later).toEqual({ ...first, created: "2026-11-21T09:00:00.250Z" });
  expect(first.manifests[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
});
