import { filled, option, type OptionsOf, repeatable } from "../cli/option-spec.ts";

export const IMPORT = {
  arguments: [["<sheet>", "a .csv or .xlsx file; - is standard input"]],
  options: [
    filled("-o, --output <file>", "write the manifest to a file, with its schema beside it"),
    option("--replace", "over a file that is there"),
    repeatable(
      "--map <column=field>",
      "what a column is, such as Secs=duration; Column=- leaves it out (repeatable)",
    ),
    filled("--sheet <name>", "this sheet of a workbook, not the one that looks like shots"),
    filled("--campaign <name>", "the account that caps and purchases are counted in"),
    filled("--model <model>", "for shots that name none"),
    option("-q, --quiet", "errors only"),
  ],
} as const;
export type ImportOptions = OptionsOf<typeof IMPORT.options>;
