import type { Finding, Place } from "../diagnostics/diagnostic.ts";
import type { Described, Manifest, NamedShot } from "./manifest.ts";
import type { Combination } from "./matrix.ts";
import type { Shot, Vocabulary } from "./shot.ts";
import { fillTemplate, isTemplate } from "./template.ts";

type Fields = Readonly<Record<string, unknown>>;
type Fill = (value: unknown, path: readonly PropertyKey[]) => unknown;

/** Decides where each value of a line comes from: the matrix before the shot, the shot before the defaults. */
export class Inheritance {
  readonly #manifest: Manifest;
  readonly #vocabulary: Vocabulary;
  readonly #findings: Finding[];
  readonly #defaults: readonly (readonly [string, unknown])[];
  readonly #templatedDefaults: boolean;

  constructor(manifest: Manifest, vocabulary: Vocabulary, findings: Finding[]) {
    const { own, input } = manifest.defaults;
    this.#manifest = manifest;
    this.#vocabulary = vocabulary;
    this.#findings = findings;
    this.#defaults = Object.entries(input).filter(([, value]) => value !== null);
    this.#templatedDefaults = isTemplate(own) || isTemplate(input);
  }

  /** Returns a function that makes a shot's first take under a combination of its matrix. */
  makeVariants(shot: Described<NamedShot>): (combination: Combination, key: string) => Shot {
    const templated = this.#templatedDefaults || isTemplate(shot.own) || isTemplate(shot.input);
    // If a matrix could not be read, its variables only seem to be missing.
    const findings = shot.misread.has("matrix") ? [] : this.#findings;
    const { texts } = this.#vocabulary;
    return (combination, key) =>
      this.#makeFirstTake(shot, combination, key, (value, path) =>
        templated ? fillTemplate(value, { variables: combination, texts, path, findings }) : value,
      );
  }

  #makeFirstTake(
    shot: Described<NamedShot>,
    combination: Combination,
    key: string,
    fill: Fill,
  ): Shot {
    const { own } = shot;
    const text = (value: string | number | boolean, path: readonly PropertyKey[]): string =>
      String(
        fill(typeof value === "string" ? value : this.#manifest.yaml.getText(path, value), path),
      );
    const defaults = this.#manifest.defaults.own;
    const from = (key: "model" | "scene" | "tags"): readonly PropertyKey[] =>
      (own[key] ?? null) === null ? ["defaults", key] : [...shot.path, key];
    const named = own.model ?? defaults.model ?? null;
    const model =
      combination.get("model")?.text ?? (named === null ? null : text(named, from("model")));
    const scene = own.scene ?? defaults.scene ?? null;
    const tags = own.tags ?? defaults.tags ?? [];
    return {
      key,
      take: 1,
      id: own.id,
      scene: scene === null ? null : text(scene, from("scene")),
      tags: tags.map((tag, index) => text(tag, [...from("tags"), index])),
      priority: own.priority ?? defaults.priority ?? 0,
      variant: Object.fromEntries([...combination].map(([name, value]) => [name, value.text])),
      model,
      modelMisread: [shot, this.#manifest.defaults].some(({ misread }) => misread.has("model")),
      input: this.#makeInput(shot, model, combination, fill),
      findPlace: (path, part) => this.#findPlace(shot, combination, path, part),
    };
  }

  #makeInput(
    { input, path }: Described<NamedShot>,
    model: string | null,
    combination: Combination,
    fill: Fill,
  ): Fields {
    const { fields, texts } = this.#vocabulary;
    const result: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(input)) {
      // Null in a field means absent; in an unknown key it stays, to be reported.
      if (value === null && fields.has(field)) continue;
      result[field] = fill(value, [...path, field]);
    }
    for (const [name, { value, text }] of combination) {
      if (fields.has(name)) result[name] = texts.has(name) ? text : value;
    }
    const own = model === null ? undefined : this.#vocabulary.listFields(model);
    const stated = new Set(Object.keys(result));
    for (const [field, value] of this.#defaults) {
      if (stated.has(field) || own?.has(field) === false || !this.#applies(field, stated)) continue;
      result[field] = fill(value, ["defaults", field]);
    }
    return result;
  }

  /** A default prompt applies to shots with neither kind of prompt; a default duration never to a shot with multi_prompt. */
  #applies(field: string, stated: ReadonlySet<string>): boolean {
    if (field === "prompt") return !stated.has("multi_prompt");
    if (field === "multi_prompt") return !stated.has("prompt");
    if (field !== "duration") return true;
    const listed = this.#defaults.some(([name]) => name === "multi_prompt");
    return !stated.has("multi_prompt") && (!listed || stated.has("prompt"));
  }

  #findPlace(
    { own, input, path: shot }: Described<NamedShot>,
    combination: Combination,
    path: readonly PropertyKey[],
    part: "key" | "value" = "value",
  ): Place {
    const { yaml, defaults } = this.#manifest;
    const has = (fields: object, field: string): boolean =>
      (Object.getOwnPropertyDescriptor(fields, field)?.value ?? null) !== null;
    const [field] = path;
    const id = (): Place => yaml.findPlace([...shot, "id"]);
    if (typeof field !== "string") return id();
    const varied = combination.get(field);
    if (varied !== undefined) return yaml.findPlace(varied.path);
    // A key that is no field keeps its null: it is there to be pointed at.
    const unknown = Object.hasOwn(input, field) && !this.#vocabulary.fields.has(field);
    if (has(own, field) || has(input, field) || unknown) {
      return yaml.findPlace([...shot, ...path], part);
    }
    const inherited = has(defaults.own, field) || has(defaults.input, field);
    return inherited ? yaml.findPlace(["defaults", ...path], part) : id();
  }
}
