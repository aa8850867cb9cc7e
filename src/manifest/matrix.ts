import type { Finding } from "../diagnostics/diagnostic.ts";
import { guess } from "../diagnostics/nearest.ts";
import { shown } from "../diagnostics/printable.ts";
import type { WrittenMatrix } from "./schema.ts";

type Scalar = string | number | boolean;

/** A value of a matrix variable, as text the way it was written, and where that is. */
export interface MatrixValue {
  readonly value: Scalar;
  readonly text: string;
  readonly path: readonly PropertyKey[];
}

export type Combination = ReadonlyMap<string, MatrixValue>;

export interface Matrix {
  readonly axes: ReadonlyMap<string, readonly MatrixValue[]>;
  readonly include: readonly Combination[];
  readonly exclude: readonly Combination[];
  /** Every variable, those too that only `include` names, with where it is first named. */
  readonly names: ReadonlyMap<string, readonly PropertyKey[]>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** What was written → axes and lists, with what cannot be told apart or was misspelt. `path` leads to the matrix. */
export function readMatrix(
  written: WrittenMatrix,
  path: readonly PropertyKey[],
  textOf: (path: readonly PropertyKey[], value: Scalar) => string,
): { readonly matrix: Matrix; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const value = (scalar: Scalar, at: readonly PropertyKey[]): MatrixValue => ({
    value: scalar,
    text: typeof scalar === "string" ? scalar : textOf(at, scalar),
    path: at,
  });
  const combinations = (key: "include" | "exclude"): Combination[] =>
    (written[key] ?? []).map(
      (entry, index) =>
        new Map(
          Object.entries(entry).map(([name, scalar]) => [
            name,
            value(scalar, [...path, key, index, name]),
          ]),
        ),
    );
  const axes = new Map<string, MatrixValue[]>();
  for (const [name, values] of Object.entries(written)) {
    if (name === "include" || name === "exclude" || !Array.isArray(values)) continue;
    const scalars = values.flatMap((scalar) => (isScalar(scalar) ? [scalar] : []));
    axes.set(
      name,
      scalars.map((scalar, index) => value(scalar, [...path, name, index])),
    );
  }
  const matrix = { axes, include: combinations("include"), exclude: combinations("exclude") };
  const names = new Map<string, readonly PropertyKey[]>();
  for (const name of axes.keys()) names.set(name, [...path, name]);
  for (const [index, entry] of matrix.include.entries()) {
    for (const name of entry.keys()) {
      if (!names.has(name)) names.set(name, [...path, "include", index, name]);
    }
  }
  for (const [name, place] of names) if (!NAME.test(name)) findings.push(badName(name, place));
  for (const values of axes.values()) findings.push(...alike(values));
  for (const [index, entry] of matrix.exclude.entries()) {
    for (const name of entry.keys()) {
      if (axes.has(name)) continue;
      findings.push({
        code: "matrix",
        severity: "error",
        message: `exclude names ${shown(name)}, which the matrix does not vary`,
        path: [...path, "exclude", index, name],
        hint: guess(name, [...axes.keys()]),
      });
    }
  }
  return { matrix: { ...matrix, names }, findings };
}

/** How many combinations the axes make, before `exclude` and `include`: told before any is made. */
export function productOf(matrix: Matrix): bigint {
  if (matrix.axes.size === 0) return BigInt(matrix.include.length);
  let product = 1n;
  for (const values of matrix.axes.values()) product *= BigInt(values.length);
  return product;
}

/**
 * GitHub Actions' rules. The product of the axes, the first varying slowest; less what `exclude` matches; then
 * each `include` joins every combination of the product that it does not contradict, or is one more of its own.
 */
export function combinationsOf(matrix: Matrix): readonly Combination[] {
  const product = productOfAxes(matrix).filter(
    (combination) => !matrix.exclude.some((entry) => matches(combination, entry)),
  );
  if (matrix.include.length === 0) return product;
  const joined = product.map((combination) => new Map(combination));
  const further: Combination[] = [];
  for (const entry of matrix.include) {
    const hosts = joined.filter((_, index) => agrees(product[index], entry));
    for (const host of hosts) for (const [name, value] of entry) host.set(name, value);
    if (hosts.length === 0) further.push(entry);
  }
  return [...joined, ...further];
}

function productOfAxes(matrix: Matrix): readonly Combination[] {
  if (matrix.axes.size === 0) return [];
  let combinations: Combination[] = [new Map()];
  for (const [name, values] of matrix.axes) {
    combinations = combinations.flatMap((combination) =>
      values.map((value) => new Map(combination).set(name, value)),
    );
  }
  return combinations;
}

function matches(combination: Combination, entry: Combination): boolean {
  for (const [name, { text }] of entry) if (combination.get(name)?.text !== text) return false;
  return entry.size > 0;
}

/** Only the axes' own values are protected; what an earlier include added may be overwritten. */
function agrees(combination: Combination | undefined, entry: Combination): boolean {
  if (combination === undefined) return false;
  for (const [name, { text }] of entry) {
    const own = combination.get(name);
    if (own !== undefined && own.text !== text) return false;
  }
  return true;
}

/** Two values that print alike, or differ only by case, would make two lines that no one can tell apart. */
function alike(values: readonly MatrixValue[]): readonly Finding[] {
  const seen = new Map<string, MatrixValue>();
  return values.flatMap((value): Finding[] => {
    const printed = value.text.normalize("NFKC").toLowerCase();
    const first = seen.get(printed);
    seen.set(printed, value);
    if (first === undefined) return [];
    const same = first.text === value.text;
    return [
      {
        code: "id-taken",
        severity: "error",
        message: `${shown(value.text)} is in this list twice${same ? "" : ` (as ${shown(first.text)} too)`}`,
        path: value.path,
        ...(same ? {} : { hint: "the lines' files could not be told apart on every disk" }),
      },
    ];
  });
}

function badName(name: string, path: readonly PropertyKey[]): Finding {
  return {
    code: "matrix",
    severity: "error",
    message: `${shown(name)} cannot be a matrix variable: letters, digits, dash and underscore, starting with a letter`,
    path,
  };
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
