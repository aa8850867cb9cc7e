import fc from "fast-check";
import { expect, test } from "vitest";
import { manifest, planManifest, plannedShots } from "./make-plan.ts";

const MODEL = "defaults: { model: kling-v3-turbo-pro }";
const shot = (id: string, prompt: string, takes = 1, more = ""): string =>
  `{ id: ${id}, prompt: ${prompt}, takes: ${takes}${more} }`;

test("numbers the takes of a shot and equal shots from 1 to n, in the order of the text", async () => {
  const { lines } = await plannedShots(
    [shot("a", "Lake.", 2), shot("b", "Hill.", 2), shot("c", "Lake.", 3)],
    [MODEL],
  );
  expect(lines.map((line) => [line.key, line.ordinal])).toEqual([
    ["a~t1", 1],
    ["a~t2", 2],
    ["b~t1", 1],
    ["b~t2", 2],
    ["c~t1", 3],
    ["c~t2", 4],
    ["c~t3", 5],
  ]);
});

test("numbers combinations of a matrix that make the same request", async () => {
  const { lines } = await plannedShots(
    [
      "id: a\nprompt: Lake.\nmatrix: { duration: [5, 6], aspect_ratio: [16:9, 1:1] }\ntakes: 2",
      shot("b", "Lake."),
    ],
    [MODEL],
  );
  expect(lines.filter((line) => line.ordinal > 1).map((line) => [line.key, line.ordinal])).toEqual([
    ["a[aspect_ratio=16:9,duration=5]~t2", 2],
    ["a[aspect_ratio=1:1,duration=5]~t2", 2],
    ["a[aspect_ratio=16:9,duration=6]~t2", 2],
    ["a[aspect_ratio=1:1,duration=6]~t2", 2],
    ["b~t1", 3],
  ]);
});

test("a priority moves a line to the front of a run and renumbers nothing", async () => {
  const { lines } = await plannedShots(
    [shot("a", "Lake."), shot("b", "Lake.", 1, ", priority: 9")],
    [MODEL],
  );
  expect(lines.map((line) => [line.key, line.ordinal])).toEqual([
    ["a~t1", 1],
    ["b~t1", 2],
  ]);
});

test("numbers through the files of a campaign, in the order of the arguments", async () => {
  const { lines } = await planManifest({
    "one.yaml": manifest([shot("a", "Lake.", 2)], [MODEL]),
    "two.yaml": manifest([shot("b", "Lake.", 1)], [MODEL]),
  });
  expect(lines.map((line) => [line.key, line.ordinal])).toEqual([
    ["a~t1", 1],
    ["a~t2", 2],
    ["b~t1", 3],
  ]);
});

test.for([
  [["a~t2"], ["a~t2"]],
  [["b"], ["b~t1"]],
  [
    ["c~t2", "a~t1"],
    ["a~t1", "c~t2"],
  ],
  [["scene:2"], ["b~t1"]],
  [["tag:late"], ["c~t1", "c~t2"]],
] as const)("--only %j renumbers nothing (trap s)", async ([only, keys]) => {
  const shots = [
    shot("a", "Lake.", 2),
    shot("b", "Lake.", 1, ", scene: 2"),
    shot("c", "Lake.", 2, ", tags: [late]"),
  ];
  const all = await plannedShots(shots, [MODEL]);
  const options = only.flatMap((text) => ["--only", text]);
  const some = await plannedShots(shots, [MODEL], options);
  expect(some.lines.map((line) => line.key)).toEqual(keys);
  expect(some.lines).toEqual(
    all.lines.filter((line) => (keys as readonly string[]).includes(line.key)),
  );
});

test("numbers the lines with one fingerprint from 1 to n, whatever is planned", async () => {
  const shots = fc.array(
    fc.record({ prompt: fc.constantFrom("Lake.", "Hill."), takes: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(shots, async (some) => {
      const { lines } = await plannedShots(
        some.map(({ prompt, takes }, index) => shot(`s${index}`, prompt, takes)),
        [MODEL],
      );
      const counted = new Map<string, number[]>();
      for (const { fingerprint, ordinal } of lines) {
        counted.set(fingerprint, [...(counted.get(fingerprint) ?? []), ordinal]);
      }
      for (const ordinals of counted.values()) {
        expect(ordinals).toEqual(ordinals.map((_, index) => index + 1));
      }
    }),
    { seed: 20_261_121, numRuns: 60 },
  );
});
