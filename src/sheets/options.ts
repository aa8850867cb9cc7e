import { filled, option, type OptionsOf, repeatable } from "../cli/option-spec.ts";

export const IMPORT = {
  arguments: [["<sheet>", "a .csv or .xlsx file; - is standard input"]],
  options: [
    filled("-o, --output <file>", "write the manifest to a file, with its schema beside it"),
    option("--replace", "replace a file that exists"),
    repeatable(
      "--map <column=field>",
      "what a column is, such as Secs=duration; Column=- leaves it out (repeatable)",
    ),
    filled("--sheet <name>", "sheet of the workbook (default: the one that looks most like shots)"),
    filled("--campaign <name>", "campaign to which caps and purchases belong"),
    filled("--model <model>", "model of shots that name none"),
    option("-q, --quiet", "errors only"),
  ],
} as const;
export type ImportOptions = OptionsOf<typeof IMPORT.options>;
