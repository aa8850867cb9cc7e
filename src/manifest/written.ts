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

/** What a mapping's `<<` brings in: the mappings it names, in the order in which they win. */
export type Merges = ReadonlyMap<YAMLMap, readonly YAMLMap[]>;

/**
 * A YAML text as plain values, and where in the text each of them stands. Through an alias or a merge it is
 * the text behind the anchor that counts: that is where a person would mend it.
 */
export class Written {
  readonly #root: Node | null;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #merges: Merges;

  readonly source: SourceText;
  /** Plain JSON-like values, `<<` resolved. */
  readonly value: unknown;

  constructor(
    source: SourceText,
    value: unknown,
    nodes: {
      readonly root: Node | null;
      readonly targets: ReadonlyMap<Alias, Node>;
      readonly merges: Merges;
    },
  ) {
    this.source = source;
    this.value = value;
    this.#root = nodes.root;
    this.#targets = nodes.targets;
    this.#merges = nodes.merges;
  }

  /** Where a value stands, or its key; where the path leads nowhere, the last thing that is there. */
  placeOf(path: readonly PropertyKey[], part: "key" | "value" = "value"): Place {
    let node = this.#resolved(this.#root);
    let key: Node | null = null;
    for (const step of path) {
      const next = this.#step(node, step);
      if (next === undefined) return this.#place(key ?? node);
      key = next.key;
      node = this.#resolved(next.value);
    }
    const points = part === "key" || (key !== null && !isScalar(node));
    return this.#place(points ? (key ?? node) : (node ?? key));
  }

  /** A scalar as it was written: `2.10` and not 2.1. Undefined for a list or mapping. */
  textOf(path: readonly PropertyKey[]): string | undefined {
    let node = this.#resolved(this.#root);
    for (const step of path) node = this.#resolved(this.#step(node, step)?.value ?? null);
    return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
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
    const own = node.items.findLast((pair) => keyOf(pair) === step);
    if (own !== undefined) return { key: own.key, value: own.value };
    for (const merged of this.#merges.get(node) ?? []) {
      const found = this.#step(merged, step);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #resolved(node: Node | null): Node | null {
    return isAlias(node) ? (this.#targets.get(node) ?? null) : node;
  }

  #place(node: Node | null): Place {
    const [start, end] = node?.range ?? [0, 0];
    return { source: this.source, start, end };
  }
}

export function keyOf(pair: Pair<Node, Node | null>): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}
