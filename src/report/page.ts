import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { explainedBriefly } from "./diagnostics-text.ts";
import { text } from "./markdown.ts";

// What every page for a pull request is made of.

/** `## film: top sheet`; a campaign that could not be read has no name. */
export function pageTitle(campaign: string, what: string): string {
  return `## ${text(campaign === "" ? "topsheet" : campaign)}: ${what}`;
}

/** Every complaint on a line of a list; empty for none. */
export function complaintList(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `- ${text(explainedBriefly(diagnostic))}`).join("\n");
}

/** Why there is nothing to show. */
export function refusalPage(
  title: string,
  why: string,
  diagnostics: readonly Diagnostic[],
): string {
  return pageOf([title, `**${text(why)}**`, complaintList(diagnostics)]);
}

/** Parts under each other; an empty one is left out. */
export function pageOf(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
