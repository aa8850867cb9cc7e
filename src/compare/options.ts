import { filled, formats, option, type OptionsOf } from "../cli/option-spec.ts";
import { COMMENT, FAIL_ON, PRICES } from "../cli/options.ts";

const SIDE = "a manifest or a saved plan; - is standard input";

export const DIFF = {
  arguments: [
    ["<before>", SIDE],
    ["<after>", SIDE],
  ],
  options: [
    formats("table", "json", "md", "html", "github"),
    option("--exit-code", "leave with 8 when they differ"),
    filled("--max-usd <usd>", "fail where the second costs more"),
    filled("--max-increase <limit>", "fail where it costs 10%, or 5 dollars, more than the first"),
    FAIL_ON,
    COMMENT,
    PRICES,
  ],
} as const;
export type DiffOptions = OptionsOf<typeof DIFF.options>;
