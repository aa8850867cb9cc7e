import * as z from "zod";
import { FAL } from "../../vendors/fal/facts.ts";
import { aspectRatio, duration, multiPrompt, prompt } from "../fields.ts";
import type { Family } from "../model.ts";
import { multiShot, onePrompt, promptLength } from "../rules/prompts.ts";
import { references } from "../rules/references.ts";

export const textToVideo = z.strictObject({
  prompt: prompt.optional(),
  multi_prompt: multiPrompt.optional(),
  aspect_ratio: aspectRatio.default("16:9"),
  duration: duration.default("5"),
});

export const klingV3Turbo: Family = {
  name: "Kling V3 Turbo",
  vendor: FAL,
  models: [
    {
      alias: "kling-v3-turbo-pro",
      endpoint: "fal-ai/kling-video/v3/turbo/pro/text-to-video",
      title: "V3 Turbo text to video, pro 1080p",
      input: textToVideo,
      rules: [
        onePrompt,
        promptLength({ advised: 2_500, most: 3_072, sure: "reported" }),
        multiShot({ count: "stated", total: "stated" }),
        references,
      ],
    },
  ],
};
