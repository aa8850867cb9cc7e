import { extname } from "node:path";
import { printable } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { diagnosticsText } from "../report/diagnostics-text.ts";
import type { Beside } from "../report/plan-markdown.ts";
import type { Screen } from "../report/plan-table.ts";
import { EXIT } from "./exit-codes.ts";
import { exitForFault, fileComplaint } from "./load.ts";
import type { Shell } from "./shell.ts";

export type Format = "table" | "json" | "csv" | "md" | "html";

export const EXTENSIONS: Readonly<Record<string, Format>> = {
  ".json": "json",
  ".csv": "csv",
  ".md": "md",
  ".html": "html",
  ".txt": "table",
};

/** A plan as far as it came, and what it was held against. */
export interface Planned {
  readonly made: MadePlan;
  readonly admitted: AdmittedPlan | null;
  readonly beside: Beside;
  /** What is to be told of its terms and approvals. */
  readonly said: readonly string[];
  /** That lines need an approval which they have not; null where none do. */
  readonly unapproved: string | null;
  /** The plan before, as a person names it; null for none. */
  readonly base: string | null;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** Each renderer is loaded for the format that needs it. */
export async function rendered(format: Format, planned: Planned, screen: Screen): Promise<string> {
  const { made, admitted, beside, base, now } = planned;
  switch (format) {
    case "json": {
      const { planJson } = await import("../report/plan-json.ts");
      return planJson(made, admitted, now, beside.gates);
    }
    case "md": {
      const { planMarkdown } = await import("../report/plan-markdown.ts");
      return planMarkdown(made, admitted, beside);
    }
    case "html": {
      const { planPage } = await import("../report/html/plan-page.ts");
      return planPage(made, admitted, { ...planned, ...beside, gates: beside.gates ?? [] });
    }
    case "csv": {
      // Half a table looks whole in a spreadsheet: a wrong manifest has none.
      if (admitted === null) return "";
      const { planCsv } = await import("../report/plan-csv.ts");
      return planCsv(admitted);
    }
    case "table": {
      if (admitted === null) return "";
      const { planTable } = await import("../report/plan-table.ts");
      const sheet = planTable(admitted, screen);
      if (beside.difference === null) return sheet;
      const { diffTable } = await import("../report/diff.ts");
      return `${sheet}\nAgainst ${printable(base ?? "")}:\n\n${diffTable(beside.difference, screen)}`;
    }
  }
}

// Excel takes a CSV file without it for the machine's own code page; a pipe to a script is better off without.
const BYTE_ORDER_MARK = "\ufeff";

/** Writes every `-o`; resolves to what a file that could not be written means for the exit code. */
export async function writeOutputs(
  shell: Shell,
  { output, quiet }: { readonly output: readonly string[]; readonly quiet?: true },
  planned: Planned,
): Promise<number> {
  let code: number = EXIT.done;
  for (const path of output) {
    if (planned.admitted === null) {
      shell.err(`${printable(path)} not written: the manifest has errors\n`);
      continue;
    }
    const format = EXTENSIONS[extname(path).toLowerCase()] ?? "json";
    // A saved plan is what is bought; what it was asked to pass once is no part of it.
    const saved =
      format === "json" ? { ...planned, beside: { ...planned.beside, gates: null } } : planned;
    const text = await rendered(format, saved, { width: Infinity, colour: false });
    const fault = await shell.write(path, format === "csv" ? BYTE_ORDER_MARK + text : text);
    if (fault === null) {
      if (quiet !== true) shell.err(`${printable(path)} written.\n`);
      continue;
    }
    if (code !== EXIT.failed) code = exitForFault(fault);
    shell.err(diagnosticsText([fileComplaint(path, fault, "write")], shell.errScreen.colour));
  }
  return code;
}
