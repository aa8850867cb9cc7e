import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { type Diagnostic, error, warning } from "../diagnostics/diagnostic.ts";
import { isMapping } from "../diagnostics/mapping.ts";
import { toPrintable, describeValue } from "../diagnostics/printable.ts";
import type { SourceText } from "../diagnostics/source-text.ts";
import { readKey, YamlValue, type YamlTree } from "./yaml-value.ts";
import { findControlCharacter, explainYamlErrors } from "./yaml-errors.ts";

// A campaign of 100,000 plain shots has about 600,000 values.
const MOST_VALUES = 2_000_000;
const DEEPEST = 100;
// A double holds any decimal of 15 digits; a longer number stays text, so that no digit is lost unseen.
const EXACT_DIGITS = 15;

export interface ReadYaml {
  /** Null if the text is not YAML, so that nothing is made of half a document. */
  readonly yaml: YamlValue | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a text into values that know their place. Every YAML error becomes a diagnostic. */
export function readYaml(source: SourceText): ReadYaml {
  const control = findControlCharacter(source);
  if (control !== null) return { yaml: null, diagnostics: [control] };
  const { root, faults } = parseText(source);
  if (faults.length > 0) return { yaml: null, diagnostics: explainYamlErrors(source, faults) };
  const reader = new Reader(source);
  const value = reader.read(root);
  const { diagnostics } = reader;
  // An alias without an anchor leaves a gap, and what is missing there would be reported twice.
  if (diagnostics.some(({ code }) => code === "yaml" || code === "alias-bomb")) {
    return { yaml: null, diagnostics };
  }
  const yaml = new YamlValue(source, value, reader.texts, () => buildTree(source));
  return { yaml, diagnostics };
}

function parseText(source: SourceText): {
  readonly root: Node | null;
  readonly faults: readonly YAMLError[];
} {
  // Keys are looked at here: the library's own search for duplicates is quadratic in a hostile mapping, and
  // `core` keeps 16:9 a ratio even under `%YAML 1.1`, where it would be the number 969.
  const document = parseDocument<Node, true>(source.text, {
    schema: "core",
    resolveKnownTags: false,
    merge: false,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
  });
  return { root: document.contents, faults: [...document.errors, ...document.warnings] };
}

/** Builds the tree once more, for the places of complaints. */
function buildTree(source: SourceText): YamlTree {
  const { root } = parseText(source);
  const reader = new Reader(source);
  reader.read(root);
  return { root, targets: reader.targets, merges: reader.merges };
}

interface ExpandedNode {
  readonly value: unknown;
  readonly values: number;
  readonly levels: number;
}

class Reader {
  readonly #source: SourceText;
  readonly diagnostics: Diagnostic[] = [];
  readonly targets = new Map<Alias, Node>();
  readonly merges = new Map<YAMLMap, YAMLMap[]>();
  readonly texts = new Map<object, Map<PropertyKey, string>>();
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  /** What an anchored node became, how many values it expands to, and how deep. */
  readonly #known = new Map<Node, ExpandedNode>();
  #values = 0;
  /** The deepest level seen so far inside what is being read. */
  #reached = 0;
  #bombed = false;

  constructor(source: SourceText) {
    this.#source = source;
  }

  read(node: Node | null, depth = 0): unknown {
    if (isAlias(node)) return this.#readAlias(node, depth);
    this.#values += 1;
    if (node === null) return null;
    if (depth > DEEPEST) return this.#refuse("yaml", `nested more than ${DEEPEST} deep`, node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (isScalar(node)) {
      const value = readScalar(node);
      this.#warnOfComment(node, value);
      if (anchor !== undefined) this.#known.set(node, { value, values: 1, levels: 0 });
      return value;
    }
    const values = this.#values;
    const outside = this.#reached;
    this.#reached = depth;
    this.#open.add(node);
    const value = isSeq<Node | null>(node)
      ? this.#readList(node.items, depth)
      : isMap<Node, Node | null>(node)
        ? this.#readMap(node, depth)
        : null;
    this.#open.delete(node);
    if (anchor !== undefined) {
      const levels = this.#reached - depth;
      this.#known.set(node, { value, values: this.#values - values + 1, levels });
    }
    this.#reached = Math.max(outside, this.#reached);
    return value;
  }

