import type { Diagnostic, Severity } from "../diagnostics/diagnostic.ts";

/** Workflow commands: GitHub shows each complaint at its line of the pull request. */
export function diagnosticsGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${annotation(diagnostic)}\n`).join("");
}

export function annotation({ code, severity, message, place, hint }: Diagnostic): string {
  const position = place?.source.positionOf(place.start);
  const where =
    place === null || position === undefined
      ? []
      : [`file=${property(place.source.name)}`, `line=${position.line}`, `col=${position.column}`];
  return complaint(severity, code, hint === null ? message : `${message}\n${hint}`, where);
}

/** A workflow command of its own line; `where` are properties already escaped. */
export function complaint(
  severity: Severity,
  about: string,
  text: string,
  where: readonly string[] = [],
): string {
  const title = `title=${property(about === "" ? "topsheet" : `topsheet ${about}`)}`;
  return `::${severity} ${[...where, title].join(",")}::${data(text)}`;
}

// The escapes that GitHub's runner undoes; without them a prompt could start a command of its own.
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
