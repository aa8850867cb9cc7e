import { counted } from "../../diagnostics/printable.ts";
import type { Rule } from "../model.ts";
import { type Certainty, certainty } from "./certainty.ts";

const MOST_SHOTS = 6;
const SHORTEST = 3;
const LONGEST = 15;

/**
 * One to six shots whose seconds sum to 3–15. A `duration` beside them must be that sum: fal derives the
 * length from the shots, and a bill for a contradiction is not known.
 */
export function multiShot(sure: { readonly count: Certainty; readonly total: Certainty }): Rule {
  return {
    says: `multi_prompt of 1 to ${MOST_SHOTS} shots${certainty(sure.count)}, together at most ${LONGEST} s${certainty(sure.total)} and at least ${SHORTEST} s${certainty("inferred")}; a duration beside it must be their sum${certainty("inferred")}`,
    *check({ input, written }) {
      const shots = input.multi_prompt;
      if (shots === undefined) return;
      const path = ["multi_prompt"];
      if (shots.length === 0 || shots.length > MOST_SHOTS) {
        yield {
          code: "limit",
          severity: "error",
          message: `multi_prompt has ${counted(shots.length, "shot")}; it takes 1 to ${MOST_SHOTS}${certainty(sure.count)}`,
          path,
        };
      }
      const total = secondsOfShots(shots);
      const parts = shots.map((shot) => shot.duration).join(" + ");
      // Of a list that is too long anyway the parts would fill the screen.
      const named = shots.length > 1 && shots.length <= MOST_SHOTS;
      const sum = named ? `${parts} = ${total} s` : `${total} s`;
      if (shots.length > 0 && (total < SHORTEST || total > LONGEST)) {
        const basis = total < SHORTEST ? "inferred" : sure.total;
        yield {
          code: "limit",
          severity: "error",
          message: `the shots sum to ${sum}; a video is ${SHORTEST} to ${LONGEST} s${certainty(basis)}`,
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
          message: `duration is ${input.duration} s, but the shots sum to ${sum}; they must agree${certainty("inferred")}`,
          path: ["duration"],
          hint: "take duration out: the sum is sent",
        };
      }
      if (input.shot_type === "intelligent") {
        yield {
          code: "not-applied",
          severity: "warning",
          message: `shot_type intelligent lets the model choose the cuts; what it does with multi_prompt is not known${certainty("inferred")}`,
          path: ["shot_type"],
        };
      }
    },
  };
}

export function secondsOfShots(shots: readonly { readonly duration: string }[]): number {
  return shots.reduce((total, shot) => total + Number(shot.duration), 0);
}
