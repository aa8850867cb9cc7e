import type { Diagnostic, Severity } from "../diagnostics/diagnostic.ts";

/** Writes workflow commands, so that GitHub shows each diagnostic at its line of the pull request. */
export function annotateAll(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${makeAnnotation(diagnostic)}\n`).join("");
}

export function makeAnnotation({ code, severity, message, place, hint }: Diagnostic): string {
  const position = place?.source.findPosition(place.start);
  const where =
    place === null || position === undefined
      ? []
      : [
          `file=${escapeProperty(place.source.name)}`,
          `line=${position.line}`,
          `col=${position.column}`,
        ];
  return makeWorkflowCommand(
    severity,
    code,
    hint === null ? message : `${message}\n${hint}`,
    where,
  );
}

/** Makes a workflow command. The properties in `where` are escaped already. */
export function makeWorkflowCommand(
  severity: Severity,
  about: string,
  text: string,
  where: readonly string[] = [],
): string {
  const title = `title=${escapeProperty(about === "" ? "topsheet" : `topsheet ${about}`)}`;
  return `::${severity} ${[...where, title].join(",")}::${escapeData(text)}`;
}

// GitHub's runner undoes these escapes. Without them a prompt could start a command of its own.
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
