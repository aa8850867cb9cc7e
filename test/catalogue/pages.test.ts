import { expect, test } from "vitest";
import * as z from "zod";
import type { Model } from "../../src/catalogue/model.ts";
import { findModel } from "../../src/catalogue/models.ts";
import { asked, modelOf } from "./check-shot.ts";

// What the five model pages list, copied by hand: the reference for the endpoints.

const text = { type: "string" };
const SECONDS = ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"];
const seconds = { type: "string", enum: SECONDS, default: "5" };
const ratio = { type: "string", enum: ["16:9", "9:16", "1:1"], default: "16:9" };
const audio = (on: boolean): object => ({ type: "boolean", default: on });
const shotType = { type: "string", enum: ["customize", "intelligent"], default: "customize" };
/** `shot_type` (`string`): the O3 pages list no options. */
const anyShotType = { type: "string", default: "customize" };
const shots = {
  type: "array",
  items: {
    type: "object",
    properties: {
      prompt: text,
      duration: { type: "string", enum: ["1", "2", ...SECONDS], default: "5" },
    },
  },
};
const addresses = { type: "array", items: text };
const elements = {
  type: "array",
  items: {
    type: "object",
    properties: {
      frontal_image_url: text,
      reference_image_urls: addresses,
      video_url: text,
      voice_id: text,
    },
  },
};

const V3 = {
  prompt: text,
  duration: seconds,
  multi_prompt: shots,
  generate_audio: audio(true),
  shot_type: shotType,
  aspect_ratio: ratio,
  negative_prompt: { type: "string", default: "blur, distort, and low quality" },
  cfg_scale: { type: "number", minimum: 0, maximum: 1, default: 0.5 },
};

const PAGES: Readonly<Record<string, { readonly endpoint: string; readonly fields: object }>> = {
  "kling-v3-4k": { endpoint: "fal-ai/kling-video/v3/4k/text-to-video", fields: V3 },
  "kling-v3-pro": { endpoint: "fal-ai/kling-video/v3/pro/text-to-video", fields: V3 },
  "kling-o3-4k": {
    endpoint: "fal-ai/kling-video/o3/4k/text-to-video",
    fields: {
      prompt: text,
      multi_prompt: shots,
      duration: seconds,
      aspect_ratio: ratio,
      generate_audio: audio(false),
      shot_type: anyShotType,
    },
  },
  "kling-o3-4k-reference": {
    endpoint: "fal-ai/kling-video/o3/4k/reference-to-video",
    fields: {
      prompt: text,
      multi_prompt: shots,
      start_image_url: text,
      end_image_url: text,
      image_urls: addresses,
      elements,
      generate_audio: audio(false),
      duration: seconds,
      shot_type: anyShotType,
      aspect_ratio: ratio,
    },
  },
  "kling-v3-turbo-pro": {
    endpoint: "fal-ai/kling-video/v3/turbo/pro/text-to-video",
    fields: { prompt: text, multi_prompt: shots, aspect_ratio: ratio, duration: seconds },
  },
};

test("finds a model by its alias and by its endpoint", () => {
  for (const [alias, { endpoint }] of Object.entries(PAGES)) {
    expect(findModel(alias)?.endpoint).toBe(endpoint);
    expect(findModel(endpoint)).toBe(findModel(alias));
  }
});

test.for(Object.entries(PAGES))("%s has its page's fields and no other", ([alias, { fields }]) => {
  const schema = schemaOf(modelOf(alias));
  expect(Object.keys(schema)).toEqual(Object.keys(fields));
  expect(schema).toEqual(fields);
});

test.for(Object.keys(PAGES))("%s requires no field and refuses unknown ones", (alias) => {
  const { input } = modelOf(alias);
  expect(input.safeParse({}).success).toBe(true);
  expect(input.safeParse({ seed: 1 }).success).toBe(false);
  expect(input.safeParse({ multi_prompt: [{ duration: "5" }] }).success).toBe(false);
});

test.for(Object.keys(PAGES))("%s reads seconds as numbers too, and sends them as text", (alias) => {
  const read = (duration: unknown): unknown => {
    return asked(alias, { prompt: "Rain.", duration }).ready?.send["duration"] ?? null;
  };
  for (const legal of SECONDS) {
    expect(read(legal)).toBe(legal);
    expect(read(Number(legal))).toBe(legal);
  }
  const illegal = [2, 16, "2", "16", "05", " 5", "5.0", 5.5, -5, 0, "", true, [5], {}];
  expect(illegal.filter((duration) => read(duration) !== null)).toEqual([]);
});

const described = z.object({ properties: z.record(z.string(), z.unknown()) });

/** The schema of what is read, as JSON Schema without descriptions: types, options, ranges and defaults. */
function schemaOf(model: Model): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(model.input, { target: "draft-07", io: "output" });
  return described.parse(withoutWords(schema)).properties;
}

function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== "object" || value === null) return value;
  const words = new Set(["description", "required", "additionalProperties"]);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      words.has(key) ? [] : [[key, withoutWords(inner)]],
    ),
  );
}
