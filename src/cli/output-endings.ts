import { extname } from "node:path";
import { guess } from "../diagnostics/nearest.ts";
import { printable } from "../diagnostics/printable.ts";

/** What is wrong with the names that -o was given: the first whose ending says no format; null for nothing. */
export function unknownEnding(
  paths: readonly string[],
  formats: Readonly<Record<string, string>>,
): string | null {
  for (const path of paths) {
    const ending = extname(path).toLowerCase();
    if (formats[ending] !== undefined) continue;
    return `-o ${printable(path)}: no format for ${ending === "" ? "a name without an ending" : ending}; ${guess(ending, Object.keys(formats))}`;
  }
  return null;
}
