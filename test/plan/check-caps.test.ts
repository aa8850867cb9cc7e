import { expect, test } from "vitest";
import { manifest, planManifest, plannedShots, planOutput } from "./make-plan.ts";

// A line of kling-v3-turbo-pro costs $0.70; one of kling-v3-4k $2.10.
const HEAD = ["defaults: { model: kling-v3-turbo-pro, prompt: Lake. }"];
const budget = (text: string): readonly string[] => [...HEAD, `budget: { ${text} }`];
const A3 = "{ id: a, takes: 3 }";

test.for([
  ["cap", "cap: 1.5", [A3], "cap of $1.50 is passed by $0.60", "a~t3"],
  ["per_shot", "per_shot: 1.5", [A3], "per_shot a of $1.50 is passed by $0.60", "a~t3"],
  [
    "by_model",
    "by_model: { kling-v3-turbo-pro: 1.399999 }",
    [A3],
    "by_model kling-v3-turbo-pro of $1.399999 is passed by $0.700001",
    "a~t2, a~t3",
  ],
  [
    "by_scene",
    "by_scene: { '2': 0 }",
    ["{ id: a, scene: 2 }"],
    "by_scene 2 of $0.00 is passed by $0.70",
    "a~t1",
  ],
  [
    "seven lines",
    "cap: 0.7",
    ["{ id: a, takes: 8 }"],
    "cap of $0.70 is passed by $4.90",
    "a~t2, a~t3, a~t4, a~t5, a~t6 and 2 more",
  ],
  [
    "priority",
    "cap: 0.7",
    ["{ id: a }", "{ id: b, priority: 1 }"],
    "cap of $0.70 is passed by $0.70",
    "a~t1",
  ],
] as const)(
  "says by how much %s is passed, and which lines would not start",
  async ([, caps, shots, message, lines]) => {
    const told = await plannedShots(shots, budget(caps));
    expect(told).toMatchObject({ code: 3, verdict: "over-budget" });
    expect(told.diagnostics).toMatchObject([
      {
        code: "over-cap",
        severity: "error",
        message,
        hint: `would not start: ${lines}`,
        file: "shots.yaml",
        line: 4,
      },
    ]);
    const over = told.lines.filter(({ state }) => state === "over-cap").map(({ key }) => key);
    expect(lines.startsWith(over.slice(0, 5).join(", "))).toBe(true);
  },
);

test("accepts a plan that costs exactly its cap", async () => {
  const told = await plannedShots(
    [A3],
    budget("cap: 2.1, per_shot: 2.1, per_run: 2.1, per_day: 2.1"),
  );
  expect(told).toMatchObject({ code: 0, verdict: "ok", diagnostics: [] });
  expect(told.caps.map(({ left, verdict }) => [left, verdict])).toEqual(
    Array.from({ length: 4 }, () => ["0.00", "ok"]),
  );
});

test.for([
  ["80%", "cap: 2.625", true],
  ["80%", "cap: 2.625001", false],
  ["100%", "cap: 2.1", true],
  ["0%", "cap: 900", true],
] as const)("warn_at %s of %s: %s", async ([share, cap, warns]) => {
  const told = await plannedShots([A3], budget(`${cap}, warn_at: ${share}`));
  expect(told).toMatchObject({ code: 0, verdict: warns ? "warn" : "ok" });
  const near = new RegExp(
    String.raw`^near-cap: cap: \$[\d.]+ of \$[\d.]+ is planned \(warn_at: ${share}\)$`,
  );
  const warnings = told.diagnostics.map(({ code, message }) => `${code}: ${message.split(",")[0]}`);
  expect(warnings.map((text) => near.test(text))).toEqual(warns ? [true] : []);
});

test("with stop, names the lines behind one that does not fit under another cap", async () => {
  const shots = ["{ id: a, scene: 1, takes: 2 }", "{ id: z, scene: 2 }"];
  const told = await plannedShots(shots, budget("by_scene: { '1': 1 }"));
  expect(told.lines.map(({ key, state }) => [key, state])).toEqual([
    ["a~t1", "to-buy"],
    ["a~t2", "over-cap"],
    ["z~t1", "over-cap"],
  ]);
  expect(planOutput(told).join("\n")).toMatch(
    /would not start: a~t2, nor the 1 line behind \(when_reached: stop\)/,
  );
});

test("warns of a cap on a scene that no shot has, and refuses one on an unknown model", async () => {
  const scene = await planManifest({
    "shots.yaml": manifest(["{ id: a, scene: intro }"], budget("by_scene: { intr: 5 }")),
  });
  expect(scene.code).toBe(0);
  expect(planOutput(scene)).toEqual([
    `shots.yaml:4:29 warning budget: no shot has scene "intr": this cap applies to nothing (did you mean "intro"?)`,
  ]);
  const model = await plannedShots(["{ id: a }"], budget("by_model: { kling-v3-5k: 5 }"));
  expect(model.code).toBe(2);
  expect(planOutput(model)[0]).toMatch(
    /^shots\.yaml:4:\d+ error unknown-model: there is no model "kling-v3-5k"/,
  );
});

const SCENES: readonly (readonly [cap: string, scenes: string, told: string | null])[] = [
  [
    "1",
    "01",
    'no shot has scene "1": this cap applies to nothing (scenes are compared as they are written: "1" is not "01")',
  ],
  [
    "A",
    "a",
    'no shot has scene "A": this cap applies to nothing (scenes are compared as they are written: "A" is not "a")',
  ],
  [
    "1",
    "1, 01, 1.0, ' 1', +1, 2",
    'by_scene "1" does not apply to "01", "1.0", " 1", "+1": scenes are compared as they are written (write scene "1", or a cap for each)',
  ],
  [
    "int 4",
    "int 4, INT  4, int 04",
    'by_scene "int 4" does not apply to "INT  4", "int 04": scenes are compared as they are written (write scene "int 4", or a cap for each)',
  ],
  [
    "１",
    "1",
    'no shot has scene "１": this cap applies to nothing (scenes are compared as they are written: "１" is not "1")',
  ],
  // Written the same way, they are the same scene, however YAML reads a key.
  ["01", "01", null],
  ["1.0", "1.0", null],
  ["True", "True", null],
  // Everyone would take these for different scenes.
  ["1", "1, 10, 1.1, 100, 1a, 0", null],
  ["'0'", "0, 00a", null],
];

test.for(SCENES)("by_scene %s beside the scenes %s: %s", async ([cap, scenes, expected]) => {
  const shots = scenes.split(", ").map((scene, turn) => `{ id: s${turn}, scene: ${scene} }`);
  const told = await planManifest({
    "shots.yaml": manifest(shots, budget(`by_scene: { ${cap}: 50 }`)),
  });
  expect(told.code).toBe(0);
  const warnings =
    expected === null ? [] : [`shots.yaml:4:${25 + cap.length} warning budget: ${expected}`];
  expect(planOutput(told)).toEqual(warnings);
});

test("does not take a scene with its own cap for another's", async () => {
  const both = budget("by_scene: { 1: 50, 01: 50 }");
  const shots = ["{ id: a, scene: 1 }", "{ id: b, scene: 01 }"];
  expect(planOutput(await planManifest({ "shots.yaml": manifest(shots, both) }))).toEqual([]);
});
