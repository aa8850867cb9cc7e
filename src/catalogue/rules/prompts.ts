import { errorAt, warningAt } from "../../diagnostics/diagnostic.ts";
import { isMapping } from "../../diagnostics/mapping.ts";
import { formatCount } from "../../diagnostics/printable.ts";
import type { ModelInput } from "../fields.ts";
import type { Rule } from "../model.ts";

export const NO_PROMPT = "this shot has no prompt";

/** Every page asks for exactly one of prompt and multi_prompt, although its schema marks both as optional. */
export const onePrompt: Rule = {
  says: "exactly one of prompt and multi_prompt",
  *check({ input, written }) {
    if (written.has("prompt") && written.has("multi_prompt")) {
      const message = "a shot takes either prompt or multi_prompt, not both";
      yield errorAt(["multi_prompt"], "prompt", message, "remove one of them");
    }
    if (!written.has("prompt") && !written.has("multi_prompt")) {
      yield errorAt([], "prompt", NO_PROMPT, "add `prompt: …`, or `multi_prompt:` with several");
    }
    for (const { path, text } of listPrompts(input)) {
      if (text.trim() === "") yield errorAt(path, "prompt", "this prompt is empty");
    }
  },
};

/** Characters are counted as Unicode code points, as the vendor's Python side does; JavaScript's length would count an emoji twice. */
export function promptLength(limit: {
  readonly advised?: number;
  readonly most: number;
  readonly sure: Certainty;
}): Rule {
  const { advised, most, sure } = limit;
  const advice = advised === undefined ? "" : `, where the page advises at most ${advised}`;
  return {
    says: `prompts of at most ${most} characters${describeCertainty(sure)}${advice}; ${SHOT_PROMPT} for one of several shots${describeCertainty("inferred")}`,
    *check({ input }) {
      for (const field of ["prompt", "negative_prompt"] as const) {
        const length = countCodePoints(input[field] ?? "");
        const says = `${field} is ${length} characters long`;
        if (length > most) {
          const message = `${says}; at most ${most} are allowed${describeCertainty(sure)}`;
          yield errorAt([field], "limit", message);
        } else if (advised !== undefined && length > advised) {
          const message = `${says}; the model's page advises at most ${advised}`;
          yield warningAt([field], "limit", message);
        }
      }
      for (const [index, shot] of (input.multi_prompt ?? []).entries()) {
        const length = countCodePoints(shot.prompt);
        if (length <= SHOT_PROMPT) continue;
        const message = `this shot's prompt is ${length} characters long; Kling's own API takes ${SHOT_PROMPT}${describeCertainty("inferred")}`;
        yield warningAt(["multi_prompt", index, "prompt"], "limit", message);
      }
    },
  };
}

const SHOT_PROMPT = 512;

function countCodePoints(text: string): number {
  // Cheap for the usual prompt: a text can only have fewer code points than UTF-16 units.
  return text.length <= SHOT_PROMPT ? text.length : Array.from(text).length;
}

/** Lists every prompt of an input with its path. */
export function listPrompts(
  input: ModelInput,
): readonly { readonly path: readonly PropertyKey[]; readonly text: string }[] {
  const shots = (input.multi_prompt ?? []).map((shot, index) => ({
    path: ["multi_prompt", index, "prompt"],
    text: shot.prompt,
  }));
  return input.prompt === undefined ? shots : [{ path: ["prompt"], text: input.prompt }, ...shots];
}

/** A prompt, or one of several with the seconds of its part. */
interface PromptPart {
  readonly prompt: string;
  readonly seconds: string | null;
}

/** Reads the prompts of an input that nothing has checked, such as one from a ledger or a sheet. */
export function readPrompts(input: Readonly<Record<string, unknown>>): readonly PromptPart[] {
  const { prompt, multi_prompt: parts } = input;
  if (typeof prompt === "string") return [{ prompt, seconds: null }];
  return Array.isArray(parts) ? parts.map(readPart) : [];
}

function readPart(part: unknown): PromptPart {
  const { prompt, duration } = isMapping(part) ? part : {};
  return {
    prompt: typeof prompt === "string" ? prompt : "",
    seconds: typeof duration === "string" || typeof duration === "number" ? `${duration}` : null,
  };
}

/**
 * How sure a limit is: on the model's own page; reported by people who ran into it; or inferred, from
 * Kling's own API or from a sibling model. A person should know which before rewriting a shot for it.
 */
type Certainty = "stated" | "reported" | "inferred";

/** Ends a sentence about a limit with how sure it is. */
export function describeCertainty(sure: Certainty): string {
  switch (sure) {
    case "stated":
      return "";
    case "reported":
      return " (reported by users, not on the model's page)";
    case "inferred":
      return " (inferred: the model's page does not say)";
  }
}

const MOST_SHOTS = 6;
const SHORTEST = 3;
const LONGEST = 15;

/**
 * One to six shots whose seconds sum to 3–15. A `duration` beside them must be that sum: the
 * length is derived from the shots, and a bill for a contradiction is not known.
 */
export function multiShot(sure: { readonly count: Certainty; readonly total: Certainty }): Rule {
  return {
    says: `multi_prompt of 1 to ${MOST_SHOTS} shots${describeCertainty(sure.count)}, together at most ${LONGEST} s${describeCertainty(sure.total)} and at least ${SHORTEST} s${describeCertainty("inferred")}; a duration beside it must be their sum${describeCertainty("inferred")}`,
    *check({ input, written }) {
      const shots = input.multi_prompt;
      if (shots === undefined) return;
      const path = ["multi_prompt"];
      if (shots.length === 0 || shots.length > MOST_SHOTS) {
        const count = formatCount(shots.length, "shot");
        const message = `multi_prompt has ${count}; it takes 1 to ${MOST_SHOTS}${describeCertainty(sure.count)}`;
        yield errorAt(path, "limit", message);
      }
      const total = sumShotSeconds(shots);
      const parts = shots.map((shot) => shot.duration).join(" + ");
      // The parts of a list that is too long would fill the screen.
      const named = shots.length > 1 && shots.length <= MOST_SHOTS;
      const sum = named ? `${parts} = ${total} s` : `${total} s`;
      if (shots.length > 0 && (total < SHORTEST || total > LONGEST)) {
        const basis = total < SHORTEST ? "inferred" : sure.total;
        const message = `the shots sum to ${sum}; a video is ${SHORTEST} to ${LONGEST} s${describeCertainty(basis)}`;
        const hint = total > LONGEST ? "a shot without a duration counts 5 s" : null;
        yield errorAt(path, "limit", message, hint);
      }
      if (
        written.has("duration") &&
        input.duration !== undefined &&
        Number(input.duration) !== total
      ) {
        const message = `duration is ${input.duration} s, but the shots sum to ${sum}; they must agree${describeCertainty("inferred")}`;
        yield errorAt(["duration"], "limit", message, "remove duration: the sum is sent");
      }
      if (input.shot_type === "intelligent") {
        const message = `shot_type intelligent lets the model choose the cuts; what it does with multi_prompt is not known${describeCertainty("inferred")}`;
        yield warningAt(["shot_type"], "not-applied", message);
      }
    },
  };
}

export function sumShotSeconds(shots: readonly { readonly duration: string }[]): number {
  return shots.reduce((total, shot) => total + Number(shot.duration), 0);
}
