import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import type { Gate } from "../plan/gate.ts";
import { annotations, inert } from "./annotations.ts";
import { diagnosticsText } from "../report/diagnostics-text.ts";
import { commentBody, summaryPart } from "./pull-request.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { exitForFault, fileComplaint } from "../cli/load.ts";
import type { Shell } from "../cli/shell.ts";

/** What GitHub is told: complaints at their lines, and a page of Markdown. */
export interface Page {
  readonly diagnostics: readonly Diagnostic[];
  readonly gates: readonly Gate[];
  /** Empty where it could not be read. */
  readonly campaign: string;
  readonly markdown: string;
}

/** The same machine, of which nothing that is said can be a command to GitHub's runner. */
export function onRunner(shell: Shell): Shell {
  return { ...shell, err: (text) => shell.err(inert(text)) };
}

/**
 * Commands on standard output, the page in the job's summary and in the comment. Resolves to what a comment that
 * cannot be written means for the exit code; a summary is a courtesy.
 */
export async function tellGithub(
  shell: Shell,
  { diagnostics, gates, campaign, markdown }: Page,
  { comment, quiet }: { readonly comment?: string; readonly quiet?: true },
): Promise<number> {
  shell.out(annotations(diagnostics, gates));
  const { stepSummary } = shell;
  if (stepSummary !== null) {
    const fault = await shell.append(stepSummary, summaryPart(markdown));
    if (fault !== null) {
      const { message } = fileComplaint(stepSummary, fault, "write");
      shell.err(`warning: no summary of the job: ${message}\n`);
    }
  }
  if (comment === undefined) return EXIT.done;
  const fault = await shell.write(comment, commentBody(campaign, markdown));
  if (fault === null) {
    if (quiet !== true) shell.err(`${printable(comment)} written.\n`);
    return EXIT.done;
  }
  shell.err(diagnosticsText([fileComplaint(comment, fault, "write")], shell.errScreen.colour));
  return exitForFault(fault);
}
