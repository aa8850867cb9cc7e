import { join } from "node:path";
import { expect, test } from "vitest";
import { manifest } from "../plan/make-plan.ts";
import { ROOT, topsheet } from "../rig/in-process.ts";

const NIGHTLY = 'schedule: { cron: "0 1 * * 1-5", timezone: Europe/London, mode: repeat }';
const CONTINUE = NIGHTLY.replace("repeat", "continue");
const MONTHLY = 'schedule: { cron: "30 6 1 * *", missed: catch-up }';
const ONE = "{ id: a, model: kling-v3-pro, prompt: A., takes: 3 }"; // $0.84 each
const TWO = "{ id: b, model: kling-o3-4k, prompt: B., scene: 2 }"; // $2.10

/** Manifests with a schedule, and the exit code of listing it. */
const STORIES: readonly (readonly [
  name: string,
  code: number,
  shots: readonly string[],
  head: readonly string[],
])[] = [
  ["repeat", 0, [ONE, TWO], ["budget: { per_week: 25, per_month: 200 }", NIGHTLY]],
  ["repeat-without-caps", 0, [ONE], [NIGHTLY]],
  ["repeat-over-cap", 3, [ONE, TWO], ["timezone: Europe/London", "budget: { cap: 20 }", NIGHTLY]],
  [
    "repeat-over-scene-skip",
    3,
    [ONE, TWO],
    ["budget: { by_scene: { 2: 5 }, when_reached: skip }", NIGHTLY],
  ],
  ["repeat-over-week", 3, [ONE, TWO], ["budget: { per_week: 20 }", NIGHTLY]],
  ["continue-paced", 0, [ONE, TWO], ["budget: { per_day: 2.2 }", CONTINUE]],
  ["continue-too-dear", 3, [ONE, TWO], ["budget: { per_run: 2 }", CONTINUE]],
  ["continue-over-cap", 3, [ONE, TWO], ["budget: { cap: 4, per_run: 3 }", CONTINUE]],
  ["continue-not-done", 0, [ONE], ["budget: { per_run: 1 }", MONTHLY]],
];

test.for(STORIES)("lists the next times: %s", async ([name, code, shots, head]) => {
  const files = { "shots.yaml": manifest(shots, head) };
  const told = await topsheet(["schedule", "list", "shots.yaml"], { files });
  const golden = join(ROOT, "test/schedule/golden", `list-${name}.txt`);
  const seen = `${files["shots.yaml"]}\nexit ${told.code}\n\n${told.out}\n${told.err}`;
  await expect(seen).toMatchFileSnapshot(golden);
  expect(told.code).toBe(code);
});

test("prints JSON with every amount exact", async () => {
  const files = { "shots.yaml": manifest([ONE, TWO], ["budget: { cap: 20 }", NIGHTLY]) };
  const { code, out } = await topsheet(["schedule", "list", "shots.yaml", "--format", "json"], {
    files,
  });
  expect(code).toBe(3);
  const document: unknown = JSON.parse(out);
  expect(document).toMatchObject({
    schema: "topsheet/schedule@1",
    campaign: "film",
    verdict: "over-budget",
    until: "2027-01-01T00:00:00.000Z",
    schedule: { cron: "0 1 * * 1-5", timezone: "Europe/London", mode: "repeat", missed: "skip" },
  });
  const first = { at: "2026-11-23T01:00:00.000Z", local: "2026-11-23T01:00", lines: 4 };
  expect(document).toHaveProperty("occurrences.0", { ...first, cost: "4.62", held_back: null });
  expect(document).toHaveProperty("occurrences.4.held_back", {
    cap: "cap",
    of: null,
    limit: "20.00",
    waits: false,
    lines: 3,
    cost: "3.78",
  });
  expect(document).toHaveProperty("windows.0.from", "2026-11-16T00:00:00.000Z");
});

test("projects every minute of two months over two thousand lines as far as that takes a moment", async () => {
  const shot = "{ id: a, model: kling-v3-pro, prompt: A., takes: 2000 }";
  const every = 'schedule: { cron: "* * * * *", mode: repeat }';
  const files = { "shots.yaml": manifest([shot], [every]) };
  const { code, out } = await topsheet(["schedule", "list", "shots.yaml"], { files });
  expect(code).toBe(0);
  expect(out).toContain("and 140 more until 2026-11-21.");
});

test.for([
  [
    NIGHTLY,
    "each time all of it is bought anew; what is missed is skipped. Next: 2026-11-23 01:00, as a~t1@2026-11-23T01:00.",
  ],
  [
    CONTINUE,
    "each time the campaign continues; what is missed is skipped. Next: 2026-11-23 01:00.",
  ],
] as const)("a plan says when it is bought by itself: %s", async ([schedule, says]) => {
  const files = { "shots.yaml": manifest([ONE], [schedule]) };
  const { code, err } = await topsheet(["plan", "shots.yaml"], { files });
  expect({ code, err }).toEqual({
    code: 0,
    err: `At set times: 0 1 * * 1-5 in Europe/London; ${says}\n`,
  });
  const quiet = await topsheet(["plan", "shots.yaml", "--quiet"], { files });
  expect(quiet.err).toBe("");
});

test.for([
  [["shots.yaml"], { "shots.yaml": manifest([ONE]) }, "error: no schedule: write one into"],
  [["plan.json"], {}, "a saved plan has no schedule"],
] as const)("what has no schedule has no times: %s", async ([names, given, why]) => {
  const source = { "shots.yaml": manifest([ONE]) };
  const saved = await topsheet(["plan", "shots.yaml", "-o", "plan.json"], { files: source });
  const files = { ...saved.files, ...given };
  const { code, out, err } = await topsheet(["schedule", "list", ...names], { files });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(why);
});
