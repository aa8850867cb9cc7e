// Control characters would let a prompt move the cursor or recolour the terminal; the direction marks
// would let it print as something it is not.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside, safe on a terminal and on one line: `a\u001b[2J` shows its escape, not its effect. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A value as a person would recognise it in a message, short. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `"${printable(shortened(value, 40))}"`;
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

/** Text from outside in quotes, whole. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

/** `2026-11-21T09:00:00Z`, from milliseconds UTC. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.000Z$/, "Z");
}

/** `2026-11-21 09:00 UTC`, from milliseconds UTC: for people. */
export function minute(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `1 line`, `12 lines`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** At most `length` characters, the last one an ellipsis where something was cut. */
export function shortened(text: string, length: number): string {
  // The slice keeps a hostile megabyte from being split into characters.
  const characters = Array.from(text.slice(0, length * 2 + 2));
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

/** `850 ms`, `41 s`, `4 min 10 s`, `2 h 5 min`: milliseconds for a reader. */
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

/** A word to paste into a POSIX shell: what a shell would take apart or act on stands in single quotes. */
export function shellQuoted(word: string): string {
  const text = printable(word);
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
