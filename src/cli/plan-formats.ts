import { extname } from "node:path";
import { type Diagnostic, error } from "../diagnostics/diagnostic.ts";
import { guess } from "../diagnostics/nearest.ts";
import { printable } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { diagnosticsText } from "../report/diagnostics-text.ts";
import type { Beside } from "../report/plan-markdown.ts";
import type { Screen } from "../report/plan-table.ts";
import { EXIT } from "./exit-codes.ts";
import { exitForFault, fileComplaint } from "./load.ts";
import type { Shell } from "./shell.ts";

type TextFormat = "table" | "json" | "csv" | "md" | "html";
export type Format = TextFormat | "xlsx";

export const EXTENSIONS: Readonly<Record<string, Format>> = {
  ".json": "json",
  ".csv": "csv",
  ".xlsx": "xlsx",
  ".md": "md",
  ".html": "html",
  ".txt": "table",
};

/** CSV holds one table: a file with this ending has the caps, any other the lines. */
const CAPS_ENDING = /\.caps\.csv$/i;

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
export async function rendered(
  format: TextFormat,
  planned: Planned,
  screen: Screen,
): Promise<string> {
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
      const { planPage } = await import("../pages/plan-page.ts");
      return planPage(made, admitted, { ...planned, ...beside, gates: beside.gates ?? [] });
    }
    case "csv": {
      // Half a table looks whole in a spreadsheet: a wrong manifest has none.
      if (admitted === null) return "";
      const { planCsv } = await import("../sheets/plan-csv.ts");
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

/** The plan as a workbook; none of a wrong manifest. */
export async function renderedWorkbook({
  admitted,
  now,
}: Planned): Promise<Uint8Array | Diagnostic | null> {
  if (admitted === null) return null;
  const { planWorkbook } = await import("../sheets/plan-workbook.ts");
  const { writeWorkbook } = await import("../sheets/write-workbook.ts");
  const written = await writeWorkbook(planWorkbook(admitted, now));
  if (written instanceof Uint8Array) return written;
  const { sheet, row, column } = written;
  const message = `row ${row} of ${sheet}, column ${column}: no cell of a workbook holds a text that long`;
  return error("file", message, null, "csv and json have no such limit");
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
    const content = await contentOf(path, format, saved);
    if (isComplaint(content)) {
      code = EXIT.failed;
      shell.err(`${printable(path)} not written\n`);
      shell.err(diagnosticsText([content], shell.errScreen.colour));
      continue;
    }
    const fault = await shell.write(path, content ?? "");
    if (fault === null) {
      if (quiet !== true) shell.err(`${printable(path)} written.\n`);
      continue;
    }
    if (code !== EXIT.failed) code = exitForFault(fault);
    shell.err(diagnosticsText([fileComplaint(path, fault, "write")], shell.errScreen.colour));
  }
  return code;
}

async function contentOf(
  path: string,
  format: Format,
  planned: Planned,
): Promise<string | Uint8Array | Diagnostic | null> {
  if (format === "xlsx") return await renderedWorkbook(planned);
  if (CAPS_ENDING.test(path) && planned.admitted !== null) {
    const { capsCsv } = await import("../sheets/plan-csv.ts");
    return BYTE_ORDER_MARK + capsCsv(planned.admitted);
  }
  const text = await rendered(format, planned, { width: Infinity, colour: false });
  return format === "csv" ? BYTE_ORDER_MARK + text : text;
}

function isComplaint(content: string | Uint8Array | Diagnostic | null): content is Diagnostic {
  return content !== null && typeof content === "object" && "severity" in content;
}

/** What is wrong with the names that -o was given: the first whose ending says no format; null for nothing. */
export function unknownEnding(
  paths: readonly string[],
  formats: Readonly<Record<string, string>>,
): string | null {
  for (const path of paths) {
    const ending = extname(path).toLowerCase();
    if (formats[ending] !== undefined) continue;
    return `-o ${printable(path)}: no format for ${ending === "" ? "a name without an ending" : ending}; ${guess(ending, Object.keys(formats))}`;
  }
  return null;
}
