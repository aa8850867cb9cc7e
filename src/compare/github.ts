import { toPrintable } from "../diagnostics/printable.ts";
import { listAnnotations, disarmCommands } from "./annotations.ts";
import { renderMarkdown } from "../report/formats/markdown.ts";
import { makeCommentBody, makeSummaryPart } from "./pull-request.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import { describeDiskFault, makeDiskProblem } from "../cli/load.ts";
import type { Shell } from "../cli/shell.ts";
import type { GitHub, GitHubPage } from "../cli/wing.ts";
import { annotateAll } from "./diagnostics-github.ts";

/** Returns the same machine, with a standard error that cannot give commands to GitHub's runner. */
export function guardRunner<Machine extends Shell>(shell: Machine): Machine {
  return { ...shell, err: (text) => shell.err(disarmCommands(text)) };
}

/**
 * Prints annotations on standard output, and writes the page to the job's summary and to the comment. Returns the exit
 * code; a summary that cannot be written is only a warning.
 */
export async function tellGitHub(
  shell: Shell,
  { diagnostics, gates, campaign, document }: GitHubPage,
  { comment, quiet }: { readonly comment?: string; readonly quiet?: true },
): Promise<number> {
  const page = renderMarkdown(document);
  shell.out(listAnnotations(diagnostics, gates));
  const { stepSummary } = shell;
  if (stepSummary !== null) {
    const fault = await shell.append(stepSummary, makeSummaryPart(page));
    if (fault !== null) {
      const { message } = describeDiskFault(stepSummary, fault, "write");
      shell.err(`warning: no summary of the job: ${message}\n`);
    }
  }
  if (comment === undefined) return EXIT.done;
  const fault = await shell.write(comment, makeCommentBody(campaign, page));
  if (fault === null) {
    if (quiet !== true) shell.err(`${toPrintable(comment)} written.\n`);
    return EXIT.done;
  }
  return refuse(shell, makeDiskProblem(comment, fault, "write"));
}

export const GITHUB: GitHub = { onRunner: guardRunner, annotations: annotateAll, tell: tellGitHub };
