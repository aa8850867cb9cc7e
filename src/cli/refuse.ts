import type { Problem } from "../diagnostics/result.ts";
import { formatDiagnostics } from "../report/formats/diagnostics-text.ts";
import { EXIT } from "./exit-codes.ts";
import type { Shell } from "./shell.ts";

const EXIT_FOR: Readonly<Record<Problem["kind"], number>> = {
  wrong: EXIT.wrong,
  "over-budget": EXIT.overBudget,
  "not-approved": EXIT.notApproved,
  failed: EXIT.failed,
  declined: EXIT.notApproved,
  interrupted: EXIT.interrupted,
};

/** Prints why a command stops. Returns the exit code for the kind of problem. */
export function refuse(
  shell: Shell,
  problem: Problem | string,
  kindOfText: Problem["kind"] = "wrong",
): number {
  const { kind, message, details, diagnostics }: Problem =
    typeof problem === "string" ? { kind: kindOfText, message: problem } : problem;
  for (const line of details ?? []) shell.err(`  ${line}\n`);
  if (diagnostics !== undefined) shell.err(formatDiagnostics(diagnostics, shell.errScreen.colour));
  // A person who was asked and did not say yes has made no error.
  else if (kind === "declined" || kind === "interrupted") shell.err(`${message}.\n`);
  else shell.err(`error: ${message}\n`);
  return EXIT_FOR[kind];
}
