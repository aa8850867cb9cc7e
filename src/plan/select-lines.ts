import { type Diagnostic, error } from "../diagnostics/diagnostic.ts";
import { findNearest } from "../diagnostics/suggest.ts";
import { quote, describeValue } from "../diagnostics/printable.ts";
import { dropTake } from "../manifest/shot.ts";
import type { PlanLine } from "./plan.ts";

/**
 * Selects lines by `--only`: a shot's id, `scene:2`, `tag:draft`, a line's key, or a key without its take. A line is
 * selected if any selector selects it; a selector that selects nothing is a mistake, not an empty plan.
 */
export function selectLines(
  only: readonly string[],
  lines: readonly PlanLine[],
): { readonly selects: (line: PlanLine) => boolean; readonly diagnostics: readonly Diagnostic[] } {
  if (only.length === 0) return { selects: () => true, diagnostics: [] };
  const selectors = only.map(parseSelector);
  const diagnostics = only.flatMap((text, index) =>
    lines.some(selectors[index] ?? never) ? [] : [complainAboutSelector(text, lines)],
  );
  return { selects: (line) => selectors.some((selects) => selects(line)), diagnostics };
}

type Selector = (line: PlanLine) => boolean;

const never: Selector = () => false;

function parseSelector(text: string): Selector {
  const [kind, name] = splitSelector(text);
  if (kind === "scene") return (line) => line.scene === name;
  if (kind === "tag") return (line) => line.tags.includes(name);
  return (line) => line.shot === text || line.key === text || dropTake(line.key) === text;
}

function splitSelector(text: string): readonly [string, string] {
  const colon = text.indexOf(":");
  const kind = text.slice(0, Math.max(colon, 0));
  // A key can hold a colon too: packshot[aspect_ratio=9:16]~t1.
  return kind === "scene" || kind === "tag" ? [kind, text.slice(colon + 1)] : ["", text];
}

function complainAboutSelector(text: string, lines: readonly PlanLine[]): Diagnostic {
  const names = new Set(
    lines.flatMap((line) => [
      line.shot,
      ...(line.scene === null ? [] : [`scene:${line.scene}`]),
      ...line.tags.map((tag) => `tag:${tag}`),
    ]),
  );
  const prefixed = [`tag:${text}`, `scene:${text}`].find((name) => names.has(name));
  const near =
    prefixed ??
    findNearest(text, names) ??
    findNearest(
      text,
      lines.map((line) => line.key),
    );
  const hint =
    near === undefined
      ? "a shot's id, scene:NAME, tag:NAME or a line's key"
      : `did you mean ${quote(near)}?`;
  return error("only", `--only ${describeValue(text)} selects nothing`, null, hint);
}
