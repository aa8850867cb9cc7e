import type { Rule } from "../model.ts";
import { certainty } from "./certainty.ts";

/** First and last frames: an end needs a start, and neither sits easily with a ratio or with several shots. */
export const frames: Rule = {
  says: `end_image_url needs start_image_url${certainty("inferred")}`,
  *check({ written }) {
    const start = written.has("start_image_url");
    const end = written.has("end_image_url");
    if (end && !start) {
      yield {
        code: "required",
        severity: "error",
        message: `end_image_url needs a start_image_url${certainty("inferred")}`,
        path: ["end_image_url"],
      };
    }
    if (start && written.has("aspect_ratio")) {
      yield {
        code: "not-applied",
        severity: "warning",
        message: `the frame probably takes its ratio from start_image_url, not from aspect_ratio${certainty("inferred")}`,
        path: ["aspect_ratio"],
      };
    }
    if (end && written.has("multi_prompt")) {
      yield {
        code: "not-applied",
        severity: "warning",
        message: `end_image_url is probably not used with multi_prompt${certainty("inferred")}`,
        path: ["end_image_url"],
      };
    }
  },
};
