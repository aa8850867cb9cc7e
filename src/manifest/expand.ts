import type { Finding, Place } from "../diagnostics/diagnostic.ts";
import { takeKey, variantKey } from "./key.ts";
import type { Described, Manifest, NamedShot } from "./manifest.ts";
import { type Combination, combinationsOf, type Matrix, productOf, readMatrix } from "./matrix.ts";
import { filled, isTemplate, variablesOf } from "./template.ts";

/** One generation to be made: a shot with its defaults, one combination of its matrix, one take. */
export interface Shot {
  readonly key: string;
  readonly id: string;
  readonly scene: string | null;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly take: number;
  /** The matrix values as written, by name. */
  readonly variant: Readonly<Record<string, string>>;
  readonly model: string | null;
  /** The input fields as written. The same object for every take of a combination. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Where a field of the input was written: in the matrix, in the shot or in the defaults. */
  placeOf(path: readonly PropertyKey[], part?: "key" | "value"): Place;
}

/** What the manifest has to know of the catalogue: which fields exist, and which of them a model has. */
export interface Vocabulary {
  readonly fields: ReadonlySet<string>;
  /** Undefined for a model that is not there. */
  fieldsOf(model: string): ReadonlySet<string> | undefined;
}

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
  const expanders: ShotExpander[] = [];
  let count = 0n;
  for (const shot of manifest.shots) {
    const expander = new ShotExpander(manifest, shot, vocabulary, findings);
    count += expander.count;
    expanders.push(expander);
  }
  if (count > BigInt(room)) {
    const made = count.toLocaleString("en-US");
    const most = MOST_LINES.toLocaleString("en-US");
    const largest = expanders.reduce((a, b) => (b.count > a.count ? b : a));
    findings.push({
      code: "too-many-lines",
      severity: "error",
      message: `this would make ${made} lines; a plan holds ${most}`,
      path: largest.blame,
      hint: "takes and every list of a matrix multiply; split the campaign over several plans",
    });
    return { shots: [], findings };
  }
  for (const expander of expanders) expander.expandInto(shots);
  return { shots, findings };
}

class ShotExpander {
  readonly #manifest: Manifest;
  readonly #shot: Described<NamedShot>;
  readonly #vocabulary: Vocabulary;
  readonly #findings: Finding[];
  readonly #matrix: Matrix | null;
  readonly #takes: number;
  readonly #id: string;
  readonly #templates: boolean;
  readonly count: bigint;

  constructor(
    manifest: Manifest,
    shot: Described<NamedShot>,
    vocabulary: Vocabulary,
    findings: Finding[],
  ) {
    this.#manifest = manifest;
    this.#shot = shot;
    this.#vocabulary = vocabulary;
    this.#findings = findings;
    this.#id = shot.own.id;
    this.#takes = shot.own.takes ?? manifest.defaults.own.takes ?? 1;
    this.#templates = [shot.own, shot.input, manifest.defaults.own, manifest.defaults.input].some(
      isTemplate,
    );
    this.#matrix = this.#readMatrix();
    const combinations = this.#matrix === null ? 1n : productOf(this.#matrix);
    this.count = combinations * BigInt(this.#takes);
  }

  /** What makes it large: the matrix, or the takes. */
  get blame(): readonly PropertyKey[] {
    return [...this.#shot.path, this.#matrix === null ? "takes" : "matrix"];
  }

  expandInto(shots: Shot[]): void {
    const combinations: readonly Combination[] =
      this.#matrix === null ? [new Map()] : combinationsOf(this.#matrix);
    if (combinations.length === 0) {
      this.#complain("matrix", "this matrix leaves no combination", [...this.#shot.path, "matrix"]);
    }
    const keys = new Set<string>();
    for (const combination of combinations) {
      const key = variantKey(this.#id, combination);
      const folded = key.normalize("NFKC").toLowerCase();
      if (keys.has(folded)) {
        this.#complain("id-taken", `two combinations of this matrix are both ${key}`, [
          ...this.#shot.path,
          "matrix",
        ]);
        continue;
      }
      keys.add(folded);
      const variant = this.#variantOf(key, combination);
      for (let take = 1; take <= this.#takes; take += 1) {
        shots.push({ ...variant, key: takeKey(key, take), take });
      }
    }
  }

