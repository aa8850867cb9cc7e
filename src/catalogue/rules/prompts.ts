import type { Code, Finding, Severity } from "../../diagnostics/diagnostic.ts";
import type { ModelInput, Rule } from "../model.ts";
import { type Certainty, certainty } from "./certainty.ts";

function finding(
  severity: Severity,
  path: readonly PropertyKey[],
  message: string,
  hint?: string,
  code: Code = "prompt",
): Finding {
  return { code, severity, message, path, ...(hint === undefined ? {} : { hint }) };
}

export const NO_PROMPT = "this shot has no prompt";

/** Exactly one of prompt and multi_prompt: on every page, though every page's schema marks both optional. */
export const onePrompt: Rule = {
  says: "exactly one of prompt and multi_prompt",
  *check({ input, written }) {
    const both = written.has("prompt") && written.has("multi_prompt");
    if (both) {
      yield finding(
        "error",
        ["multi_prompt"],
        "a shot takes either prompt or multi_prompt, not both",
        "take one of them out",
      );
    }
    if (!written.has("prompt") && !written.has("multi_prompt")) {
      yield finding("error", [], NO_PROMPT, "add `prompt: …`, or `multi_prompt:` with several");
    }
    for (const { path, text } of promptsOf(input)) {
      if (text.trim() === "") yield finding("error", path, "this prompt is empty");
    }
  },
};

/** Characters are counted as Unicode code points, as fal's Python side does; JavaScript's length would count an emoji twice. */
export function promptLength(limit: {
  readonly advised?: number;
  readonly most: number;
  readonly sure: Certainty;
}): Rule {
  const { advised, most, sure } = limit;
  const advice = advised === undefined ? "" : `, where the page advises at most ${advised}`;
  return {
    says: `prompts of at most ${most} characters${certainty(sure)}${advice}; ${SHOT_PROMPT} for one of several shots${certainty("inferred")}`,
    *check({ input }) {
      for (const field of ["prompt", "negative_prompt"] as const) {
        const length = codePoints(input[field] ?? "");
        if (length > most) {
          yield finding(
            "error",
            [field],
            `${field} is ${length} characters long; at most ${most} are taken${certainty(sure)}`,
            undefined,
            "limit",
          );
        } else if (advised !== undefined && length > advised) {
          yield finding(
            "warning",
            [field],
            `${field} is ${length} characters long; the model's page advises at most ${advised}`,
            undefined,
            "limit",
          );
        }
      }
      for (const [index, shot] of (input.multi_prompt ?? []).entries()) {
        const length = codePoints(shot.prompt);
        if (length > SHOT_PROMPT) {
          yield finding(
            "warning",
            ["multi_prompt", index, "prompt"],
            `this shot's prompt is ${length} characters long; Kling's own API takes ${SHOT_PROMPT}${certainty("inferred")}`,
            undefined,
            "limit",
          );
        }
      }
    },
  };
}

const SHOT_PROMPT = 512;

function codePoints(text: string): number {
  // Cheap for the usual prompt: a text can only have fewer code points than UTF-16 units.
  return text.length <= SHOT_PROMPT ? text.length : Array.from(text).length;
}

/** Every prompt of an input with its path. */
export function promptsOf(
  input: ModelInput,
): readonly { readonly path: readonly PropertyKey[]; readonly text: string }[] {
  const shots = (input.multi_prompt ?? []).map((shot, index) => ({
    path: ["multi_prompt", index, "prompt"],
    text: shot.prompt,
  }));
  return input.prompt === undefined ? shots : [{ path: ["prompt"], text: input.prompt }, ...shots];
}
