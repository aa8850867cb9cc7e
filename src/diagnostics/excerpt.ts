import stringWidth from "string-width";
import type { Diagnostic, Place } from "./diagnostic.ts";
import { printable } from "./printable.ts";

// A caret far to the right of a 2,500-character prompt helps no one; lengths in UTF-16 units.
const BEFORE = 64;
const LEAD = 24;
const SHOWN = 96;

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

function excerpt({ source, start, end }: Place): readonly string[] {
  const { text } = source;
  const line = source.lineOf(start);
  const from = source.startOf(line);
  const until = source.startOf(line + 1);
  const first = start - from > BEFORE ? start - LEAD : from;
  // Cut before it is looked at: a line can be megabytes long.
  const last = Math.min(until, first + SHOWN);
  const before = visible(text.slice(first, start));
  const shown = visible(text.slice(first, last).replace(/\r?\n$/, ""));
  const marked = visible(text.slice(start, Math.min(end, last)).split(/\r?\n/, 1)[0] ?? "");
  const lead = first > from ? "…" : "";
  const tail = last < until ? "…" : "";
  const gutter = String(line).padStart(5);
  return [
    `${gutter} | ${lead}${shown}${tail}`,
    `${" ".repeat(5)} | ${" ".repeat(stringWidth(lead + before))}${"^".repeat(Math.max(1, stringWidth(marked)))}`,
  ];
}

// A tab is one column to a terminal only by luck; two blanks are two everywhere.
function visible(text: string): string {
  return printable(text.replaceAll("\t", "  "));
}