  /** Warns of `prompt: A man #1 runs`: to YAML the rest is a comment, and another video than the one meant would be paid for. */
  #warnOfComment(node: Scalar, value: unknown): void {
    const { comment, type } = node;
    if (typeof value !== "string" || type !== "PLAIN" || typeof comment !== "string") return;
    if (!/^[^\s#]/.test(comment) || !value.includes(" ")) return;
    const [start, end] = node.range ?? [0, 0];
    const says = `YAML takes ${describeValue(`#${comment}`)} for a comment: this text ends before it`;
    const hint = "put the text in quotes, or a space after the #";
    this.diagnostics.push(warning("not-applied", says, { source: this.#source, start, end }, hint));
  }

  #readAlias(alias: Alias, depth: number): unknown {
    const target = this.#findTarget(alias);
    const known = target === undefined ? undefined : this.#known.get(target);
    if (known === undefined || this.#bombed) return null;
    const name = `*${toPrintable(alias.source)}`;
    if (this.#values + known.values > MOST_VALUES) {
      this.#bombed = true;
      const message = `with ${name} this text expands to more than ${MOST_VALUES} values`;
      return this.#refuse("alias-bomb", message, alias);
    }
    if (depth + known.levels > DEEPEST) {
      return this.#refuse("yaml", `with ${name} this nests more than ${DEEPEST} deep`, alias);
    }
    this.#values += known.values;
    this.#reached = Math.max(this.#reached, depth + known.levels);
    return known.value;
  }

  #findTarget(alias: Alias): Node | undefined {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      this.#refuse(
        "yaml",
        `*${toPrintable(alias.source)} names no anchor above it`,
        alias,
        `write &${toPrintable(alias.source)} before the value it stands for`,
      );
      return undefined;
    }
    if (this.#open.has(target)) {
      this.#refuse("yaml", `*${toPrintable(alias.source)} would contain itself`, alias);
      return undefined;
    }
    this.targets.set(alias, target);
    return target;
  }

  #readList(items: readonly (Node | null)[], depth: number): unknown[] {
    const list: unknown[] = [];
    for (const item of items) {
      const value = this.read(item, depth + 1);
      this.#keepSpelling(list, list.length, item, value);
      list.push(value);
    }
    return list;
  }

  /** Remembers how a number or truth value was written, if that is not how it prints. */
  #keepSpelling(container: object, key: PropertyKey, node: Node | null, value: unknown): void {
    if (typeof value !== "number" && typeof value !== "boolean") return;
    const scalar = isAlias(node) ? this.targets.get(node) : node;
    if (!isScalar(scalar) || scalar.source === undefined) return;
    if (scalar.source !== String(value)) this.#keepText(container, key, scalar.source);
  }

  #keepText(container: object, key: PropertyKey, text: string): void {
    const texts = this.texts.get(container) ?? new Map<PropertyKey, string>();
    this.texts.set(container, texts.set(key, text));
  }

  #readMap(map: YAMLMap<Node, Node | null>, depth: number): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    const seen = new Map<string, Node>();
    const brought: Readonly<Record<string, unknown>>[] = [];
    for (const pair of map.items) {
      if (isMerge(pair)) {
        brought.push(...this.#readMerge(map, pair, depth));
        continue;
      }
      const key = readKey(pair);
      const first = seen.get(key);
      if (first !== undefined) {
        const line = this.#source.findLine(first.range?.[0] ?? 0);
        this.#refuse(
          "duplicate-key",
          `${describeValue(key)} is here twice`,
          pair.key,
          `first on line ${line}`,
        );
      }
      seen.set(key, pair.key);
      const value = this.read(pair.value, depth + 1);
      // As a key, it would change the object's prototype.
      if (key === "__proto__") this.#refuse("unknown-key", `"__proto__" cannot be a key`, pair.key);
      else {
        own[key] = value;
        this.#keepSpelling(own, key, pair.value, value);
      }
    }
    for (const mapping of brought) {
      for (const [key, value] of Object.entries(mapping)) {
        if (Object.hasOwn(own, key)) continue;
        own[key] = value;
        const text = this.texts.get(mapping)?.get(key);
        if (text !== undefined) this.#keepText(own, key, text);
      }
    }
    return own;
  }

  #readMerge(
    into: YAMLMap,
    { key, value }: Pair<Node, Node | null>,
    depth: number,
  ): readonly Readonly<Record<string, unknown>>[] {
    const named = isSeq<Node | null>(value) ? value.items : [value];
    return named.flatMap((node) => {
      const read = this.read(node, depth + 1);
      const target = isAlias(node) ? this.targets.get(node) : node;
      if (isMap(target) && isMapping(read)) {
        const targets = this.merges.get(into) ?? [];
        this.merges.set(into, targets);
        targets.push(target);
        return [read];
      }
      // An alias without an anchor has been reported already.
      if (!isAlias(node) || target !== undefined) {
        this.#refuse(
          "yaml",
          "<< takes a mapping, or a list of mappings",
          node ?? key,
          "write `<<: *name`",
        );
      }
      return [];
    });
  }

  #refuse(code: Diagnostic["code"], message: string, node: Node, hint?: string): null {
    const [start, end] = node.range ?? [0, 0];
    this.diagnostics.push(error(code, message, { source: this.#source, start, end }, hint));
    return null;
  }
}

function isMerge({ key }: Pair<Node, Node | null>): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function readScalar(scalar: Scalar): unknown {
  const { value, source } = scalar;
  if (typeof value !== "number" || source === undefined) return value;
  // No field takes .inf, .nan or 1e400; as text the complaint can show them as they were written.
  if (!Number.isFinite(value)) return source;
  const digits = source.replace(/[eE].*$/, "").replace(/^[-+0.]+|[.]/g, "");
  return digits.length > EXACT_DIGITS ? source : value;
}
