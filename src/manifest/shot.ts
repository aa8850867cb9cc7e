import type { Place } from "../diagnostics/diagnostic.ts";

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
  /** Whether a model is written but could not be read: that has been reported. */
  readonly modelMisread: boolean;
  /** The input fields as written. The same object for every take of a combination. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Where a field of the input was written: in the matrix, in the shot or in the defaults. */
  findPlace(path: readonly PropertyKey[], part?: "key" | "value"): Place;
}

/** What the manifest needs to know about the catalogue: which fields exist, and which of them a model has. */
export interface Vocabulary {
  readonly fields: ReadonlySet<string>;
  /** The fields that take text, in lists too: a matrix value is put there as it was written. */
  readonly texts: ReadonlySet<string>;
  /** Undefined for a model that is not there. */
  listFields(model: string): ReadonlySet<string> | undefined;
}

// The key's own punctuation, and what is unsafe in a file name or on a terminal.
const RESERVED = /[%,=[\]~/\u0000-\u001f\u007f-\u009f]/g;

/** Makes `packshot[aspect_ratio=9:16,colour=amber]`: a shot's id and its matrix values, sorted by name. */
export function makeVariantKey(
  id: string,
  combination: ReadonlyMap<string, { readonly text: string }>,
): string {
  if (combination.size === 0) return id;
  const values = [...combination]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { text }]) => `${name}=${escapeText(text)}`);
  return `${id}[${values.join(",")}]`;
}

/** Makes a line's key: `hero~t2`. */
export function makeTakeKey(variant: string, take: number): string {
  return `${variant}~t${take}`;
}

/** Returns a line's key without its take. */
export function dropTake(key: string): string {
  return key.slice(0, key.lastIndexOf("~"));
}

function escapeText(text: string): string {
  return text.replace(RESERVED, (character) => encodeURIComponent(character).replace("~", "%7E"));
}

/** Folds texts that print alike, or differ only by case, into one: not every disk could keep both as files. */
export function foldLabel(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
