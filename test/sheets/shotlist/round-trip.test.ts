import fc from "fast-check";
import { expect, test } from "vitest";
import { planManifest } from "../../plan/make-plan.ts";
import { topsheet } from "../../rig/in-process.ts";
import { importSheet } from "./import-sheet.ts";

// A plan that is exported and imported again is the same plan, line by line: the same inputs, fingerprints, ordinals
// and cost. Only ids change, when a combination of a matrix becomes a shot.

const CHARACTERS =
  "abc \"',;:#|=+-@&<>{}[]*!%?\\`~_x\t\r\n012é漢🎬\u0007\u0085\u00a0\u2028\ufeff\ufffe\uffff";
const character = fc.constantFrom(...Array.from(CHARACTERS));
const AWKWARD =
  `' '=1+1 ''=1 =1+1 @Aa -5 +44 007 1e3 true null ~ "" 16:9 2026-11-21 _x000D_ _x005F_x000D_ '"" Total Prompt [1] ["a"] <a>&amp;`
    .split(" ")
    .concat(["- a", "? b", "\n=1", ":\na"]);
const text = fc.oneof(
  fc.string({ unit: character, minLength: 1, maxLength: 14 }),
  fc.constantFrom(...AWKWARD),
);
/** A prompt of blanks is a mistake. */
const prompt = text.map((it) => `${it}x`);
/** Blanks around a scene or a tag are trimmed. */
const label = text.filter((it) => it.trim() === it);
const seconds = fc.integer({ min: 3, max: 15 });
const ratio = fc.constantFrom("16:9", "9:16", "1:1");
const several = fc.array(fc.record({ prompt, duration: fc.integer({ min: 1, max: 3 }) }), {
  minLength: 3,
  maxLength: 5,
});

const common = {
  scene: fc.option(label),
  tags: fc.array(label, { maxLength: 3 }),
  priority: fc.integer({ min: -3, max: 3 }),
  takes: fc.integer({ min: 1, max: 3 }),
  aspect_ratio: ratio,
};
const sound = { generate_audio: fc.boolean() };
const requiredKeys = ["model" as const];
const shot = fc.oneof(
  fc.record(
    { ...common, model: fc.constant("kling-v3-turbo-pro"), prompt, duration: seconds },
    { requiredKeys: [...requiredKeys, "prompt"] },
  ),
  fc.record(
    {
      ...common,
      ...sound,
      model: fc.constantFrom("kling-v3-pro", "kling-v3-4k"),
      prompt,
      duration: seconds,
      negative_prompt: fc.oneof(text, fc.constant("")),
      cfg_scale: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000),
    },
    { requiredKeys: [...requiredKeys, "prompt"] },
  ),
  fc.record(
    {
      ...common,
      ...sound,
      model: fc.constantFrom("kling-o3-4k", "kling-v3-pro"),
      multi_prompt: several,
    },
    { requiredKeys: [...requiredKeys, "multi_prompt"] },
  ),
  fc.record(
    {
      ...common,
      ...sound,
      model: fc.constant("kling-o3-4k-reference"),
      prompt: prompt.map((it) => `@Image1 ${it.replaceAll("@", "")}`),
      image_urls: fc.constant(["https://example.com/a,b;c.png?x=1&y=[2]"]),
      start_image_url: fc.constant("https://example.com/=start.png"),
    },
    { requiredKeys: [...requiredKeys, "prompt", "image_urls"] },
  ),
  fc.record(
    {
      ...common,
      model: fc.constant("kling-v3-turbo-pro"),
      prompt: prompt.map((it) => `\${{ matrix.look }} ${it}`),
      matrix: fc.record({
        look: fc.uniqueArray(fc.constantFrom("a", "b c", "d=e", "16:9", "-1"), { minLength: 1 }),
        duration: fc.uniqueArray(seconds, { minLength: 1, maxLength: 2 }),
      }),
    },
    { requiredKeys: [...requiredKeys, "prompt", "matrix"] },
  ),
);

/** Makes a manifest in JSON, which is YAML. Escapes what is not ASCII, because a file may not contain all of it. */
function makeManifest(shots: readonly object[]): string {
  const all = shots.map((it, index) => ({ id: `S${index}.a_b`, ...it }));
  return JSON.stringify({ topsheet: 1, campaign: "There-and_back.1", shots: all }).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function planWithoutErrors(manifest: string) {
  const plan = await planManifest({ "m.yaml": manifest });
  expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return plan;
}

/** Returns the lines of a plan without their names. */
function withoutNames({ lines: all }: Awaited<ReturnType<typeof planWithoutErrors>>) {
  const names = new Set(["key", "shot", "take", "variant"]);
  return all.map((line) =>
    Object.fromEntries(Object.entries(line).filter(([name]) => !names.has(name))),
  );
}

/** Found by this test: a delimiter guessed from a cell's text, and a tag written as a mapping. */
const FOUND: [object[]][] = [
  [
    [
      {
        model: "kling-v3-turbo-pro",
        scene: ";\ra",
        prompt: "${{ matrix.look }} ;x",
        matrix: { look: ["a"], duration: [3, 4] },
      },
    ],
  ],
  [[{ model: "kling-v3-turbo-pro", prompt: "a", tags: [":\na"] }]],
];

let lines = 0;
let matrices = 0;

async function checkRoundTrip(shots: readonly object[]): Promise<void> {
  const manifest = makeManifest(shots);
  const before = await planWithoutErrors(manifest);
  const files = { "m.yaml": manifest };
  const told = await topsheet(["plan", "m.yaml", "-q", "-o", "x.csv", "-o", "x.xlsx"], { files });
  for (const sheet of [told.files["x.csv"], told.bytes?.["x.xlsx"]]) {
    const back = await importSheet(sheet ?? "", ["-q"], "x");
    expect(back).toMatchObject({ code: 0, err: "" });
    const after = await planWithoutErrors(back.out);
    expect(withoutNames(after)).toEqual(withoutNames(before));
    expect(after).toMatchObject({ campaign: before.campaign, totals: before.totals });
    const plain = before.lines.filter(({ variant }) => Object.keys(variant).length === 0);
    expect(after.lines.map(({ key }) => key)).toEqual(
      expect.arrayContaining(plain.map(({ key }) => key)),
    );
    lines += after.lines.length;
    matrices += before.lines.length - plain.length;
  }
}

test("any plan can be imported again from its workbook and its CSV", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array<object>(shot, { minLength: 1, maxLength: 6 }), checkRoundTrip),
    {
      seed: 20_261_121,
      numRuns: 20,
      examples: FOUND,
    },
  );
  expect(lines).toBeGreaterThan(250);
  expect(matrices).toBeGreaterThan(40);
});
