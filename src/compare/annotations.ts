import type { Diagnostic, Severity } from "../diagnostics/diagnostic.ts";
import { formatCount } from "../diagnostics/printable.ts";
import type { PlanGate } from "../plan/check-gates.ts";
import { makeAnnotation, makeWorkflowCommand } from "./diagnostics-github.ts";
import { describeGate } from "../report/gates.ts";

// GitHub shows at most this many errors and this many warnings of a step, and does not mention the rest.
const SHOWN = 10;

/** Writes the annotations that GitHub shows at the lines of a pull request: failed gates, then errors, then warnings. */
export function listAnnotations(
  diagnostics: readonly Diagnostic[],
  gates: readonly PlanGate[],
): string {
  const failed = gates.filter(({ passed }) => !passed);
  const told = (severity: Severity): readonly (() => string)[] =>
    diagnostics
      .filter((diagnostic) => diagnostic.severity === severity)
      .map((diagnostic) => () => makeAnnotation(diagnostic));
  const errors = [
    ...failed.map((gate) => () => makeWorkflowCommand("error", gate.name, describeGate(gate))),
    ...told("error"),
  ];
  return [...chooseAnnotations("error", errors), ...chooseAnnotations("warning", told("warning"))]
    .map((line) => `${line}\n`)
    .join("");
}

function chooseAnnotations(
  severity: Severity,
  lines: readonly (() => string)[],
): readonly string[] {
  if (lines.length <= SHOWN) return lines.map((line) => line());
  const first = lines.slice(0, SHOWN - 1).map((line) => line());
  const more = formatCount(lines.length - first.length, `more ${severity}`);
  return [
    ...first,
    makeWorkflowCommand(severity, "", `and ${more}: GitHub shows ${SHOWN} of a step`),
  ];
}

/**
 * Disarms the commands in text for a log. GitHub's runner obeys `::` at the start of a line and `##[` anywhere, on both
 * streams, and file names come from the pull request.
 */
export function disarmCommands(text: string): string {
  return text.replaceAll("##[", "##\\[").replace(/^([^\S\r\n]*)::/gm, "$1\\::");
}
