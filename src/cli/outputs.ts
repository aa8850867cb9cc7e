import { extname } from "node:path";
import { suggest } from "../diagnostics/nearest.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import type { Problem } from "../diagnostics/result.ts";
import type { Document, Rendered } from "../report/document.ts";
import { FORMATS } from "../report/formats.ts";
import { diagnosticsText } from "../report/formats/diagnostics-text.ts";
import { EXIT } from "./exit-codes.ts";
import { exitForDiskFault, describeDiskFault } from "./load.ts";
import type { Shell } from "./shell.ts";
import type { Context } from "./wing.ts";

/** What `-o` takes: every format that has an ending. */
export const PLAN_ENDINGS: Readonly<Record<string, string>> = {
  ".json": "json",
  ".csv": "csv",
  ".xlsx": "xlsx",
  ".md": "md",
  ".html": "html",
  ...endings(),
};

const { ".md": _, ...withoutMarkdown } = PLAN_ENDINGS;
export const REPORT_ENDINGS = withoutMarkdown;

function endings(): Readonly<Record<string, string>> {
  const named = Object.entries(FORMATS);
  return Object.fromEntries(
    named.flatMap(([name, { ending }]) => (ending === undefined ? [] : [[ending, name]])),
  );
}

/** Says which of the formats that are asked for is not in this build; null if all are. */
export function missingFormat(
  { parts }: Context,
  format: string,
  paths: readonly string[],
): Problem | null {
  for (const one of [format, ...paths.map(formatOf)]) {
    const found = parts.format(one);
    if (!found.ok) return found.problem;
  }
  return null;
}

/** A document in one of the formats. `path` is null for standard output. */
export async function render(
  context: Context,
  format: string,
  document: Document,
  path: string | null,
): Promise<Rendered> {
  const found = context.parts.format(format);
  if (!found.ok) throw new Error(found.problem.message);
  const renderer = await found.value.load();
  const screen = path === null ? context.outScreen : { width: Infinity, colour: false };
  return await renderer(document, { path, screen, exists: (name) => context.exists(name) });
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
  rendered: (format: string, path: string) => Promise<Rendered>,
): Promise<number> {
  let code: number = EXIT.done;
  for (const path of output) {
    const content = await rendered(formatOf(path), path);
    if (typeof content !== "string" && !(content instanceof Uint8Array)) {
      code = EXIT.failed;
      shell.err(`${toPrintable(path)} not written\n`);
      shell.err(diagnosticsText([content], shell.errScreen.colour));
      continue;
    }
    const fault = await shell.write(path, content);
    if (fault === null) {
      if (quiet !== true) shell.err(`${toPrintable(path)} written.\n`);
      continue;
    }
    if (code !== EXIT.failed) code = exitForDiskFault(fault);
    shell.err(diagnosticsText([describeDiskFault(path, fault, "write")], shell.errScreen.colour));
  }
  return code;
}

function formatOf(path: string): string {
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
    return `-o ${toPrintable(path)}: no format for ${ending === "" ? "a name without an ending" : ending}; ${suggest(ending, Object.keys(endings))}`;
  }
  return null;
}
