import type { ErrorCode, YAMLError } from "yaml";
import { type Diagnostic, error, type Place } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../diagnostics/source-text.ts";

/** What the YAML parser complains of, with what to do about the mistakes that people make most. */
export function yamlErrors(
  source: SourceText,
  faults: readonly YAMLError[],
): readonly Diagnostic[] {
  const deep = faults.find((fault) => fault.code === "RESOURCE_EXHAUSTION");
  if (deep !== undefined) {
    return [error("yaml", "this text is nested too deeply to read", placeOf(source, deep))];
  }
  return faults.map((fault) => {
    const place = placeOf(source, fault);
    return error("yaml", saying(fault), place, hintFor(fault, source.text.charAt(place.start)));
  });
}

function placeOf(source: SourceText, fault: YAMLError): Place {
  const [start, end] = fault.pos;
  return { source, start, end };
}

function saying(fault: YAMLError): string {
  if (fault.code === "MULTIPLE_DOCS") return "a second document starts here; a manifest is one";
  return fault.message;
}

function hintFor(fault: YAMLError, character: string): string | undefined {
  if (fault.code === "BAD_SCALAR_START") {
    return character === "@"
      ? 'put text that starts with @ in quotes: "@Element1 walks in"'
      : `put text that starts with ${character} in quotes`;
  }
  return HINTS[fault.code];
}

const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAB_AS_INDENT: "indent with blanks",
  BLOCK_AS_IMPLICIT_KEY: "put text that holds a colon and a blank in quotes",
  MULTIPLE_DOCS: "take the --- line out, or make it a file of its own",
  TAG_RESOLVE_FAILED: "take the ! tag out",
};

/** Characters that YAML forbids and terminals obey. Tab, line feed and carriage return are text. */
export function controlCharacter(source: SourceText): Diagnostic | null {
  const at = source.text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (at === -1) return null;
  const code = source.text.charCodeAt(at).toString(16).padStart(4, "0");
  const place = { source, start: at, end: at + 1 };
  return error("yaml", `the character U+${code.toUpperCase()} cannot stand in a manifest`, place);
}
