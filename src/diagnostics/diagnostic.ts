import stringWidth from "string-width";
import { toPrintable } from "./printable.ts";
import type { SourceText } from "./source-text.ts";

/** Every kind of complaint. The list is closed, so that scripts can match on it. */
const CODES = {
  "alias-bomb": "aliases that would expand to more values than a manifest can have",
  budget: "a cap that does not make sense",
  campaign: "files of one command that do not belong together, or a name that is nearly another's",
  "duplicate-key": "the same key twice in one mapping",
  element: "an element that is neither an image set nor a video",
  file: "a file that cannot be read or written",
  "id-taken": "two shots or lines that cannot be told apart",
  limit: "more than the model takes",
  matrix: "a matrix that cannot be expanded",
  "missing-model": "a shot without a model",
  "no-such-field": "an input field that the shot's model does not have",
  "not-applied": "something written that will have no effect, or not the one expected",
  only: "an --only that selects nothing",
  "near-cap": "a cap of which the share to warn at is reached",
  "over-cap": "the plan costs more than a cap allows",
  "over-pace": "the plan takes more than one run, day, week or month",
  "price-missing": "an endpoint that the price book has no price for",
  "price-unsure": "a price that its source does not vouch for",
  prompt: "a shot with no prompt, two, or one that is too long",
  reference: "an @Element or @Image that is not there, or never used",
  required: "a key that has to be there",
  sheet: "a sheet that is not read as a shot list, or a cell of one",
  template: "an expression ${{ … }} that cannot be used",
  "too-many-lines": "an expansion larger than a plan can hold",
  "unknown-key": "a key that means nothing here",
  "unknown-model": "a model that the catalogue does not have",
  url: "an address that the vendor could not fetch",
  value: "a value of the wrong type, or out of range",
  version: "a manifest of another version",
  yaml: "text that is not YAML",
} as const;

export type Code = keyof typeof CODES;

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}

export type Severity = "error" | "warning";

/** A range of text from `start` to before `end`, in UTF-16 offsets. It becomes line:column only when it is printed. */
export interface Place {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** One complaint about what a user gave us: collected, never thrown. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place | null;
  readonly hint: string | null;
}

type Path = readonly PropertyKey[];

/** A complaint that knows where it stands inside a value, but not yet in which text. */
export interface Finding extends Omit<Diagnostic, "place"> {
  readonly path: Path;
}

type Hint = string | null;

export function error(
  code: Code,
  message: string,
  place: Place | null,
  hint: Hint = null,
): Diagnostic {
  return { code, severity: "error", message, place, hint };
}

export function warning(
  code: Code,
  message: string,
  place: Place | null,
  hint: Hint = null,
): Diagnostic {
  return { code, severity: "warning", message, place, hint };
}

export function errorAt(path: Path, code: Code, message: string, hint: Hint = null): Finding {
  return { code, severity: "error", message, path, hint };
}

export function warningAt(path: Path, code: Code, message: string, hint: Hint = null): Finding {
  return { code, severity: "warning", message, path, hint };
}

export function hasErrors(diagnostics: Iterable<Diagnostic>): boolean {
  for (const diagnostic of diagnostics) if (diagnostic.severity === "error") return true;
  return false;
}

/**
 * Sorts complaints by file, in the order given, and then by place; those without a place come last. Each is kept
 * once: a wrong default would be reported again for every shot that takes it.
 */
export function sortDiagnostics(
  diagnostics: Iterable<Diagnostic>,
  files: readonly SourceText[],
): Diagnostic[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const findFileIndex = (place: Place | null): number =>
    place === null ? files.length + 1 : (order.get(place.source) ?? files.length);
  const once = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { place, code, message } = diagnostic;
    const key = JSON.stringify([findFileIndex(place), place?.start, code, message]);
    if (!once.has(key)) once.set(key, diagnostic);
  }
  return [...once.values()].toSorted(
    (a, b) =>
      findFileIndex(a.place) - findFileIndex(b.place) ||
      (a.place?.start ?? 0) - (b.place?.start ?? 0),
  );
}

// A caret far to the right of a 2,500-character prompt helps no one; lengths in UTF-16 units.
const BEFORE = 64;
const LEAD = 24;
const SHOWN = 96;

/** `shots.yaml:12:5: error: …`, then the line with a caret under the place, then the hint. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, message, hint, place } = diagnostic;
  const lines = [`${formatPlace(place)}${severity}: ${message}`];
  if (place !== null && place.source.text !== "") lines.push(...formatExcerpt(place));
  if (hint !== null) lines.push(`  hint: ${hint}`);
  return lines.join("\n");
}

function formatPlace(place: Place | null): string {
  if (place === null) return "";
  const { line, column } = place.source.findPosition(place.start);
  return `${toPrintable(place.source.name)}:${line}:${column}: `;
}

function formatExcerpt({ source, start, end }: Place): readonly string[] {
  const { text } = source;
  const line = source.findLine(start);
  const from = source.findLineStart(line);
  const until = source.findLineStart(line + 1);
  const first = start - from > BEFORE ? start - LEAD : from;
  // Cut before anything else: a line can be megabytes long.
  const last = Math.min(until, first + SHOWN);
  const before = toVisible(text.slice(first, start));
  const shown = toVisible(text.slice(first, last).replace(/\r?\n$/, ""));
  const marked = toVisible(text.slice(start, Math.min(end, last)).split(/\r?\n/, 1)[0] ?? "");
  const lead = first > from ? "…" : "";
  const tail = last < until ? "…" : "";
  const gutter = String(line).padStart(5);
  return [
    `${gutter} | ${lead}${shown}${tail}`,
    `${" ".repeat(5)} | ${" ".repeat(stringWidth(lead + before))}${"^".repeat(Math.max(1, stringWidth(marked)))}`,
  ];
}

// Terminals differ in the width of a tab; two spaces are two columns everywhere.
function toVisible(text: string): string {
  return toPrintable(text.replaceAll("\t", "  "));
}
