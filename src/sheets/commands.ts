import { command } from "../cli/command.ts";
import type { Wing } from "../cli/wing.ts";
import { IMPORT } from "./options.ts";

// The wing of sheets: a document's tables as CSV (csv.ts) and workbooks (write-workbook.ts, formulas.ts), and `import`,
// which reads a file (read-sheets.ts) into grids of cells and makes a manifest of the one that looks like a shot list
// (shotlist/).

export const sheets: Wing = {
  commands: [
    command({
      name: "import",
      summary: "make a manifest from a shot list in a sheet",
      description:
        "Makes a manifest from a producer's shot list, and says what it guessed, what it left out, and what will not pass.",
      ...IMPORT,
      load: async () => (await import("./import-command.ts")).importSheet,
    }),
  ],
  formats: {
    csv: { load: async () => (await import("./csv.ts")).renderCsv },
    xlsx: { load: async () => (await import("./workbook.ts")).renderWorkbook },
  },
};
