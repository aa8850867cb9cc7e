import { suggest } from "../diagnostics/suggest.ts";
import { errorAt, type Finding } from "../diagnostics/diagnostic.ts";
import { describeValue } from "../diagnostics/printable.ts";
import type { MatrixValue } from "./matrix.ts";

const EXPRESSION = /\$\{\{(.*?)(?:\}\}|$)/gs;
const VARIABLE = /^\s*matrix\.([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}$/s;

/** Whether a value holds a `${{ … }}` anywhere. */
export function isTemplate(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${{");
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isTemplate);
}

/** Lists the names of the variables that a value refers to, including those that do not exist. */
export function listVariables(value: unknown, into = new Set<string>()): Set<string> {
  if (typeof value === "string") {
    for (const [expression] of value.matchAll(EXPRESSION)) {
      const name = VARIABLE.exec(expression.slice(3))?.[1];
      if (name !== undefined) into.add(name);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) listVariables(inner, into);
  }
  return into;
}

export interface FillContext {
  readonly variables: ReadonlyMap<string, MatrixValue>;
  /** Fields that take text. */
  readonly texts: ReadonlySet<string>;
  readonly path: readonly PropertyKey[];
  readonly findings: Finding[];
}

/**
 * Replaces `${{ matrix.x }}` by its value as written. In a field that does not take text, a text that is nothing
 * but one expression takes the value itself, so that `generate_audio: ${{ matrix.audio }}` is true and not "true".
 */
export function fillTemplate(value: unknown, filling: FillContext): unknown {
  if (typeof value === "string") return fillText(value, filling);
  if (typeof value !== "object" || value === null) return value;
  const { path } = filling;
  if (Array.isArray(value)) {
    return value.map((inner, index) => fillTemplate(inner, { ...filling, path: [...path, index] }));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      fillTemplate(inner, { ...filling, path: [...path, key] }),
    ]),
  );
}

function fillText(text: string, { variables, texts, path, findings }: FillContext): unknown {
  let whole: unknown;
  const result = text.replace(EXPRESSION, (expression) => {
    const name = VARIABLE.exec(expression.slice(3))?.[1];
    const found = name === undefined ? undefined : variables.get(name);
    if (found === undefined) {
      findings.push(complainAboutExpression(expression, name, variables, path));
      return expression;
    }
    if (expression === text) whole = found.value;
    return found.text;
  });
  const field = path.findLast((step) => typeof step === "string") ?? "";
  const isText = LABELS.has(field) || texts.has(field);
  return isText ? result : (whole ?? result);
}

const LABELS: ReadonlySet<string> = new Set(["model", "scene", "tags"]);

function complainAboutExpression(
  expression: string,
  name: string | undefined,
  variables: ReadonlyMap<string, MatrixValue>,
  path: readonly PropertyKey[],
): Finding {
  if (name === undefined) {
    const hint = "write ${{ matrix.NAME }}, the name of a matrix variable";
    return errorAt(
      path,
      "template",
      `${describeValue(expression)} is not an expression that can be used here`,
      hint,
    );
  }
  const message = `the shot's matrix has no variable ${describeValue(name)}`;
  const hint =
    variables.size === 0 ? "the shot has no matrix" : suggest(name, [...variables.keys()]);
  return errorAt(path, "template", message, hint);
}
