import { createColors } from "picocolors";
import { type Diagnostic, formatDiagnostic } from "../../diagnostics/diagnostic.ts";
import { formatCount, toPrintable } from "../../diagnostics/printable.ts";

// A wrongly generated manifest can have a hundred thousand mistakes; JSON has them all.
const MOST = 100;

/** Renders every diagnostic with its excerpt, then their number; empty for none. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], colour: boolean): string {
  if (diagnostics.length === 0) return "";
  const colours = createColors(colour);
  const shown = diagnostics.slice(0, MOST).map((diagnostic) => {
    const [first = "", ...rest] = formatDiagnostic(diagnostic).split("\n");
    const paint = diagnostic.severity === "error" ? colours.red : colours.yellow;
    const mark = `${diagnostic.severity}: `;
    return [first.replace(mark, paint(mark)), ...rest].join("\n");
  });
  const hidden = diagnostics.length - shown.length;
  const more = hidden === 0 ? [] : [`and ${hidden} more; --format json has them all`];
  const unreadable = diagnostics.some(
    ({ code, severity }) => code === "yaml" && severity === "error",
  );
  const later = unreadable
    ? ["If the YAML itself is wrong, other mistakes in that file are found once it is fixed."]
    : [];
  return `${[...shown, ...more, ...later, formatSeverityCounts(diagnostics)].join("\n\n")}\n`;
}

/** `2 errors, 1 warning`. */
export function formatSeverityCounts(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [
    ...(errors > 0 ? [formatCount(errors, "error")] : []),
    ...(warnings > 0 ? [formatCount(warnings, "warning")] : []),
  ];
  return parts.join(", ");
}

/** Renders a diagnostic on one line, without an excerpt: `shots.yaml:12:5: error: … (hint)`. */
export function explainBriefly({ severity, message, place, hint }: Diagnostic): string {
  const position = place?.source.findPosition(place.start);
  const where =
    place === null || position === undefined
      ? ""
      : `${toPrintable(place.source.name)}:${position.line}:${position.column}: `;
  return `${where}${severity}: ${message}${hint === null ? "" : ` (${hint})`}`;
}
