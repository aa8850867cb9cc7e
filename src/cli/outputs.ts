import { extname } from "node:path";
import { suggest } from "../diagnostics/suggest.ts";
import { toPrintable } from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import type { Document, Rendered } from "../report/document.ts";
import { FORMATS } from "../report/formats.ts";
import { formatDiagnostics } from "../report/formats/diagnostics-text.ts";
import { EXIT } from "./exit-codes.ts";
import { refuse } from "./refuse.ts";
import { makeDiskProblem } from "./load.ts";
import type { Shell } from "./shell.ts";
import type { Context } from "./wing.ts";

/**
 * The formats that `-o` writes, by the ending of the file, in the order in which messages list them. The endings of the
 * wings' formats stand here, so that a build without the wing answers "not in this build".
 */
export const PLAN_ENDINGS: Readonly<Record<string, string>> = {
  ".json": "json",
  ".csv": "csv",
  ".xlsx": "xlsx",
  ".md": "md",
  ".html": "html",
  ...Object.fromEntries(Object.entries(FORMATS).map(([name, { ending }]) => [ending, name])),
};

const { ".md": _, ...withoutMarkdown } = PLAN_ENDINGS;
export const REPORT_ENDINGS = withoutMarkdown;

/** Refuses a format that is not in this build. */
export function checkFormats(
  { parts }: Context,
  format: string,
  paths: readonly string[],
): Result<null> {
  for (const one of [format, ...paths.map(chooseFormat)]) {
    const found = parts.format(one);
    if (!found.ok) return found;
  }
  return ok(null);
}

/** Renders a document in a format. `path` is null for standard output. */
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
    shell.err(formatDiagnostics([rendered], shell.errScreen.colour));
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
    const content = await rendered(chooseFormat(path), path);
    if (typeof content !== "string" && !(content instanceof Uint8Array)) {
      code = EXIT.failed;
      shell.err(`${toPrintable(path)} not written\n`);
      shell.err(formatDiagnostics([content], shell.errScreen.colour));
      continue;
    }
    const fault = await shell.write(path, content);
    if (fault === null) {
      if (quiet !== true) shell.err(`${toPrintable(path)} written.\n`);
      continue;
    }
    const exit = refuse(shell, makeDiskProblem(path, fault, "write"));
    if (code !== EXIT.failed) code = exit;
  }
  return code;
}

function chooseFormat(path: string): string {
  return PLAN_ENDINGS[extname(path).toLowerCase()] ?? "json";
}

/** Refuses a workbook on a terminal, and a file whose ending names no format. */
export function checkOutputs(
  shell: Shell,
  { format, output }: { readonly format: string; readonly output: readonly string[] },
  endings: Readonly<Record<string, string>>,
): Result<null> {
  if (format === "xlsx" && shell.outBytes === null) {
    return refused("a workbook is no text for a terminal: write it with -o FILE.xlsx");
  }
  for (const path of output) {
    const ending = extname(path).toLowerCase();
    if (endings[ending] !== undefined) continue;
    const named = ending === "" ? "a name without an ending" : ending;
    return refused(
      `-o ${toPrintable(path)}: no format for ${named}; ${suggest(ending, Object.keys(endings))}`,
    );
  }
  return ok(null);
}
