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
import { perSecond } from "../prices.ts";
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

// Recorded runs of O3 at 4K: 5 s are 5.0 units.
const prices = [perSecond("0.42", { seen: "2026-10-01", perUnit: "0.42" })];

export const klingO3: Family = {
  name: "Kling O3",
  vendor: FAL,
  models: [
    {
      alias: "kling-o3-4k",
      endpoint: "fal-ai/kling-video/o3/4k/text-to-video",
      title: "O3 text to video, 4K",
      names: [],
      input: textToVideo,
      rules,
      prices,
      example: {
        prompt:
          'A mecha lands on the ground to save the city, and says "I\'m here", in anime style',
        duration: "5",
        aspect_ratio: "16:9",
        generate_audio: true,
      },
    },
    {
      alias: "kling-o3-4k-reference",
      endpoint: "fal-ai/kling-video/o3/4k/reference-to-video",
      title: "O3 reference to video, 4K",
      names: ["Reference", "O3 Reference", "4K Reference"],
      input: referenceToVideo,
      rules: [...rules, elementSets, frames, fetchable],
      prices,
      // With the two elements that the page's example names and does not give.
      example: {
        prompt:
          "@Element1 and @Element2 enters the scene from two sides. Elephant starts to play with the ball",
        multi_prompt: null,
        start_image_url: "https://v3b.fal.media/files/b/rabbit/NaslJIC7F2WodS6DFZRRJ.png",
        end_image_url: "https://v3b.fal.media/files/b/tiger/BwHi22qoQnqaTNMMhe533.png",
        image_urls: null,
        elements: ["elephant", "ball"].map((name) => ({
          frontal_image_url: `https://cdn.example.com/${name}.png`,
          reference_image_urls: [`https://cdn.example.com/${name}-left.png`],
        })),
        duration: "8",
        shot_type: "customize",
        aspect_ratio: "16:9",
      },
    },
  ],
};
