import { filled, formats, option, type OptionsOf } from "../cli/option-spec.ts";
import { COMMENT, FAIL_ON, PRICES } from "../cli/options.ts";

const SIDE = "a manifest or a saved plan; - reads standard input";

export const DIFF = {
  arguments: [
    ["<before>", SIDE],
    ["<after>", SIDE],
  ],
  options: [
    formats("table", "json", "md", "html", "github"),
    option("--exit-code", "exit with code 8 if they differ"),
    filled("--max-usd <usd>", "fail if the second costs more"),
    filled(
      "--max-increase <limit>",
      "fail if it costs more than the first by this share (10%) or amount (5)",
    ),
    FAIL_ON,
    COMMENT,
    PRICES,
  ],
} as const;
export type DiffOptions = OptionsOf<typeof DIFF.options>;
