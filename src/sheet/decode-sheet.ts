import { type Diagnostic, warning } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";

/** The text of a CSV file, in whatever encoding a spreadsheet saves it; a byte order mark is left out. */
export function decodedSheet(
  name: string,
  bytes: Uint8Array,
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const [first, second] = bytes;
  // Excel's "Unicode text".
  if (first === 0xff && second === 0xfe) return plain(new TextDecoder("utf-16le").decode(bytes));
  if (first === 0xfe && second === 0xff) return plain(new TextDecoder("utf-16be").decode(bytes));
  try {
    return plain(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // What Excel calls CSV, without "UTF-8", is in the code page of the machine.
    const text = windows1252(bytes);
    const message = `${printable(name)} is not UTF-8: it was read as Windows-1252`;
    const hint = "look at the accents; `CSV UTF-8` in Excel keeps every character";
    return { text, diagnostics: [warning("file", message, null, hint)] };
  }
}

function plain(text: string): {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
} {
  return { text, diagnostics: [] };
}

// From 0x80; the rest of the code page is Unicode's own beginning. Node's decoder of that name leaves these out.
const WINDOWS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

function windows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.replace(/[\u0080-\u009f]/g, (unit) => WINDOWS[unit.charCodeAt(0) - 0x80] ?? unit);
}
