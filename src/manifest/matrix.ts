import { errorAt, type Finding } from "../diagnostics/diagnostic.ts";
import { suggest } from "../diagnostics/suggest.ts";
import { describeValue } from "../diagnostics/printable.ts";
import { foldLabel } from "./shot.ts";
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
  /** Whether nothing in it was wrong: what follows from a mistake is not reported as another. */
  readonly sound: boolean;
}

// Each is tried on every combination: without a limit, a small file could keep a machine busy for minutes.
const MOST_AXES = 100;
const MOST_ENTRIES = 2_000;

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Reads axes and lists, and reports values that cannot be told apart or are misspelt. `path` leads to the matrix. */
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
  const readEntries = (key: "include" | "exclude"): Combination[] =>
    (written[key] ?? []).map((entry, index) => {
      const at = [...path, key, index];
      return new Map(Object.entries(entry).map(([name, one]) => [name, value(one, [...at, name])]));
    });
  const axes = new Map<string, MatrixValue[]>();
  for (const [name, values] of Object.entries(written)) {
    if (name === "include" || name === "exclude" || !Array.isArray(values)) continue;
    const scalars = values.filter(isScalar);
    axes.set(
      name,
      scalars.map((scalar, index) => value(scalar, [...path, name, index])),
    );
  }
  const matrix = { axes, include: readEntries("include"), exclude: readEntries("exclude") };
  if (axes.size > MOST_AXES || matrix.include.length > MOST_ENTRIES) {
    const message = `a matrix has at most ${MOST_AXES} variables and ${MOST_ENTRIES} entries of include`;
    findings.push(errorAt(path, "matrix", message));
    for (const name of [...axes.keys()].slice(MOST_AXES)) axes.delete(name);
    matrix.include.length = Math.min(matrix.include.length, MOST_ENTRIES);
  }
  const names = new Map<string, readonly PropertyKey[]>();
  for (const name of axes.keys()) names.set(name, [...path, name]);
  for (const [index, entry] of matrix.include.entries()) {
    for (const name of entry.keys()) {
      if (!names.has(name)) names.set(name, [...path, "include", index, name]);
    }
  }
  for (const [name, place] of names) if (!NAME.test(name)) findings.push(refuseName(name, place));
  for (const values of axes.values()) findings.push(...findAlikeValues(values));
  const entries = [...matrix.include, ...matrix.exclude];
  for (const { text, path: at } of [
    ...axes.values(),
    ...entries.map((one) => [...one.values()]),
  ].flat()) {
    if (!text.includes("${{")) continue;
    const message = "a matrix value is used as it is written: it cannot contain ${{ … }}";
    findings.push(errorAt(at, "template", message));
  }
  for (const [index, entry] of matrix.exclude.entries()) {
    for (const name of entry.keys()) {
      if (axes.has(name)) continue;
      const message = `exclude names ${describeValue(name)}, which the matrix does not vary`;
      const hint = suggest(name, [...axes.keys()]);
      findings.push(errorAt([...path, "exclude", index, name], "unknown-key", message, hint));
    }
  }
  return { matrix: { ...matrix, names, sound: findings.length === 0 }, findings };
}

/** Counts the combinations of the axes, before `exclude` and `include` and before any is made. */
export function countProduct(matrix: Matrix): bigint {
  if (matrix.axes.size === 0) return 0n;
  let product = 1n;
  for (const values of matrix.axes.values()) product *= BigInt(values.length);
  return product;
}

/**
 * GitHub Actions' rules. The product of the axes, the first varying slowest; less what `exclude` matches; then
 * each `include` joins every combination of the product that it does not contradict, or is one more of its own.
 */