  #variantOf(key: string, combination: Combination): Shot {
    const { own, path } = this.#shot;
    const defaults = this.#manifest.defaults;
    const text = (value: unknown, at: readonly PropertyKey[]): unknown =>
      this.#templates ? filled(value, combination, at, this.#findings) : value;
    const place = (field: string): readonly PropertyKey[] =>
      Object.hasOwn(own, field) ? [...path, field] : ["defaults", field];
    const model =
      combination.get("model")?.text ?? text(own.model ?? defaults.own.model, place("model"));
    const scene = own.scene ?? defaults.own.scene;
    const tags = own.tags ?? defaults.own.tags ?? [];
    return {
      key,
      id: this.#id,
      scene:
        scene === undefined || scene === null
          ? null
          : String(text(this.#label(scene, place("scene")), place("scene"))),
      tags: tags.map((tag, index) =>
        String(text(this.#label(tag, [...place("tags"), index]), place("tags"))),
      ),
      priority: own.priority ?? defaults.own.priority ?? 0,
      take: 1,
      variant: Object.fromEntries([...combination].map(([name, value]) => [name, value.text])),
      model: typeof model === "string" ? model : null,
      input: this.#inputOf(typeof model === "string" ? model : null, combination),
      placeOf: (field, part) => this.#placeOf(combination, field, part),
    };
  }

  #inputOf(model: string | null, combination: Combination): Readonly<Record<string, unknown>> {
    const { input, path } = this.#shot;
    const fromMatrix = [...combination].filter(([name]) => this.#vocabulary.fields.has(name));
    const stated = new Set(fromMatrix.map(([name]) => name));
    for (const [field, value] of Object.entries(input)) if (value !== null) stated.add(field);
    const fields = model === null ? undefined : this.#vocabulary.fieldsOf(model);
    const result: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(this.#manifest.defaults.input)) {
      if (fields !== undefined && !fields.has(field)) continue;
      if (stated.has(field) || !defaultApplies(field, stated, this.#manifest.defaults.input))
        continue;
      result[field] = this.#templates
        ? filled(value, combination, ["defaults", field], this.#findings)
        : value;
    }
    for (const [field, value] of Object.entries(input)) {
      // Null in a field means absent; in a key that is none it stays, to be complained about.
      if (value === null && this.#vocabulary.fields.has(field)) continue;
      result[field] = this.#templates
        ? filled(value, combination, [...path, field], this.#findings)
        : value;
    }
    for (const [name, { value }] of fromMatrix) result[name] = value;
    return result;
  }

  #placeOf(
    combination: Combination,
    path: readonly PropertyKey[],
    part: "key" | "value" = "value",
  ): Place {
    const { written, defaults } = this.#manifest;
    const [field] = path;
    const varied = typeof field === "string" ? combination.get(field) : undefined;
    if (varied !== undefined) return written.placeOf(varied.path, "value");
    if (field === undefined) return written.placeOf([...this.#shot.path, "id"]);
    const own = Object.hasOwn(this.#shot.input, field) || Object.hasOwn(this.#shot.own, field);
    if (own) return written.placeOf([...this.#shot.path, ...path], part);
    const inDefaults = Object.hasOwn(defaults.input, field) || Object.hasOwn(defaults.own, field);
    return inDefaults
      ? written.placeOf(["defaults", ...path], part)
      : written.placeOf([...this.#shot.path, "id"]);
  }

  #readMatrix(): Matrix | null {
    const { own, input, path } = this.#shot;
    if (own.matrix === undefined || own.matrix === null) return null;
    const { written, defaults } = this.#manifest;
    const at = [...path, "matrix"];
    const { matrix, findings } = readMatrix(own.matrix, at, (inner) => written.textOf(inner));
    this.#findings.push(...findings);
    const { matrix: _, ...described } = own;
    const used = variablesOf([described, input, defaults.own, defaults.input]);
    for (const name of matrix.names) {
      if (name === "model" || this.#vocabulary.fields.has(name) || used.has(name)) continue;
      const included = matrix.include.findIndex((entry) => entry.has(name));
      const place = matrix.axes.has(name) ? [...at, name] : [...at, "include", included, name];
      this.#findings.push({
        code: "unknown-key",
        severity: "error",
        message: `the matrix varies ${name}, which is no input field and which nothing refers to`,
        path: place,
        hint: `write \${{ matrix.${name} }} in the prompt, or name a field`,
      });
    }
    return matrix;
  }

  #label(value: string | number | boolean, path: readonly PropertyKey[]): string {
    return typeof value === "string"
      ? value
      : (this.#manifest.written.textOf(path) ?? String(value));
  }

  #complain(code: Finding["code"], message: string, path: readonly PropertyKey[]): void {
    this.#findings.push({ code, severity: "error", message, path });
  }
}

/** A default prompt is for shots that have none of either kind; default seconds never for a list of shots. */
function defaultApplies(
  field: string,
  stated: ReadonlySet<string>,
  defaults: Readonly<Record<string, unknown>>,
): boolean {
  if (field === "prompt") return !stated.has("multi_prompt");
  if (field === "multi_prompt") return !stated.has("prompt");
  const listed = (defaults["multi_prompt"] ?? null) !== null && !stated.has("prompt");
  return field !== "duration" || !(stated.has("multi_prompt") || listed);
}
