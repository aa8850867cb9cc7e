import * as z from "zod";
import { FAL } from "../../vendors/fal/facts.ts";
import { aspectRatio, duration, multiPrompt, prompt } from "../fields.ts";
import type { Family } from "../model.ts";
import { perSecond } from "../prices.ts";
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
      names: ["Turbo", "V3 Turbo", "Turbo Pro"],
      input: textToVideo,
      rules: [
        onePrompt,
        promptLength({ advised: 2_500, most: 3_072, sure: "reported" }),
        multiShot({ count: "stated", total: "stated" }),
        references,
      ],
      prices: [perSecond("0.14", { seen: "2026-10-01" })],
      example: {
        prompt:
          "A jazz saxophonist sways gently into the note, cheeks pressing, sweat glistening, smoke drifting through the warm light. The camera eases in slowly. Photorealistic, soulful, moody.",
        multi_prompt: null,
        aspect_ratio: "16:9",
        duration: "5",
      },
    },
  ],
};
