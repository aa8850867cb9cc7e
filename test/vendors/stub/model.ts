import * as z from "zod";
import { duration, prompt } from "../../../src/catalogue/fields.ts";
import type { Family } from "../../../src/catalogue/model.ts";
import { perSecond } from "../../../src/catalogue/prices.ts";
import { onePrompt } from "../../../src/catalogue/rules/prompts.ts";
import { STUB } from "./facts.ts";

export const stubFamily: Family = {
  name: "Stub",
  vendor: STUB,
  models: [
    {
      alias: "stub-one",
      endpoint: "stub/one/text-to-video",
      title: "One, text to video",
      names: ["One"],
      input: z.strictObject({ prompt: prompt.optional(), duration: duration.default("5") }),
      rules: [onePrompt],
      prices: [perSecond("0.03", { seen: "2026-11-30", perUnit: "0.01" })],
      example: { prompt: "A kite." },
    },
  ],
};
