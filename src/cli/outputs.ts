import { extname } from "node:path";
import { guess } from "../diagnostics/nearest.ts";
import { printable } from "../diagnostics/printable.ts";
import type { Problem } from "../diagnostics/result.ts";
import type { PlanDiff } from "../plan/diff.ts";
import type { Block, Document } from "../report/document.ts";
import type { Planned } from "../report/plan-document.ts";
import { diagnosticsText } from "../report/diagnostics-text.ts";
import { EXIT } from "./exit-codes.ts";
import { exitForFault, fileComplaint } from "./load.ts";
import type { Shell } from "./shell.ts";
import type { Context, Format, Rendered, Reported, Target } from "./wing.ts";

export type OutputFormat = "table" | "json" | "csv" | "xlsx" | "md" | "html";

export const PLAN_ENDINGS: Readonly<Record<string, OutputFormat>> = {
  ".json": "json",
  ".csv": "csv",
  ".xlsx": "xlsx",
  ".md": "md",
  ".html": "html",
  ".txt": "table",
};

const { ".md": _, ...withoutMarkdown } = PLAN_ENDINGS;
export const REPORT_ENDINGS = withoutMarkdown;

/** Formats of the core; a wing brings every other. */
const CORE: ReadonlySet<string> = new Set(["table", "json", "md", "github"]);

/** Says which of the formats that are asked for is not in this build; null if all are. */
export async function missingFormat(
  { parts }: Context,
  document: keyof Format,
  format: string,
  paths: readonly string[],
): Promise<Problem | null> {
  for (const one of [format, ...paths.map(formatOf)]) {
    const renderer = CORE.has(one) ? null : await parts.renderer(one, document);
    if (renderer?.ok === false) return renderer.problem;
  }
  return null;
}

/** Each renderer is loaded for the format that needs it. `path` is null for standard output. */
export async function renderPlan(
  context: Context,
  format: OutputFormat,
  planned: Planned,
  path: string | null,
): Promise<Rendered> {
  const { made, admitted, beside, now } = planned;
  const target = targetOf(context, path);
  switch (format) {
    case "json": {
      const { planJson } = await import("../report/plan-json.ts");
      return planJson(made, admitted, now, beside.gates);
    }
    case "md":
      return await planMarkdown(planned);
    case "table": {
      const { text } = await import("../report/formats/text.ts");
      return text(await documentOf(planned), target.screen);
    }
    case "csv":
    case "xlsx":
    case "html":
      return await (
        await brought(context, format, "plan")
      )(planned, target);
  }
}

export async function planMarkdown(planned: Planned): Promise<string> {
  const { markdown } = await import("../report/formats/markdown.ts");
  return markdown(await documentOf(planned));
}

/** What not every plan has is loaded for a plan that has it. */
async function documentOf(planned: Planned): Promise<Document> {
  const { planDocument } = await import("../report/plan-document.ts");
  const { gates, difference } = planned.beside;
  return planDocument(planned, {
    gates: gates === null ? [] : (await import("../report/gates.ts")).gateBlocks(gates),
    difference: difference === null ? [] : await changesOf(difference),
  });
}

async function changesOf(difference: PlanDiff): Promise<readonly Block[]> {
  const { diffBlocks, FEW } = await import("../report/diff.ts");
  return diffBlocks(difference, FEW);
}

export async function renderReport(
  context: Context,
  format: OutputFormat,
  reported: Reported,
  path: string | null,
): Promise<Rendered> {
  const target = targetOf(context, path);
  switch (format) {
    case "json":
    case "table": {
      const { costReportJson, costReportTable } = await import("../report/cost-report-table.ts");
      return format === "json"
        ? costReportJson(reported.report)
        : costReportTable(reported.report, target.screen);
    }
    case "md":
    case "csv":
    case "xlsx":
    case "html":
      return await (
        await brought(context, format, "cost")
      )(reported, target);
  }
}

/** What a wing brings, once missingFormat() has found that one does. */
async function brought<Document extends keyof Format>(
  { parts }: Context,
  format: string,
  document: Document,
): Promise<NonNullable<Format[Document]>> {
  const renderer = await parts.renderer(format, document);
  if (!renderer.ok) throw new Error(renderer.problem.message);
  return renderer.value;
}

function targetOf(context: Context, path: string | null): Target {
  const screen = path === null ? context.outScreen : { width: Infinity, colour: false };
  return { path, screen, shell: context };
}

/** Prints a document on standard output. Returns the exit code. */
export function printOutput(shell: Shell, rendered: Rendered): number {
  if (typeof rendered === "string") shell.out(rendered);
  else if (rendered instanceof Uint8Array) shell.outBytes?.(rendered);
  else {
    shell.err(diagnosticsText([rendered], shell.errScreen.colour));
    return EXIT.failed;
  }
  return EXIT.done;
}

/** Writes every `-o`. Returns the exit code of what could not be written. */
export async function writeOutputs(
  shell: Shell,
  { output, quiet }: { readonly output: readonly string[]; readonly quiet?: true },
  render: (format: OutputFormat, path: string) => Promise<Rendered>,
): Promise<number> {
  let code: number = EXIT.done;
  for (const path of output) {
    const content = await render(formatOf(path), path);
    if (typeof content !== "string" && !(content instanceof Uint8Array)) {
      code = EXIT.failed;
      shell.err(`${printable(path)} not written\n`);
      shell.err(diagnosticsText([content], shell.errScreen.colour));
      continue;
    }
    const fault = await shell.write(path, content);
    if (fault === null) {
      if (quiet !== true) shell.err(`${printable(path)} written.\n`);
      continue;
    }
    if (code !== EXIT.failed) code = exitForFault(fault);
    shell.err(diagnosticsText([fileComplaint(path, fault, "write")], shell.errScreen.colour));
  }
  return code;
}

function formatOf(path: string): OutputFormat {
  return PLAN_ENDINGS[extname(path).toLowerCase()] ?? "json";
}

/** Says what is wrong with standard output, or with a file that `-o` names; null for nothing. */
export function outputMisuse(
  shell: Shell,
  { format, output }: { readonly format: string; readonly output: readonly string[] },
  endings: Readonly<Record<string, string>>,
): string | null {
  if (format === "xlsx" && shell.outBytes === null) {
    return "a workbook is no text for a terminal: write it with -o FILE.xlsx";
  }
  for (const path of output) {
    const ending = extname(path).toLowerCase();
    if (endings[ending] !== undefined) continue;
    return `-o ${printable(path)}: no format for ${ending === "" ? "a name without an ending" : ending}; ${guess(ending, Object.keys(endings))}`;
  }
  return null;
}
