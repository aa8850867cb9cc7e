import fc from "fast-check";
import { expect, test } from "vitest";
import { manifest, planManifest, plannedShots } from "./make-plan.ts";

async function prints(shots: readonly string[], head: readonly string[] = []) {
  const { lines } = await plannedShots(shots, head);
  return lines.map((line) => line.fingerprint);
}

const BARE = ["id: a", "model: kling-v3-pro", "prompt: A lake."];
const shot = (...more: readonly string[]): string => [...BARE, ...more].join("\n");

test.for([
  [
    "another id, scene, tags, priority, notes",
    shot(`scene: "9"`, "tags: [x]", "priority: 3", "notes: n").replace("id: a", "id: b"),
  ],
  ["keys in another order", "prompt: A lake.\nmodel: kling-v3-pro\nid: a"],
  [
    "the endpoint's id for its alias",
    shot().replace("kling-v3-pro", "fal-ai/kling-video/v3/pro/text-to-video"),
  ],
  ["the default seconds, as a number", shot("duration: 5")],
  ["the default seconds, as text", shot(`duration: "5"`)],
  [
    "every default of the page",
    shot(
      "duration: 5",
      "generate_audio: true",
      "shot_type: customize",
      `aspect_ratio: "16:9"`,
      "negative_prompt: blur, distort, and low quality",
      "cfg_scale: 0.5",
    ),
  ],
  ["a number spelt otherwise", shot("cfg_scale: 5.0e-1")],
  ["a ratio without quotes", shot("aspect_ratio: 16:9")],
  [
    "nulls, as the pages' full examples have them",
    shot("multi_prompt: null", "negative_prompt: ~", "cfg_scale:"),
  ],
  ["the prompt in quotes", shot().replace("A lake.", `"A \\u006cake."`)],
  ["the prompt folded", shot().replace("A lake.", ">-\n  A\n  lake.")],
  ["a key of one's own", shot("x-mood: calm")],
  ["an axis of a matrix with one value", shot("matrix: { aspect_ratio: [16:9] }")],
  [
    "the prompt from a matrix",
    shot("matrix: { what: [lake] }").replace("A lake.", "A ${{ matrix.what }}."),
  ],
  ["a merge", `<<: { model: kling-v3-pro, prompt: A lake. }\nid: a`],
] as const)("gives one fingerprint to the same request with %s", async ([, other]) => {
  const [print] = await prints([shot()]);
  expect(await prints([other])).toEqual([print]);
});

test("gives one fingerprint to the same request from defaults", async () => {
  const [print] = await prints([shot()]);
  const head = ["defaults: { model: kling-v3-pro, prompt: A lake., duration: 5, cfg_scale: 0.5 }"];
  expect(await prints(["id: a"], head)).toEqual([print]);
});

test("gives one fingerprint to the same request from an anchor and in another file", async () => {
  const [print] = await prints([shot()]);
  const anchored = manifest(
    ["<<: *lake\nid: b"],
    ["x-lake: &lake { model: kling-v3-pro, prompt: A lake. }"],
  );
  const { lines } = await planManifest({ "a.yaml": manifest([shot()]), "b.yaml": anchored });
  expect(lines.map((line) => [line.fingerprint, line.ordinal])).toEqual([
    [print, 1],
    [print, 2],
  ]);
});

test.for([
  ["a letter of the prompt", shot().replace("A lake.", "A lake")],
  ["the case of a letter", shot().replace("A lake.", "a lake.")],
  ["the model", shot().replace("kling-v3-pro", "kling-v3-4k")],
  ["the seconds", shot("duration: 6")],
  ["the audio", shot("generate_audio: false")],
  ["the ratio", shot("aspect_ratio: 1:1")],
  ["what to keep out", shot("negative_prompt: blur")],
  ["nothing to keep out", shot(`negative_prompt: ""`)],
  ["the guidance", shot("cfg_scale: 0.51")],
  ["no guidance", shot("cfg_scale: 0")],
  ["who cuts", shot("shot_type: intelligent")],
  [
    "a list of one shot for a prompt",
    "id: a\nmodel: kling-v3-pro\nmulti_prompt: [{ prompt: A lake. }]",
  ],
] as const)("gives another fingerprint to a request with another value: %s", async ([, other]) => {
  const [print] = await prints([shot()]);
  const [others] = await prints([other]);
  expect(others).toBeDefined();
  expect(others).not.toBe(print);
});

test("the order of the shots in one video changes a fingerprint, and stating its duration does not", async () => {
  const list = (shots: string, more = ""): string =>
    `id: a\nmodel: kling-o3-4k\nmulti_prompt: [${shots}]${more}`;
  const [print] = await prints([list("{ prompt: A, duration: 4 }, { prompt: B }")]);
  expect(
    await prints([
      list(`{ duration: "4", prompt: A }, { prompt: B, duration: 5 }`, "\nduration: 9"),
    ]),
  ).toEqual([print]);
  expect(await prints([list("{ prompt: B }, { prompt: A, duration: 4 }")])).not.toEqual([print]);
});

test("neither the order of fields nor a stated default changes a fingerprint", async () => {
  const spelt = [
    "duration: 5",
    `duration: "5"`,
    "generate_audio: true",
    "cfg_scale: .5",
    "shot_type: customize",
    "multi_prompt: null",
  ];
  const different = fc
    .subarray(spelt.filter((_, index) => index !== 1))
    .chain((some) =>
      fc.shuffledSubarray([...BARE, ...some], { minLength: BARE.length + some.length }),
    );
  const [print] = await prints([shot()]);
  await fc.assert(
    fc.asyncProperty(different, async (fields) => {
      expect(await prints([fields.join("\n")])).toEqual([print]);
    }),
    { seed: 20_261_121, numRuns: 60 },
  );
});
