import { expect, test } from "vitest";
import { run, start, V3_PRO } from "./call-simulator.ts";

const kling = (path: string): string => `fal-ai/kling-video/${path}`;
const TURBO = kling("v3/turbo/pro/text-to-video");
const V3_IMAGE = kling("v3/4k/image-to-video");
const O3_TEXT = kling("o3/4k/text-to-video");
const O3_REFERENCE = kling("o3/4k/reference-to-video");
const prompt = "a lighthouse";
const image = "https://example.org/a.png";
const shots = (...durations: readonly string[]) =>
  durations.map((duration) => ({ prompt, duration }));
const still = { frontal_image_url: image, reference_image_urls: [image] };
const filmed = { video_url: "https://example.org/a.mp4" };

test.for<[endpoint: string, input: unknown]>([
  // These are the full examples of the pages.
  [
    V3_PRO,
    {
      prompt,
      duration: "5",
      multi_prompt: null,
      generate_audio: true,
      shot_type: "customize",
      aspect_ratio: "16:9",
      negative_prompt: "blur, distort, and low quality",
      cfg_scale: 0.5,
    },
  ],
  [
    O3_REFERENCE,
    {
      prompt,
      multi_prompt: null,
      start_image_url: image,
      end_image_url: image,
      image_urls: null,
      elements: null,
      duration: "8",
      shot_type: "customize",
      aspect_ratio: "16:9",
    },
  ],
  [TURBO, { prompt, multi_prompt: null, aspect_ratio: "16:9", duration: "5" }],
  [O3_TEXT, { multi_prompt: shots("4", "4", "3") }],
  [V3_PRO, { prompt: "🎬".repeat(2_500) }],
  [TURBO, { prompt: "x".repeat(3_072) }],
  [V3_PRO, { prompt, cfg_scale: 0, unheard_of: 1 }],
  [O3_REFERENCE, { prompt, elements: [still, filmed], image_urls: [image, image] }],
  [V3_IMAGE, { prompt, start_image_url: "data:image/png;base64,AA==" }],
])("%s accepts %j", async ([endpoint, input]) => {
  const { result } = await run(await start(), input, endpoint);
  expect([result.status, result.text]).toEqual([200, expect.stringContaining("output.mp4")]);
});

test.for<[endpoint: string, input: unknown, path: string, type: string]>([
  [V3_PRO, {}, "body.prompt", "missing"],
  [V3_PRO, { input: { prompt } }, "body.prompt", "missing"],
  [V3_PRO, [], "body", "dict_type"],
  [V3_PRO, { prompt: "" }, "body.prompt", "missing"],
  [V3_PRO, { prompt: 7 }, "body.prompt", "string_type"],
  [V3_PRO, { prompt, multi_prompt: shots("5") }, "body.prompt", "value_error"],
  [V3_PRO, { prompt: "x".repeat(2_501) }, "body.prompt", "sequence_too_long"],
  [
    V3_PRO,
    { prompt, negative_prompt: "x".repeat(2_501) },
    "body.negative_prompt",
    "sequence_too_long",
  ],
  [TURBO, { prompt: "x".repeat(3_073) }, "body.prompt", "sequence_too_long"],
  [V3_PRO, { prompt, duration: 5 }, "body.duration", "literal_error"],
  [V3_PRO, { prompt, duration: "2" }, "body.duration", "literal_error"],
  [V3_PRO, { prompt, duration: "16" }, "body.duration", "literal_error"],
  [V3_PRO, { prompt, aspect_ratio: "4:3" }, "body.aspect_ratio", "literal_error"],
  [V3_PRO, { prompt, shot_type: "random" }, "body.shot_type", "literal_error"],
  [V3_PRO, { prompt, generate_audio: "yes" }, "body.generate_audio", "bool_type"],
  [V3_PRO, { prompt, cfg_scale: 1.1 }, "body.cfg_scale", "less_than_equal"],
  [V3_PRO, { prompt, cfg_scale: -0.1 }, "body.cfg_scale", "greater_than_equal"],
  [V3_PRO, { multi_prompt: "two shots" }, "body.multi_prompt", "list_type"],
  [V3_PRO, { multi_prompt: [{ duration: "5" }] }, "body.multi_prompt.0.prompt", "missing"],
  [V3_PRO, { multi_prompt: shots("5", "0") }, "body.multi_prompt.1.duration", "literal_error"],
  [
    TURBO,
    { multi_prompt: shots("2", "2", "2", "2", "2", "2", "2") },
    "body.multi_prompt",
    "value_error",
  ],
  [TURBO, { multi_prompt: shots("8", "8") }, "body.multi_prompt", "value_error"],
  [TURBO, { multi_prompt: shots("2") }, "body.multi_prompt", "value_error"],
  [TURBO, { multi_prompt: [] }, "body.multi_prompt", "value_error"],
  [V3_IMAGE, { prompt }, "body.start_image_url", "missing"],
  [kling("o3/pro/image-to-video"), { prompt }, "body.image_url", "missing"],
  [V3_IMAGE, { prompt, start_image_url: "a.png" }, "body.start_image_url", "file_download_error"],
  [
    O3_REFERENCE,
    { prompt, elements: [{ frontal_image_url: image }] },
    "body.elements.0",
    "value_error",
  ],
  [O3_REFERENCE, { prompt, elements: [{ ...still, ...filmed }] }, "body.elements.0", "value_error"],
  [O3_REFERENCE, { prompt, elements: [{}] }, "body.elements.0", "value_error"],
  [O3_REFERENCE, { prompt, elements: [filmed, filmed] }, "body.elements", "value_error"],
  [
    O3_REFERENCE,
    { prompt, elements: [filmed], image_urls: [image, image, image, image] },
    "body.elements",
    "sequence_too_long",
  ],
  [
    O3_REFERENCE,
    { prompt, elements: [still, still], image_urls: Array.from({ length: 6 }, () => image) },
    "body.elements",
    "sequence_too_long",
  ],
])(
  "%s accepts the POST of %j, and refuses it at run time",
  async ([endpoint, input, path, type]) => {
    const simulator = await start();
    const { submitted, status, result } = await run(simulator, input, endpoint);
    expect(submitted.status).toBe(200);
    expect(status.json["status"]).toBe("COMPLETED");
    expect(status.json).not.toHaveProperty("error");
    expect(result.status).toBe(422);
    expect(result.headers.get("x-fal-billable-units")).toBe("0");
    const { detail } = result.json;
    expect(Array.isArray(detail) ? detail[0] : detail).toMatchObject({
      loc: path.split(".").map((step) => (/^\d$/.test(step) ? Number(step) : step)),
      msg: expect.any(String),
      type,
      url: `https://docs.fal.ai/errors#${type}`,
      input: expect.anything(),
    });
    expect(simulator.jobs[0]).toMatchObject({ outcome: "invalid", units: "0", dollars: "0.00" });
  },
);
