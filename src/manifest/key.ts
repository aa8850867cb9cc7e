// What the key's own punctuation is made of, and what no file name or terminal should meet.
const RESERVED = /[%,=[\]~/\u0000-\u001f\u007f-\u009f]/g;

/** `packshot[aspect_ratio=9:16,colour=amber]`: the shot's id and its matrix values, sorted by name. */
export function variantKey(
  id: string,
  combination: ReadonlyMap<string, { readonly text: string }>,
): string {
  if (combination.size === 0) return id;
  const values = [...combination]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { text }]) => `${name}=${escaped(text)}`);
  return `${id}[${values.join(",")}]`;
}

/** A line's key: `hero~t2`. */
export function takeKey(variant: string, take: number): string {
  return `${variant}~t${take}`;
}

function escaped(text: string): string {
  return text.replace(RESERVED, (character) => encodeURIComponent(character).replace("~", "%7E"));
}

/** What two texts share that print alike, or differ only by case: not every disk could keep both as files. */
export function folded(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
