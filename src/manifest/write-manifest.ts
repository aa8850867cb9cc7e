import { Document, isMap, isScalar, isSeq, type Node } from "yaml";

/** A manifest to be written. The keys of its mappings are in the order in which people read them. */
export interface ManifestToWrite {
  /** The path of the JSON Schema, from the manifest's folder. */
  readonly schema: string;
  readonly campaign: string;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly shots: readonly Readonly<Record<string, unknown>>[];
}

/** Writes YAML as a person would: a line for the editor, a blank line between shots, quotes only if they are needed. */
export function writeManifest({ schema, campaign, defaults, shots }: ManifestToWrite): string {
  const head = Object.keys(defaults).length === 0 ? {} : { defaults };
  const document = new Document<Node>(
    { topsheet: 1, campaign, ...head, shots },
    // A reader of YAML 1.1 would take 16:9 for a number and `no` for false.
    { schema: "core", compat: "yaml-1.1", aliasDuplicateObjects: false },
  );
  const { contents } = document;
  if (isMap(contents)) {
    const list = contents.get("shots");
    if (isSeq<Node>(list)) {
      for (const [index, shot] of list.items.entries()) {
        if (index > 0) shot.spaceBefore = true;
        const tags = isMap(shot) ? shot.get("tags") : undefined;
        if (isSeq(tags) && tags.items.every(isPlainWord)) tags.flow = true;
      }
    }
    for (const pair of contents.items) {
      if (isScalar(pair.key) && pair.key.value === "shots") pair.key.spaceBefore = true;
    }
  }
  // A long prompt stays on one line: if it were folded, spaces at the end of a line could be lost.
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return `# yaml-language-server: $schema=${schema}\n${text}`;
}

/** Whether a text needs no quotes anywhere: inside brackets, the library writes some texts of several lines as a mapping. */
function isPlainWord(item: unknown): boolean {
  return isScalar(item) && typeof item.value === "string" && /^[\w.-]+$/.test(item.value);
}
