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
import { perSecond } from "../prices.ts";
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

const example = {
  prompt:
    "Close-up of glowing fireflies dancing in a dark forest at twilight. Soft bioluminescent particles float through the air. Shallow depth of field, bokeh lights in background. Magical atmosphere, gentle movement.",
  duration: "5",
  multi_prompt: null,
  generate_audio: true,
  shot_type: "customize",
  aspect_ratio: "16:9",
  negative_prompt: "blur, distort, and low quality",
  cfg_scale: 0.5,
};

// The pro page gives no price. fal's pricing API is no source: its "per second" unit price of 0.14 is multiplied by
// billable units that are not seconds. Recorded runs: 5 s without audio are 4.0 units of 0.14, which is 5 × 0.112.
const pro = {
  source: "https://fal.ai/learn/tools/how-to-use-kling-3-0-pro",
  seen: "2026-06-14",
  note: "the model's own page gives no price; this one is from another page of fal's",
  perUnit: "0.14",
};

export const klingV3: Family = {
  name: "Kling V3",
  vendor: FAL,
  models: [
    {
      alias: "kling-v3-4k",
      endpoint: "fal-ai/kling-video/v3/4k/text-to-video",
      title: "V3 text to video, 4K",
      names: [],
      input: textToVideo,
      rules,
      prices: [perSecond("0.42", { seen: "2026-10-01" })],
      example,
    },
    {
      alias: "kling-v3-pro",
      endpoint: "fal-ai/kling-video/v3/pro/text-to-video",
      title: "V3 text to video, pro",
      names: [],
      input: textToVideo,
      rules,
      prices: [
        perSecond("0.112", { ...pro, when: { audio: false } }),
        perSecond("0.168", { ...pro, when: { audio: true } }),
      ],
      example,
    },
  ],
};
