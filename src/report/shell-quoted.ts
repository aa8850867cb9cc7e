import { printable } from "../diagnostics/printable.ts";

/** A word to paste into a POSIX shell: what a shell would take apart or act on stands in single quotes. */
export function shellQuoted(word: string): string {
  const text = printable(word);
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
