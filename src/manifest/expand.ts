import type { Finding } from "../diagnostics/diagnostic.ts";
import { printable, shown } from "../diagnostics/printable.ts";
import { Inheritance } from "./inherit.ts";
import { takeKey, variantKey } from "./key.ts";
import type { Described, Manifest, NamedShot } from "./manifest.ts";
import { type Combination, combinationsOf, type Matrix, productOf, readMatrix } from "./matrix.ts";
import type { Shot, Vocabulary } from "./shot.ts";
import { variablesOf } from "./template.ts";

/** A plan of more lines than this would not be read by anyone, and would not fit in memory for long. */
export const MOST_LINES = 250_000;

export interface Expansion {
  readonly shots: readonly Shot[];
  readonly findings: readonly Finding[];
}

/** Every line a manifest makes, in the order of the text: matrix combinations, then takes innermost. */
export function expand(manifest: Manifest, vocabulary: Vocabulary, room = MOST_LINES): Expansion {
  const findings: Finding[] = [];
  const shots: Shot[] = [];
  const inherit = new Inheritance(manifest, vocabulary, findings);
  const multiplied = manifest.shots.map((shot) => multiply(manifest, shot, vocabulary, findings));
  const count = multiplied.reduce((sum, { count: lines }) => sum + lines, 0n);
  if (count > BigInt(room)) {
    const made = count.toLocaleString("en-US");
    const most = MOST_LINES.toLocaleString("en-US");
    const largest = multiplied.reduce((a, b) => (b.count > a.count ? b : a));
    findings.push({
      code: "too-many-lines",
      severity: "error",
      message: `this would make ${made} lines; a plan holds ${most}`,
      path: [...largest.shot.path, largest.matrix === null ? "takes" : "matrix"],
      hint: "takes and every list of a matrix multiply; split the campaign over several plans",
    });
    return { shots: [], findings };
  }
  for (const one of multiplied) expandInto(shots, one, inherit, findings);
  return { shots, findings };
}

/** A shot and what it is multiplied by. */
interface Multiplied {
  readonly shot: Described<NamedShot>;
  readonly matrix: Matrix | null;
  readonly takes: number;
  /** Lines, before `exclude` and `include`: known before any is made. */
  readonly count: bigint;
}

function multiply(
  manifest: Manifest,
  shot: Described<NamedShot>,
  vocabulary: Vocabulary,
  findings: Finding[],
): Multiplied {
  const matrix = matrixOf(manifest, shot, vocabulary, findings);
  const takes = shot.own.takes ?? manifest.defaults.own.takes ?? 1;
  const combinations = matrix === null ? 1n : productOf(matrix);
  return { shot, matrix, takes, count: combinations * BigInt(takes) };
}

const ONE_COMBINATION: readonly Combination[] = [new Map()];

function expandInto(
  shots: Shot[],
  { shot, matrix, takes }: Multiplied,
  inherit: Inheritance,
  findings: Finding[],
): void {
  const path = [...shot.path, "matrix"];
  const combinations = matrix === null ? ONE_COMBINATION : combinationsOf(matrix);
  if (combinations.length === 0) {
    const message = "this matrix leaves no combination";
    findings.push({ code: "matrix", severity: "error", message, path });
  }
  const keys = new Set<string>();
  for (const combination of combinations) {
    const key = variantKey(shot.own.id, combination);
    const folded = key.normalize("NFKC").toLowerCase();
    if (keys.has(folded)) {
      const message = `two combinations of this matrix are both ${printable(key)}`;
      findings.push({ code: "id-taken", severity: "error", message, path });
      continue;
    }
    keys.add(folded);
    const variant = inherit.variant(shot, combination);
    for (let take = 1; take <= takes; take += 1) {
      shots.push({ ...variant, key: takeKey(key, take), take });
    }
  }
}

/** The shot's matrix; a variable that would change nothing is a complaint. */
function matrixOf(
  { written, defaults }: Manifest,
  { own, input, path }: Described<NamedShot>,
  vocabulary: Vocabulary,
  complaints: Finding[],
): Matrix | null {
  const { matrix: mapping, ...described } = own;
  if (mapping === undefined || mapping === null) return null;
  const at = [...path, "matrix"];
  const { matrix, findings } = readMatrix(mapping, at, (inner, value) =>
    written.textOf(inner, value),
  );
  complaints.push(...findings);
  const used = variablesOf([described, input, defaults.own, defaults.input]);
  for (const [name, place] of matrix.names) {
    if (name === "model" || vocabulary.fields.has(name) || used.has(name)) continue;
    complaints.push({
      code: "unknown-key",
      severity: "error",
      message: `the matrix varies ${shown(name)}, which is no input field and which nothing refers to`,
      path: place,
      hint: `write \${{ matrix.${printable(name)} }} in the prompt, or name a field`,
    });
  }
  return matrix;
}
