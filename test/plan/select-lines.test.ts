import { expect, test } from "vitest";
import { plannedShots, planOutput } from "./make-plan.ts";

const SHOTS = [
  "{ id: hero, scene: 2, tags: [late, hero], prompt: Hero., takes: 2 }",
  "{ id: intro, scene: 1, tags: [draft], prompt: Intro. }",
  "id: pack\nscene: Roof top\nprompt: A bottle.\nmatrix: { aspect_ratio: [16:9, 1:1] }\ntakes: 2",
  "{ id: scene, prompt: A shot named scene. }",
];
const HEAD = ["defaults: { model: kling-v3-turbo-pro }"];

async function only(...selectors: readonly string[]) {
  const options = selectors.flatMap((text) => ["--only", text]);
  return await plannedShots(SHOTS, HEAD, options);
}

test.for([
  ["a shot", ["hero"], ["hero~t1", "hero~t2"]],
  ["a scene", ["scene:1"], ["intro~t1"]],
  [
    "a scene with a blank in its name",
    ["scene:Roof top"],
    [
      "pack[aspect_ratio=16:9]~t1",
      "pack[aspect_ratio=16:9]~t2",
      "pack[aspect_ratio=1:1]~t1",
      "pack[aspect_ratio=1:1]~t2",
    ],
  ],
  ["a tag", ["tag:draft"], ["intro~t1"]],
  ["a tag named like a shot", ["tag:hero"], ["hero~t1", "hero~t2"]],
  ["a key", ["hero~t2"], ["hero~t2"]],
  ["a key with a colon in it", ["pack[aspect_ratio=1:1]~t2"], ["pack[aspect_ratio=1:1]~t2"]],
  [
    "a key without its take",
    ["pack[aspect_ratio=16:9]"],
    ["pack[aspect_ratio=16:9]~t1", "pack[aspect_ratio=16:9]~t2"],
  ],
  ["a shot named scene", ["scene"], ["scene~t1"]],
  [
    "any of several, each line once",
    ["tag:draft", "scene:1", "hero~t1", "hero"],
    ["hero~t1", "hero~t2", "intro~t1"],
  ],
] as const)("--only selects %s", async ([, selectors, keys]) => {
  const told = await only(...selectors);
  expect(told.lines.map((line) => line.key)).toEqual(keys);
  expect(told.totals?.lines).toBe(keys.length);
  expect(told.code).toBe(0);
});

test.for([
  ["herp", `did you mean "hero"?`],
  ["Hero", `did you mean "hero"?`],
  ["hero~t3", /did you mean "hero~t[12]"\?/],
  ["scene:3", `did you mean "scene:2"?`],
  ["tag:drafts", `did you mean "tag:draft"?`],
  ["tags:draft", `did you mean "tag:draft"?`],
  ["", "a shot's id, scene:NAME, tag:NAME or a line's key"],
  ["scene:", /./],
  ["something else altogether", "a shot's id, scene:NAME, tag:NAME or a line's key"],
  ["kling-v3-turbo-pro", "a shot's id, scene:NAME, tag:NAME or a line's key"],
] as const)("refuses --only %j, which selects nothing", async ([text, hint]) => {
  const told = await only(text);
  expect(told.code).toBe(2);
  expect(told.diagnostics).toMatchObject([
    {
      code: "only",
      severity: "error",
      message: `--only ${JSON.stringify(text)} selects nothing`,
      file: null,
      line: null,
    },
  ]);
  expect(told.diagnostics[0]?.hint).toMatch(hint);
});

test("reports the one of two selectors that selects nothing, and plans nothing", async () => {
  const told = await only("hero", "villain", "scene:9");
  expect(told.diagnostics.map(({ message }) => message)).toEqual([
    `--only "villain" selects nothing`,
    `--only "scene:9" selects nothing`,
  ]);
  expect(told).toMatchObject({ code: 2, verdict: "invalid", lines: [] });
});

test("reports a mistake in a shot that is not selected", async () => {
  const told = await plannedShots(
    [...SHOTS, "{ id: bad, model: kling-v3-4k, prompt: Bad., duration: 1 }"],
    HEAD,
    ["--only", "hero"],
  );
  expect(told.code).toBe(2);
  expect(told.diagnostics.map(({ code }) => code)).toEqual(["value"]);
});

test("reports a mistake in the manifest before one in --only, and alone", async () => {
  const told = await plannedShots(["{ id: a, model: kling-v3-4k }"], [], ["--only", "b"]);
  expect(told.diagnostics.map(({ code }) => code)).toEqual(["prompt"]);
});

test("checks only the selected lines against the caps", async () => {
  const head = [...HEAD, `budget: { cap: 1, by_scene: { "2": 5, "1": 1 } }`];
  const all = await plannedShots(SHOTS, head);
  expect(all).toMatchObject({ code: 3, verdict: "over-budget" });
  const one = await plannedShots(SHOTS, head, ["--only", "intro"]);
  expect(one).toMatchObject({
    code: 0,
    verdict: "ok",
    totals: { lines: 1, cost: "0.70", to_spend: "0.70" },
  });
  expect(one.caps.map((row) => [row.cap, row.of, row.planned])).toEqual([
    ["cap", null, "0.70"],
    ["by_scene", "1", "0.70"],
    ["by_scene", "2", "0.00"],
  ]);
  expect(planOutput(one)).toEqual([]);
});

test("--cap plans under another cap on the campaign", async () => {
  const shots = ["{ id: a, prompt: Lake., takes: 3 }"];
  const stated = await plannedShots(shots, [...HEAD, "budget: { cap: 1 }"], ["--cap", "2.10"]);
  expect(stated).toMatchObject({
    code: 0,
    verdict: "ok",
    caps: [{ cap: "cap", limit: "2.10", left: "0.00" }],
    // The caps that the document states have to be those that the plan was checked against.
    budget: { cap: "2.10" },
  });
  const without = await plannedShots(shots, HEAD, ["--cap", "2.099999"]);
  expect(without).toMatchObject({ code: 3, verdict: "over-budget" });
  expect(planOutput(without)).toEqual([
    "error over-cap: cap of $2.099999 is passed by $0.000001 (would not start: a~t3)",
  ]);
  // The complaint is about the command line, not about the line of the text that it overrides.
  const lower = await plannedShots(shots, [...HEAD, "budget: { cap: 9 }"], ["--cap", "0"]);
  expect(lower.diagnostics).toMatchObject([
    { code: "over-cap", file: null, line: null, column: null },
  ]);
});
