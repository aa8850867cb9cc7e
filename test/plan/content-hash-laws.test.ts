import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { makeFingerprint, hashContent } from "../../src/plan/fingerprint.ts";
import { plannedShots } from "./make-plan.ts";

const RUNS = { seed: 20_261_121, numRuns: 1_000 };

type Input = Readonly<Record<string, unknown>>;

const FREE = ["duration", "generate_audio"];
const NAMES = ["prompt", "aspect_ratio", "cfg_scale", "shot_type", "elements", "durations"];

const value = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number || 0),
);
const scene = fc.dictionary(fc.constantFrom("prompt", "duration", "seed"), value, { maxKeys: 3 });
const input: fc.Arbitrary<Input> = fc
  .record({
    fields: fc.dictionary(fc.constantFrom(...NAMES, ...FREE), value, { maxKeys: 6 }),
    scenes: fc.option(fc.array(scene, { maxLength: 3 })),
  })
  .map(({ fields, scenes }) => (scenes === null ? fields : { ...fields, multi_prompt: scenes }));

const record = z.record(z.string(), z.unknown());
const list = z.array(record);

/** Changes duration and audio wherever an input can have them. */
function otherwise(one: Input, length: unknown, sound: unknown): Input {
  const scenes = list.optional().parse(one["multi_prompt"]);
  const own = { ...one, duration: length, generate_audio: sound };
  if (scenes === undefined) return own;
  return { ...own, multi_prompt: scenes.map((each) => ({ ...each, duration: length })) };
}

test("seconds, also of each part, and audio do not change a content hash", () => {
  fc.assert(
    fc.property(input, value, value, (one, length, sound) => {
      const other = otherwise(one, length, sound);
      expect(hashContent("fal-ai/one", other)).toBe(hashContent("fal-ai/one", one));
      expect(hashContent("fal-ai/one", otherwise(one, undefined, undefined))).toBe(
        hashContent("fal-ai/one", one),
      );
    }),
    RUNS,
  );
});

test("any other field that is changed, added or removed changes a content hash", () => {
  fc.assert(
    fc.property(input, fc.constantFrom(...NAMES), value, (one, name, changed) => {
      const same = name in one && Object.is(one[name], changed);
      expect(
        hashContent("fal-ai/one", { ...one, [name]: changed }) === hashContent("fal-ai/one", one),
      ).toBe(same);
      const { [name]: _, ...rest } = one;
      expect(hashContent("fal-ai/one", rest) === hashContent("fal-ai/one", one)).toBe(
        !(name in one),
      );
    }),
    RUNS,
  );
});

test("a part that is changed, added, removed or moved changes a content hash", () => {
  fc.assert(
    fc.property(fc.array(scene, { minLength: 1, maxLength: 3 }), fc.string(), (scenes, words) => {
      const of = (multi_prompt: unknown): string => hashContent("fal-ai/one", { multi_prompt });
      const [first, ...rest] = scenes;
      const plain = scenes.map((each) => ({ ...each, duration: 0 }));
      expect(of([...scenes, {}])).not.toBe(of(scenes));
      expect(of(rest)).not.toBe(of(scenes));
      const said = { ...first, prompt: words };
      expect(of([said, ...rest]) === of(scenes)).toBe(first?.["prompt"] === words);
      const turned = of(scenes.toReversed()) === of(scenes);
      expect(turned).toBe(isDeepStrictEqual(plain, plain.toReversed()));
    }),
    RUNS,
  );
});

test("another model changes a content hash, and the order of fields does not", () => {
  fc.assert(
    fc.property(input, (one) => {
      expect(hashContent("fal-ai/two", one)).not.toBe(hashContent("fal-ai/one", one));
      const turned = Object.fromEntries(Object.entries(one).toReversed());
      expect(hashContent("fal-ai/one", turned)).toBe(hashContent("fal-ai/one", one));
    }),
    RUNS,
  );
});

test("a content hash is never a fingerprint, with or without duration and audio", () => {
  fc.assert(
    fc.property(input, (one) => {
      const read = z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(one)));
      expect(makeFingerprint("fal-ai/one", read)).not.toBe(hashContent("fal-ai/one", read));
      expect(hashContent("fal-ai/one", one)).toMatch(/^[0-9a-f]{64}$/);
    }),
    RUNS,
  );
});

async function gists(shots: readonly string[]): Promise<readonly string[]> {
  const { lines } = await plannedShots(shots.map((shot, turn) => `id: s${turn}\n${shot}`));
  expect(lines).toHaveLength(shots.length);
  expect(new Set(lines.map((line) => line.fingerprint)).size).toBe(shots.length);
  return lines.map(({ endpoint, input: sent }) => hashContent(endpoint, record.parse(sent)));
}

const LAKE = "prompt: A lake.";
const MODELS = ["kling-v3-pro", "kling-v3-4k", "kling-o3-4k"];

test.for(MODELS)(
  "%s: a shot has one content hash at any length, with and without audio",
  async (model) => {
    const forms = ["duration: 3", "duration: 15", "duration: 5\ngenerate_audio: false"];
    const told = await gists(forms.map((form) => `model: ${model}\n${LAKE}\n${form}`));
    expect(new Set(told).size).toBe(1);
  },
);

test("shortening a part keeps a content hash; moving, rewording or removing it does not", async () => {
  const scenes = (some: string): string => `model: kling-o3-4k\nmulti_prompt: [${some}]`;
  const [whole, shorter, ...others] = await gists([
    scenes("{ prompt: A, duration: 4 }, { prompt: B, duration: 5 }"),
    scenes("{ prompt: A, duration: 3 }, { prompt: B, duration: 3 }"),
    scenes("{ prompt: B, duration: 4 }, { prompt: A, duration: 5 }"),
    scenes("{ prompt: A, duration: 4 }, { prompt: C, duration: 5 }"),
    scenes("{ prompt: A, duration: 9 }"),
    scenes("{ prompt: A, duration: 3 }, { prompt: A, duration: 3 }, { prompt: B, duration: 3 }"),
  ]);
  expect(shorter).toBe(whole);
  expect(others).toHaveLength(4);
  expect(new Set([whole, ...others]).size).toBe(5);
});
