import stringWidth from "string-width";
import type { Diagnostic, Place } from "./diagnostic.ts";
import { printable } from "./printable.ts";

// A caret far to the right of a 2,500-character prompt helps no one.
const WIDEST = 96;

/** `shots.yaml:12:5: error: …`, then the line with a caret under the place, then the hint. */
export function explained(diagnostic: Diagnostic): string {
  const { severity, message, hint, place } = diagnostic;
  const lines = [`${located(place)}${severity}: ${message}`];
  if (place !== null && place.source.text !== "") lines.push(...excerpt(place));
  if (hint !== null) lines.push(`  hint: ${hint}`);
  return lines.join("\n");
}

function located(place: Place | null): string {
  if (place === null) return "";
  const { line, column } = place.source.positionOf(place.start);
  return `${printable(place.source.name)}:${line}:${column}: `;
}

function excerpt(place: Place): readonly string[] {
  const { line, column } = place.source.positionOf(place.start);
  const characters = Array.from(place.source.line(line));
  const from = column > WIDEST - 16 ? column - 32 : 0;
  const before = characters
    .slice(from, column - 1)
    .map(visible)
    .join("");
  const marked = Math.max(
    1,
    Array.from(place.source.text.slice(place.start, place.end).split(/\r?\n/, 1)[0] ?? "").length,
  );
  const under = characters
    .slice(column - 1, Math.min(column - 1 + marked, from + WIDEST))
    .map(visible)
    .join("");
  const shown = characters
    .slice(from, from + WIDEST)
    .map(visible)
    .join("");
  const gutter = String(line).padStart(5);
  const lead = from > 0 ? "…" : "";
  const tail = characters.length > from + WIDEST ? "…" : "";
  const pad = " ".repeat(stringWidth(lead + before));
  return [
    `${gutter} | ${lead}${shown}${tail}`,
    `${" ".repeat(5)} | ${pad}${"^".repeat(Math.max(1, stringWidth(under)))}`,
  ];
}

// A tab is one column to a terminal only by luck; two blanks are two everywhere.
function visible(character: string): string {
  return character === "\t" ? "  " : printable(character);
}