export function listCombinations(matrix: Matrix): readonly Combination[] {
  // One that names no axis excludes nothing.
  const excludes = matrix.exclude.filter((entry) =>
    [...entry.keys()].some((name) => matrix.axes.has(name)),
  );
  const excluded = new EntryIndex(excludes, matrix.axes);
  const product = multiplyAxes(matrix).filter(
    (combination) => excluded.listMatches(combination).length === 0,
  );
  if (matrix.include.length === 0) return product;
  const joined = product.map((combination) => new Map(combination));
  const included = new EntryIndex(matrix.include, matrix.axes);
  const hosted = new Set<Combination>();
  for (const [index, combination] of product.entries()) {
    for (const entry of included.listMatches(combination)) {
      hosted.add(entry);
      for (const [name, value] of entry) joined[index]?.set(name, value);
    }
  }
  return [...joined, ...matrix.include.filter((entry) => !hosted.has(entry))];
}

/** Picks the first combination without making the others, to check a shot whose matrix is too large. */
export function pickFirstCombination(matrix: Matrix): Combination {
  const firsts = [...matrix.axes].flatMap(([name, [value]]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new Map(firsts);
}

function multiplyAxes(matrix: Matrix): readonly Combination[] {
  if (matrix.axes.size === 0) return [];
  let combinations: Combination[] = [new Map()];
  for (const [name, values] of matrix.axes) {
    combinations = combinations.flatMap((combination) =>
      values.map((value) => new Map(combination).set(name, value)),
    );
  }
  return combinations;
}

/**
 * Entries of an `exclude` or `include`, found by the axis values they name. Trying each entry on each combination
 * would take minutes for a large matrix with a long list.
 */
class EntryIndex {
  /** Each set of axes that an entry names, once. */
  readonly #axes = new Map<string, readonly string[]>();
  readonly #entries = new Map<string, { readonly turn: number; readonly entry: Combination }[]>();

  constructor(entries: readonly Combination[], axes: Matrix["axes"]) {
    for (const [turn, entry] of entries.entries()) {
      const named = [...entry.keys()].filter((name) => axes.has(name)).toSorted();
      this.#axes.set(JSON.stringify(named), named);
      const key = makeValuesKey(entry, named);
      const alike = this.#entries.get(key) ?? [];
      this.#entries.set(key, alike);
      alike.push({ turn, entry });
    }
  }

  /** Lists the entries whose axes have these values. One that names no axis matches every combination. */
  listMatches(combination: Combination): readonly Combination[] {
    const found = [...this.#axes.values()].flatMap(
      (axes) => this.#entries.get(makeValuesKey(combination, axes)) ?? [],
    );
    // In the order of the text: what a later include says of a variable of its own overwrites an earlier one.
    return found.toSorted((a, b) => a.turn - b.turn).map(({ entry }) => entry);
  }
}

function makeValuesKey(combination: Combination, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => [name, combination.get(name)?.text]));
}

/** Finds excludes that match nothing: what they fail to exclude would be bought. */
export function findIdleExcludes(matrix: Matrix): readonly number[] {
  return [...matrix.exclude.entries()].flatMap(([index, entry]) => {
    const idle = [...entry].some(
      ([name, { text }]) => !(matrix.axes.get(name) ?? []).some((value) => value.text === text),
    );
    return idle ? [index] : [];
  });
}

/** Reports values that print alike, or differ only by case: they would make lines that no one can tell apart. */
function findAlikeValues(values: readonly MatrixValue[]): readonly Finding[] {
  const seen = new Map<string, MatrixValue>();
  return values.flatMap((value): Finding[] => {
    const printed = foldLabel(value.text);
    const first = seen.get(printed);
    seen.set(printed, value);
    if (first === undefined) return [];
    const [one, other] = [describeValue(first.text), describeValue(value.text)];
    if (first.text === value.text) {
      return [errorAt(value.path, "id-taken", `${other} is in this list twice`)];
    }
    const hint = "values must differ by more than case, spaces and invisible characters";
    return [errorAt(value.path, "id-taken", `${one} and ${other} cannot be told apart`, hint)];
  });
}

function refuseName(name: string, path: readonly PropertyKey[]): Finding {
  const message = `${describeValue(name)} cannot be a matrix variable: letters, digits, dash and underscore, starting with a letter`;
  return errorAt(path, "matrix", message);
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
