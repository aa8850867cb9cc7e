import type { Code, Finding, Severity } from "../../diagnostics/diagnostic.ts";
import { formatCount } from "../../diagnostics/printable.ts";
import type { ModelInput } from "../fields.ts";
import type { Rule } from "../model.ts";

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
    for (const { path, text } of listPrompts(input)) {
      if (text.trim() === "") yield finding("error", path, "this prompt is empty");
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
    says: `prompts of at most ${most} characters${certaintyNote(sure)}${advice}; ${SHOT_PROMPT} for one of several shots${certaintyNote("inferred")}`,
    *check({ input }) {
      for (const field of ["prompt", "negative_prompt"] as const) {
        const length = countCodePoints(input[field] ?? "");
        if (length > most) {
          yield finding(
            "error",
            [field],
            `${field} is ${length} characters long; at most ${most} are taken${certaintyNote(sure)}`,
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
        const length = countCodePoints(shot.prompt);
        if (length > SHOT_PROMPT) {
          yield finding(
            "warning",
            ["multi_prompt", index, "prompt"],
            `this shot's prompt is ${length} characters long; Kling's own API takes ${SHOT_PROMPT}${certaintyNote("inferred")}`,
            undefined,
            "limit",
          );
        }
      }
    },
  };
}

const SHOT_PROMPT = 512;

function countCodePoints(text: string): number {
  // Cheap for the usual prompt: a text can only have fewer code points than UTF-16 units.
  return text.length <= SHOT_PROMPT ? text.length : Array.from(text).length;
}

/** Every prompt of an input with its path. */
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
  const { prompt, duration }: { prompt?: unknown; duration?: unknown } =
    typeof part === "object" && part !== null ? { ...part } : {};
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

/** The end of a sentence about a limit. */
export function certaintyNote(sure: Certainty): string {
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
    says: `multi_prompt of 1 to ${MOST_SHOTS} shots${certaintyNote(sure.count)}, together at most ${LONGEST} s${certaintyNote(sure.total)} and at least ${SHORTEST} s${certaintyNote("inferred")}; a duration beside it must be their sum${certaintyNote("inferred")}`,
    *check({ input, written }) {
      const shots = input.multi_prompt;
      if (shots === undefined) return;
      const path = ["multi_prompt"];
      if (shots.length === 0 || shots.length > MOST_SHOTS) {
        yield {
          code: "limit",
          severity: "error",
          message: `multi_prompt has ${formatCount(shots.length, "shot")}; it takes 1 to ${MOST_SHOTS}${certaintyNote(sure.count)}`,
          path,
        };
      }
      const total = sumShotSeconds(shots);
      const parts = shots.map((shot) => shot.duration).join(" + ");
      // Of a list that is too long anyway the parts would fill the screen.
      const named = shots.length > 1 && shots.length <= MOST_SHOTS;
      const sum = named ? `${parts} = ${total} s` : `${total} s`;
      if (shots.length > 0 && (total < SHORTEST || total > LONGEST)) {
        const basis = total < SHORTEST ? "inferred" : sure.total;
        yield {
          code: "limit",
          severity: "error",
          message: `the shots sum to ${sum}; a video is ${SHORTEST} to ${LONGEST} s${certaintyNote(basis)}`,
          path,
          ...(total > LONGEST ? { hint: "a shot without a duration counts 5 s" } : {}),
        };
      }
      if (
        written.has("duration") &&
        input.duration !== undefined &&
        Number(input.duration) !== total
      ) {
        yield {
          code: "limit",
          severity: "error",
          message: `duration is ${input.duration} s, but the shots sum to ${sum}; they must agree${certaintyNote("inferred")}`,
          path: ["duration"],
          hint: "take duration out: the sum is sent",
        };
      }
      if (input.shot_type === "intelligent") {
        yield {
          code: "not-applied",
          severity: "warning",
          message: `shot_type intelligent lets the model choose the cuts; what it does with multi_prompt is not known${certaintyNote("inferred")}`,
          path: ["shot_type"],
        };
      }
    },
  };
}

export function sumShotSeconds(shots: readonly { readonly duration: string }[]): number {
  return shots.reduce((total, shot) => total + Number(shot.duration), 0);
}
