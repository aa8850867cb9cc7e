import { type Diagnostic, error } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import { SourceText } from "../diagnostics/source-text.ts";

/** A file's bytes as text. Only UTF-8 is read; a byte order mark is left out. */
export function decode(name: string, bytes: Uint8Array): SourceText | Diagnostic {
  const wide = wideEncoding(bytes);
  if (wide !== null) {
    return error("file", `${printable(name)} is ${wide}, not UTF-8`, null, "save it as UTF-8");
  }
  try {
    return new SourceText(name, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return error("file", `${printable(name)} is not UTF-8 text`, null, "save it as UTF-8");
  }
}

function wideEncoding(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "UTF-16";
  if (first === 0xfe && second === 0xff) return "UTF-16";
  return null;
}
