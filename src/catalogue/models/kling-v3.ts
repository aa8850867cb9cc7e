import * as z from "zod";
import { FAL } from "../../vendors/fal/facts.ts";
import {
  aspectRatio,
  cfgScale,
  duration,
  generateAudio,
  multiPrompt,
  negativePrompt,
  prompt,
  shotType,
} from "../fields.ts";
import type { Family } from "../model.ts";
import { multiShot, onePrompt, promptLength } from "../rules/prompts.ts";
import { references } from "../rules/references.ts";

/** Audio is on unless switched off: the opposite of O3. */
export const textToVideo = z.strictObject({
  prompt: prompt.optional(),
  duration: duration.default("5"),
  multi_prompt: multiPrompt.optional(),
  generate_audio: generateAudio.default(true),
  shot_type: shotType.default("customize"),
  aspect_ratio: aspectRatio.default("16:9"),
  negative_prompt: negativePrompt.default("blur, distort, and low quality"),
  cfg_scale: cfgScale.default(0.5),
});

const rules = [
  onePrompt,
  promptLength({ most: 2_500, sure: "reported" }),
  multiShot({ count: "inferred", total: "inferred" }),
  references,
];

export const klingV3: Family = {
  name: "Kling V3",
  vendor: FAL,
  models: [
    {
      alias: "kling-v3-4k",
      endpoint: "fal-ai/kling-video/v3/4k/text-to-video",
      title: "V3 text to video, 4K",
      input: textToVideo,
      rules,
    },
    {
      alias: "kling-v3-pro",
      endpoint: "fal-ai/kling-video/v3/pro/text-to-video",
      title: "V3 text to video, pro",
      input: textToVideo,
      rules,
    },
  ],
};
