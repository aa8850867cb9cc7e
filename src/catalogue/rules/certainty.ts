/**
 * How sure a limit is: on the model's own page; reported by people who ran into it; or inferred, from
 * Kling's own API or from a sibling model. A person should know which before rewriting a shot for it.
 */
export type Certainty = "stated" | "reported" | "inferred";

/** The end of a sentence about a limit. */
export function certainty(sure: Certainty): string {
  switch (sure) {
    case "stated":
      return "";
    case "reported":
      return " (reported by users of fal, not on the model's page)";
    case "inferred":
      return " (inferred: the model's page does not say)";
  }
}
