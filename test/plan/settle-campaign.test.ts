import { expect, test } from "vitest";
import { manifest, planManifest, planOutput } from "./make-plan.ts";

const SHOT = (id: string): string => `{ id: ${id}, model: kling-v3-turbo-pro, prompt: Lake. }`;

/** Two files that differ in one line, after `campaign:`. */
async function together(first: readonly string[], second: readonly string[]) {
  return await planManifest({
    "one.yaml": manifest([SHOT("a")], first),
    "two.yaml": manifest([SHOT("b")], second),
    "my.prices": `topsheet-prices: 1\nas_of: 2026-11-01\nprices: [{ model: kling-v3-4k, usd_per_second: 0.4 }]\n`,
  });
}

const ALIKE = "files of one campaign cannot state different settings";
const BUDGET = "budget:\n  ";

test.for([
  ["timezone", "timezone: Europe/London", "timezone: UTC", "timezone", "3:11"],
  ["prices", "prices: my.prices", "prices: other.prices", "prices", "3:9"],
  ["cap", `${BUDGET}cap: 10`, `${BUDGET}cap: 11`, "budget.cap", "4:8"],
  ["per_shot", `${BUDGET}per_shot: 1`, `${BUDGET}per_shot: 2`, "budget.per_shot", "4:13"],
  ["per_run", `${BUDGET}per_run: 10`, `${BUDGET}per_run: 20`, "budget.per_run", "4:12"],
  ["per_day", `${BUDGET}per_day: 10`, `${BUDGET}per_day: 20`, "budget.per_day", "4:12"],
  ["per_week", `${BUDGET}per_week: 10`, `${BUDGET}per_week: 20`, "budget.per_week", "4:13"],
  ["per_month", `${BUDGET}per_month: 10`, `${BUDGET}per_month: 20`, "budget.per_month", "4:14"],
  [
    "by_model",
    `${BUDGET}by_model: { kling-v3-4k: 5 }`,
    `${BUDGET}by_model: { kling-v3-4k: 6 }`,
    "budget.by_model.kling-v3-4k",
    "4:28",
  ],
  [
    "by_scene",
    `${BUDGET}by_scene: { "1": 5 }`,
    `${BUDGET}by_scene: { "1": 6 }`,
    "budget.by_scene.1",
    "4:20",
  ],
  ["warn_at", `${BUDGET}warn_at: 80%`, `${BUDGET}warn_at: 90%`, "budget.warn_at", "4:12"],
  [
    "when_reached",
    `${BUDGET}when_reached: stop`,
    `${BUDGET}when_reached: skip`,
    "budget.when_reached",
    "4:17",
  ],
  ["concurrency", "concurrency: 4", "concurrency: 5", "concurrency", "3:14"],
  [
    "concurrency, as a mapping",
    "concurrency: 4",
    "concurrency: { total: 5 }",
    "concurrency",
    "3:1",
  ],
  [
    "concurrency of a model",
    "concurrency: { kling-v3-4k: 1 }",
    "concurrency: { kling-v3-4k: 2 }",
    "concurrency.kling-v3-4k",
    "3:29",
  ],
] as const)(
  "refuses two files that state another %s, with both places",
  async ([, one, two, name, at]) => {
    const told = await together([one], [two]);
    const line = at.split(":")[0] ?? "";
    expect(planOutput(told)).toContain(
      `two.yaml:${at} error campaign: ${name} is not the same as in one.yaml:${line} (${ALIKE})`,
    );
    expect(told).toMatchObject({ code: 2, verdict: "invalid", lines: [], caps: [], totals: null });
  },
);

test("refuses two campaigns, with both places", async () => {
  const told = await planManifest({
    "one.yaml": manifest([SHOT("a")]),
    "two.yaml": manifest([SHOT("b")]).replace("campaign: film", "campaign: other"),
  });
  expect(planOutput(told)).toEqual([
    `two.yaml:2:11 error campaign: this file belongs to campaign "other", one.yaml:2 to "film" (plan one campaign at a time)`,
  ]);
  expect(told.code).toBe(2);
});

test("a setting that one file states applies to all; two files may state the same", async () => {
  const told = await together(
    ["timezone: Europe/London", `${BUDGET}cap: 10`, "concurrency: 3"],
    [`${BUDGET}cap: 10.00\n  per_day: "5"`, "concurrency: { total: 3, kling-v3-4k: 1 }"],
  );
  expect(told).toMatchObject({
    code: 0,
    verdict: "ok",
    timezone: "Europe/London",
    budget: { cap: "10.00", per_day: "5.00" },
    concurrency: { total: 3, "kling-v3-4k": 1 },
    manifests: [{ path: "one.yaml" }, { path: "two.yaml" }],
  });
  expect(told.caps.map((row) => [row.cap, row.planned])).toEqual([
    ["cap", "1.40"],
    ["per_day", "1.40"],
  ]);
});

test("refuses a cap that one file states for an alias and another for its endpoint", async () => {
  const told = await together(
    [`${BUDGET}by_model: { kling-v3-4k: 5 }`],
    [`${BUDGET}by_model: { fal-ai/kling-video/v3/4k/text-to-video: 6 }`],
  );
  expect(told.code).toBe(2);
  expect(planOutput(told)[0]).toMatch(/^two\.yaml:4:\d+ error budget: .*are the same model/);
});

test.for([["a"], ["A"]] as const)(
  "refuses the id %s in two files, with both places (trap r)",
  async ([id]) => {
    const told = await planManifest({
      "one.yaml": manifest([SHOT("x"), SHOT("a")]),
      "two.yaml": manifest([SHOT(id)]),
    });
    const as = id === "a" ? "" : ` as "a"`;
    expect(planOutput(told)).toEqual([
      `two.yaml:4:11 error id-taken: the id "${id}" is taken${as} in one.yaml:5 (ids are unique in the campaign, whatever their case)`,
    ]);
    expect(told.code).toBe(2);
  },
);

test("each file keeps its own defaults", async () => {
  const told = await planManifest({
    "one.yaml": manifest(
      ["{ id: a, prompt: Lake. }"],
      ["defaults: { model: kling-v3-4k, duration: 3 }"],
    ),
    "two.yaml": manifest(
      ["{ id: b, prompt: Lake. }"],
      ["defaults: { model: kling-v3-turbo-pro, takes: 2 }"],
    ),
  });
  expect(told.lines.map((line) => [line.key, line.basis, line.cost])).toEqual([
    ["a~t1", "3 s × $0.42", "1.26"],
    ["b~t1", "5 s × $0.14", "0.70"],
    ["b~t2", "5 s × $0.14", "0.70"],
  ]);
});

test("reports the mistakes of every file in the order of the arguments, and plans none of them", async () => {
  const told = await planManifest({
    "one.yaml": manifest(["{ id: a, model: kling, prompt: Lake. }"]),
    "two.yaml": manifest([SHOT("b")]),
    "three.yaml": manifest(["{ id: c, model: kling-v3-4k, prompt: Lake., duration: 99 }"]),
  });
  expect(told.diagnostics.map(({ file, code }) => [file, code])).toEqual([
    ["one.yaml", "unknown-model"],
    ["three.yaml", "value"],
  ]);
  expect(told).toMatchObject({ code: 2, lines: [], totals: null });
});
