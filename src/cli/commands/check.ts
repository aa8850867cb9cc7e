import { type Diagnostic, hasErrors } from "../../diagnostics/diagnostic.ts";
import { formatCount } from "../../diagnostics/printable.ts";
import { makePlan } from "../../plan/make-plan.ts";
import { type Document, makeSentence } from "../../report/document.ts";
import { encodeCheck } from "../../report/plan-json.ts";
import { formatDiagnostics, formatSeverityCounts } from "../../report/formats/diagnostics-text.ts";
import { EXIT } from "../exit-codes.ts";
import { refuse } from "../refuse.ts";
import { loadManifests, loadPrices } from "../load.ts";
import { printOutput, render } from "../outputs.ts";
import type { Context } from "../wing.ts";
import type { CheckOptions } from "../options.ts";

export async function check(
  shell: Context,
  files: readonly string[],
  options: CheckOptions,
): Promise<number> {
  const github =
    options.format === "github" ? await shell.parts.runMode("github", "--format github") : null;
  if (github?.ok === false) return refuse(shell, github.problem);
  const manifests = await loadManifests(shell, files);
  const prices = await loadPrices(shell, options.prices, manifests);
  const { plan, diagnostics } = makePlan({ manifests, prices, only: [] });
  const told = options.quiet
    ? diagnostics.filter((diagnostic) => diagnostic.severity === "error")
    : diagnostics;
  const lines = plan?.lines.length ?? 0;
  if (options.format === "github") {
    shell.out(github?.value.annotations(told) ?? "");
    shell.err(`${summarizeCheck(told, lines)}\n`);
  } else if (options.format === "table") {
    // Without what draws tables: nothing is asked as often as this.
    shell.out(formatDiagnostics(told, shell.outScreen.colour));
    if (!hasErrors(told) && !options.quiet) shell.out(`${summarizeCheck(told, lines)}\n`);
  } else {
    printOutput(shell, await render(shell, options.format, makeCheckDocument(told, lines), null));
  }
  return hasErrors(diagnostics) ? EXIT.wrong : EXIT.done;
}

function makeCheckDocument(told: readonly Diagnostic[], lines: number): Document {
  return {
    title: null,
    what: "check",
    json: () => encodeCheck(told, lines),
    blocks: [{ is: "diagnostics", diagnostics: told }, makeSentence(summarizeCheck(told, lines))],
  };
}

function summarizeCheck(told: readonly Diagnostic[], lines: number): string {
  if (hasErrors(told)) return formatSeverityCounts(told);
  const found = told.length === 0 ? "no mistakes" : "no errors";
  return `${formatCount(lines, "line")}, ${found}.`;
}
