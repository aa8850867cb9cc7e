import { errorAt, type Finding, warningAt } from "../diagnostics/diagnostic.ts";
import { toPrintable, describeValue } from "../diagnostics/printable.ts";
import { Inheritance } from "./inherit.ts";
import type { Described, Manifest, NamedShot } from "./manifest.ts";
import {
  type Combination,
  listCombinations,
  pickFirstCombination,
  findIdleExcludes,
  type Matrix,
  countProduct,
  readMatrix,
} from "./matrix.ts";
import { foldLabel, type Shot, makeTakeKey, makeVariantKey, type Vocabulary } from "./shot.ts";
import { listVariables } from "./template.ts";

/** More lines than this nobody would read, and they would soon not fit in memory. */
export const MOST_LINES = 250_000;

export interface Expansion {
  /** How many lines there will be. */
  readonly count: number;
  /** Made one by one as they are asked for: a plan keeps its lines, not what they were made from. */
  readonly shots: Iterable<Shot>;
}

/**
 * Makes every line of a manifest, in the order of the text: matrix combinations, then takes innermost. More than
 * `room` are refused before the first is made. Findings are pushed as they are found, up to the last shot.
 */
export function expand(
  manifest: Manifest,
  vocabulary: Vocabulary,
  findings: Finding[],
  room = MOST_LINES,
): Expansion {
  const inherit = new Inheritance(manifest, vocabulary, findings);
  let count = 0n;
  const multiplied = manifest.shots.map((shot) => {
    // Past the limit, combinations are not made only to be counted.
    const one = multiply(manifest, shot, vocabulary, findings, count <= BigInt(room));
    count += one.count;
    return one;
  });
  if (count > BigInt(room)) {
    const largest = multiplied.reduce((a, b) => (b.count > a.count ? b : a));
    findings.push(refuseTooMany(count + BigInt(MOST_LINES - room), largest));
    return { count: 0, shots: sampleShots(multiplied, inherit) };
  }
  return { count: Number(count), shots: makeShots(multiplied, inherit, findings) };
}

/** Makes one line of each shot of a plan that is refused, so that its other mistakes are reported too. */
function* sampleShots(multiplied: readonly Multiplied[], inherit: Inheritance): Generator<Shot> {
  for (const { shot, matrix } of multiplied) {
    const combination = matrix === null ? new Map() : pickFirstCombination(matrix);
    yield inherit.makeVariants(shot)(combination, shot.own.id);
  }
}

function refuseTooMany(count: bigint, { shot, matrix }: Multiplied): Finding {
  const made = count.toLocaleString("en-US");
  const most = MOST_LINES.toLocaleString("en-US");
  const excluded = (matrix?.exclude.length ?? 0) > 0;
  return errorAt(
    [...shot.path, matrix === null ? "takes" : "matrix"],
    "too-many-lines",
    `this would make ${made} lines${excluded ? " before exclude" : ""}; a plan has at most ${most}`,
    "takes and every list of a matrix multiply; split the campaign over several plans",
  );
}

/** A shot and what it is multiplied by. */
interface Multiplied {
  readonly shot: Described<NamedShot>;
  readonly matrix: Matrix | null;
  readonly takes: number;
  /** How many lines it makes: known before any is made. */
  readonly count: bigint;
}

function multiply(
  manifest: Manifest,
  shot: Described<NamedShot>,
  vocabulary: Vocabulary,
  findings: Finding[],
  exactly: boolean,
): Multiplied {
  const matrix = readShotMatrix(manifest, shot, vocabulary, findings);
  const takes = shot.own.takes ?? manifest.defaults.own.takes ?? 1;
  return { shot, matrix, takes, count: countCombinations(matrix, exactly) * BigInt(takes) };
}

/** Counts exactly if it can: a product that is too large for any plan is not made to see what `exclude` leaves. */
function countCombinations(matrix: Matrix | null, exactly: boolean): bigint {
  if (matrix === null) return 1n;
  const product = countProduct(matrix);
  const plain = matrix.include.length === 0 && matrix.exclude.length === 0;
  return plain || !exactly || product > BigInt(MOST_LINES)
    ? product
    : BigInt(listCombinations(matrix).length);
}

const ONE_COMBINATION: readonly Combination[] = [new Map()];

function* makeShots(
  multiplied: readonly Multiplied[],
  inherit: Inheritance,
  findings: Finding[],
): Generator<Shot> {
  for (const { shot, matrix, takes } of multiplied) {
    const path = [...shot.path, "matrix"];
    const combinations = matrix === null ? ONE_COMBINATION : listCombinations(matrix);
    if (combinations.length === 0 && !shot.misread.has("matrix")) {
      findings.push(errorAt(path, "matrix", "this matrix leaves no combination"));
    }
    const makeVariant = inherit.makeVariants(shot);
    // Values of one list have been compared already: only `include` can repeat a key.
    const canRepeat = matrix !== null && matrix.sound && matrix.include.length > 0;
    const seen = new Set<string>();
    for (const combination of combinations) {
      const key = makeVariantKey(shot.own.id, combination);
      const folded = canRepeat ? foldLabel(key) : key;
      if (seen.has(folded)) {
        const message = `two combinations of this matrix cannot be told apart: ${toPrintable(key)}`;
        findings.push(errorAt(path, "id-taken", message));
        continue;
      }
      if (canRepeat) seen.add(folded);
      const first = makeVariant(combination, makeTakeKey(key, 1));
      yield first;
      for (let take = 2; take <= takes; take += 1) {
        yield { ...first, key: makeTakeKey(key, take), take };
      }
    }
  }
}

/** Reads a shot's matrix. Reports a variable that would change nothing. */
function readShotMatrix(
  { yaml, defaults }: Manifest,
  { own, input, path }: Described<NamedShot>,
  vocabulary: Vocabulary,
  complaints: Finding[],
): Matrix | null {
  const { matrix: mapping, ...described } = own;
  if (mapping === undefined || mapping === null) return null;
  const at = [...path, "matrix"];
  const { matrix, findings } = readMatrix(mapping, at, (inner, value) =>
    yaml.getText(inner, value),
  );
  complaints.push(...findings);
  for (const index of matrix.sound ? findIdleExcludes(matrix) : []) {
    const message = "this exclude matches no combination";
    complaints.push(warningAt([...at, "exclude", index], "not-applied", message));
  }
  const used = listVariables([described, input, defaults.own, defaults.input]);
  for (const [name, place] of matrix.names) {
    if (name === "model" || vocabulary.fields.has(name) || used.has(name)) continue;
    const message = `the matrix varies ${describeValue(name)}, which is no input field and which nothing refers to`;
    const hint = `write \${{ matrix.${toPrintable(name)} }} in the prompt, or name a field`;
    complaints.push(errorAt(place, "unknown-key", message, hint));
  }
  return matrix;
}
