import * as z from "zod";
import { FAL } from "../../vendors/fal/facts.ts";
import {
  anyShotType,
  aspectRatio,
  duration,
  elements,
  generateAudio,
  imageUrl,
  imageUrls,
  multiPrompt,
  prompt,
} from "../fields.ts";
import type { Family } from "../model.ts";
import { multiShot, onePrompt, promptLength } from "../rules/prompts.ts";
import { elementSets, fetchable, frames, references } from "../rules/references.ts";

/** Audio is off unless switched on: the opposite of V3. */
export const textToVideo = z.strictObject({
  prompt: prompt.optional(),
  multi_prompt: multiPrompt.optional(),
  duration: duration.default("5"),
  aspect_ratio: aspectRatio.default("16:9"),
  generate_audio: generateAudio.default(false),
  shot_type: anyShotType.default("customize"),
});

export const referenceToVideo = z.strictObject({
  prompt: prompt.optional(),
  multi_prompt: multiPrompt.optional(),
  start_image_url: imageUrl.describe("The first frame of the video.").optional(),
  end_image_url: imageUrl.describe("The last frame of the video.").optional(),
  image_urls: imageUrls.optional(),
  elements: elements.optional(),
  generate_audio: generateAudio.default(false),
  duration: duration.default("5"),
  shot_type: anyShotType.default("customize"),
  aspect_ratio: aspectRatio.default("16:9"),
});

const rules = [
  onePrompt,
  promptLength({ most: 2_500, sure: "reported" }),
  multiShot({ count: "inferred", total: "inferred" }),
  references,
];

export const klingO3: Family = {
  name: "Kling O3",
  vendor: FAL,
  models: [
    {
      alias: "kling-o3-4k",
      endpoint: "fal-ai/kling-video/o3/4k/text-to-video",
      title: "O3 text to video, 4K",
      input: textToVideo,
      rules,
    },
    {
      alias: "kling-o3-4k-reference",
      endpoint: "fal-ai/kling-video/o3/4k/reference-to-video",
      title: "O3 reference to video, 4K",
      input: referenceToVideo,
      rules: [...rules, elementSets, frames, fetchable],
    },
  ],
};
