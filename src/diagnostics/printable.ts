// Control characters would let a prompt move the cursor or recolour the terminal; the direction marks
// would let it print as something it is not.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Makes text from outside safe on a terminal and on one line: `a\u001b[2J` shows its escape, not its effect. */
export function toPrintable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Describes a value in a message, briefly, as a person would recognise it. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `"${toPrintable(shorten(value, 40))}"`;
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "object":
      if (value === null) return "nothing";
      if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
      return Object.keys(value).length === 0 ? "an empty mapping" : "a mapping";
    case "undefined":
      return "nothing";
    case "function":
    case "symbol":
      return typeof value;
  }
}

/** Puts text from outside in quotes, whole. */
export function quote(text: string): string {
  return `"${toPrintable(text)}"`;
}

/** Formats milliseconds UTC for a machine: `2026-11-21T09:00:00Z`. */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, "Z");
}

/** Formats milliseconds UTC for people: `2026-11-21 09:00 UTC`. */
export function formatMinute(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Formats a count and its noun: `1 line`, `12 lines`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns text with its first letter in upper case. */
export function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Lists the first of many: `a, b and 3 more`. */
export function listFirst(words: readonly string[], most: number): string {
  const more = words.length - most;
  return `${words.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Cuts a text to `length` characters; the last one is an ellipsis if something was cut. */
export function shorten(text: string, length: number): string {
  // The slice keeps a hostile megabyte from being split into characters.
  const characters = Array.from(text.slice(0, length * 2 + 2));
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

/** Formats milliseconds for a reader: `850 ms`, `41 s`, `4 min 10 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0
    ? `${minutes / 60} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Quotes a word for a POSIX shell: what a shell would split or act on stands in single quotes. */
export function quoteForShell(word: string): string {
  const text = toPrintable(word);
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
