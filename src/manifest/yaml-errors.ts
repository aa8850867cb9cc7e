import type { YAMLError } from "yaml";
import { type Diagnostic, error, type Place } from "../diagnostics/diagnostic.ts";
import { toPrintable, shorten } from "../diagnostics/printable.ts";
import { failure, ok, type Result } from "../diagnostics/result.ts";
import { SourceText } from "../diagnostics/source-text.ts";

/** Explains the YAML parser's errors, with a hint for the mistakes that people make most. */
export function explainYamlErrors(
  source: SourceText,
  faults: readonly YAMLError[],
): readonly Diagnostic[] {
  const deep = faults.find((fault) => fault.code === "RESOURCE_EXHAUSTION");
  if (deep !== undefined) {
    return [error("yaml", "this text is nested too deeply to read", locateError(source, deep))];
  }
  const positions = new Set(
    faults.flatMap(({ code, pos }) => (code === "MULTILINE_IMPLICIT_KEY" ? [pos[0]] : [])),
  );
  return faults.flatMap((fault): Diagnostic[] => {
    const [start] = fault.pos;
    // Text with a key on its next line is one mistake that the parser reports twice; its place is the next line.
    if (positions.has(start) && fault.code === "MULTILINE_IMPLICIT_KEY") return [];
    if (positions.has(start) && fault.code === "BLOCK_AS_IMPLICIT_KEY") {
      const place = findNextLine(source, start);
      const message = "this line is indented more than the line it belongs with";
      return [error("yaml", message, place, "indent both by the same number of spaces")];
    }
    const [says, hint] = explainFault(fault);
    return [error("yaml", says, locateError(source, fault), hint)];
  });
}

/** The first thing on the line after an offset. */
function findNextLine(source: SourceText, offset: number): Place {
  const from = source.findLineStart(source.findLine(offset) + 1);
  const start = from + Math.max(0, source.text.slice(from).search(/\S/));
  return { source, start, end: start + 1 };
}

function locateError(source: SourceText, { pos: [start, end], message }: YAMLError): Place {
  // The parser names the end of the text; a person looks for where the quote began.
  const quote = /^Missing closing (["'])/.exec(message)?.[1];
  const opening = quote === undefined ? -1 : source.text.lastIndexOf(quote, start - 1);
  return opening === -1 ? { source, start, end } : { source, start: opening, end: opening + 1 };
}

/** The parser's message in plain words, with what to do about the mistakes that people make most. */
function explainFault({ code, message }: YAMLError): readonly [says: string, hint?: string] {
  if (code === "MULTIPLE_DOCS") {
    return [
      "a second document starts here; a manifest is one",
      "remove the --- line, or move what follows to a file of its own",
    ];
  }
  for (const [pattern, says, hint] of PLAIN_WORDS) {
    if (pattern.test(message)) return hint === undefined ? [says] : [says, hint];
  }
  return [toPrintable(shorten(message, 200))];
}

const PLAIN_WORDS: readonly (readonly [pattern: RegExp, says: string, hint?: string])[] = [
  [/^Tabs are not allowed/, "a tab cannot be used for indentation", "indent with spaces"],
  [
    /^Plain value cannot start with reserved character @/,
    "text cannot start with @ unless it is in quotes",
    "put the whole text in quotes",
  ],
  [/^Plain value cannot start with/, "text cannot start with this character", "put it in quotes"],
  [
    /^Nested mappings are not allowed/,
    "YAML reads a second key in this line",
    "put text that contains a colon and a space in quotes, or fix the indentation",
  ],
  [/^Implicit keys need to be on a single line/, "a key and its colon must stand on one line"],
  [
    /^Implicit map keys need to be followed/,
    "this is neither a key nor part of the line above",
    "a colon and a space make a key; text over several lines is indented",
  ],
  [
    /^All (?:mapping|sequence|collection) items must start at the same column/,
    "this is not indented like the lines it belongs with",
  ],
  [
    /^Flow (?:map|sequence) in block collection must/,
    "a { or [ is not closed, or what is in it is not indented",
  ],
  [/^Missing closing .*quote/, "this quote is never closed"],
  [
    /^Sequence item without - indicator/,
    "this is indented less than the lines it belongs with",
    "align it with them",
  ],
  [
    /^Unexpected scalar at node end/,
    "text continues after the closing quote",
    "put all of it in quotes; a quote inside is written twice or after a \\",
  ],
  [/^With stringKeys/, "a key must be plain text"],
  [/^Unresolved tag/, "a ! tag means nothing here", "remove it, or put the text in quotes"],
];

/** Characters that YAML forbids and terminals obey. Tab, line feed and carriage return are text. */
export function findControlCharacter(source: SourceText): Diagnostic | null {
  const at = source.text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (at === -1) return null;
  const code = source.text.charCodeAt(at).toString(16).padStart(4, "0");
  const place = { source, start: at, end: at + 1 };
  return error("yaml", `the character U+${code.toUpperCase()} cannot be used in a manifest`, place);
}

/** Decodes a file's bytes as text. Only UTF-8 is read; a byte order mark is left out. */
export function decodeText(name: string, bytes: Uint8Array): Result<SourceText, Diagnostic> {
  const refuse = (what: string) =>
    failure(error("file", `${toPrintable(name)} is ${what}`, null, "save it as UTF-8"));
  const wide = detectWideEncoding(bytes);
  if (wide !== null) return refuse(`${wide}, not UTF-8`);
  try {
    return ok(new SourceText(name, new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return refuse("not UTF-8 text");
  }
}

function detectWideEncoding(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "UTF-16";
  if (first === 0xfe && second === 0xff) return "UTF-16";
  return null;
}
