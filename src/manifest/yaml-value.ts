import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { Place } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../diagnostics/source-text.ts";

/** The tree of a YAML text, with what its aliases and its `<<` lead to. */
export interface YamlTree {
  readonly root: Node | null;
  readonly targets: ReadonlyMap<Alias, Node>;
  /** The mappings that a mapping's `<<` names, in the order in which they win. */
  readonly merges: ReadonlyMap<YAMLMap, readonly YAMLMap[]>;
}

/** How scalars were written, if that is not how their value prints: `2.10`, `007`, `0x1F`. */
export type ScalarTexts = ReadonlyMap<object, ReadonlyMap<PropertyKey, string>>;

/**
 * A YAML text as plain values that know their place in the text. The place of a value that comes from an alias or a
 * merge is at the anchor, where a person would correct it.
 */
export class YamlValue {
  readonly source: SourceText;
  /** Plain JSON-like values, `<<` resolved. */
  readonly value: unknown;
  readonly #texts: ScalarTexts;
  readonly #buildTree: () => YamlTree;
  #builtTree: YamlTree | undefined;
  readonly #indexed = new Map<YAMLMap, ReadonlyMap<PropertyKey, Pair<Node, Node | null>>>();

  /**
   * `buildTree` is called when the first place is asked for: the tree of 10,000 shots takes 80 MB, and a
   * manifest without mistakes never needs it again.
   */
  constructor(source: SourceText, value: unknown, texts: ScalarTexts, buildTree: () => YamlTree) {
    this.source = source;
    this.value = value;
    this.#texts = texts;
    this.#buildTree = buildTree;
  }

  /** Finds the place of a value, or of its key; if the path leads nowhere, of the last thing that is there. */
  findPlace(path: readonly PropertyKey[], part: "key" | "value" = "value"): Place {
    let node = this.#resolveAlias(this.#getTree().root);
    let key: Node | null = null;
    for (const step of path) {
      const next = this.#step(node, step);
      if (next === undefined) return this.#makePlace(key ?? node);
      key = next.key;
      node = this.#resolveAlias(next.value);
    }
    const points = part === "key" || (key !== null && !isScalar(node));
    return this.#makePlace(points ? (key ?? node) : (node ?? key));
  }

  /** Returns a scalar as it was written: `2.10` and not 2.1. */
  getText(path: readonly PropertyKey[], value: string | number | boolean): string {
    const last = path.at(-1);
    let container: unknown = this.value;
    for (const step of path.slice(0, -1)) {
      if (typeof container !== "object" || container === null) break;
      container = Object.getOwnPropertyDescriptor(container, step)?.value;
    }
    const texts =
      typeof container === "object" && container !== null ? this.#texts.get(container) : undefined;
    return (last === undefined ? undefined : texts?.get(last)) ?? String(value);
  }

  #getTree(): YamlTree {
    this.#builtTree ??= this.#buildTree();
    return this.#builtTree;
  }

  #step(
    node: Node | null,
    step: PropertyKey,
  ): { readonly key: Node | null; readonly value: Node | null } | undefined {
    if (isSeq<Node>(node)) {
      const value = typeof step === "number" ? node.items[step] : undefined;
      return value === undefined ? undefined : { key: null, value };
    }
    if (!isMap<Node, Node | null>(node)) return undefined;
    const own = this.#indexPairs(node).get(step);
    if (own !== undefined) return { key: own.key, value: own.value };
    for (const merged of this.#getTree().merges.get(node) ?? []) {
      const found = this.#step(merged, step);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Each mapping is indexed once: one of 100,000 wrong keys would be searched as often. */
  #indexPairs(map: YAMLMap<Node, Node | null>): ReadonlyMap<PropertyKey, Pair<Node, Node | null>> {
    const known = this.#indexed.get(map);
    if (known !== undefined) return known;
    const pairs = new Map(map.items.map((pair) => [readKey(pair), pair]));
    this.#indexed.set(map, pairs);
    return pairs;
  }

  #resolveAlias(node: Node | null): Node | null {
    return isAlias(node) ? (this.#getTree().targets.get(node) ?? null) : node;
  }

  #makePlace(node: Node | null): Place {
    const [start, end] = node?.range ?? [0, 0];
    return { source: this.source, start, end };
  }
}

export function readKey(pair: Pair<Node, Node | null>): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}
