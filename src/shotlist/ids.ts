import { isName } from "../manifest/schema.ts";

/** What an id is made from. */
export interface Named {
  readonly id: string | null;
  readonly scene: string | null;
  /** The values of a matrix, as an export has them. */
  readonly variant: string | null;
  readonly prompt: string | null;
}

export interface Id {
  readonly id: string;
  /** Why it is not what the sheet says; null where it is, or where the sheet says nothing. */
  readonly changed: string | null;
}

const LONGEST = 64;

/** Legal ids, each once whatever the case, in the order of the rows. */
export function idsOf(rows: readonly Named[]): readonly Id[] {
  const perScene = sameInSeveralScenes(rows);
  const wanted = rows.map((row, index) => wantedId(row, index, perScene));
  const taken = new Taken();
  const ids = new Map<number, string>();
  // Ids that stand in the sheet as they are go first: what is made up gives way to them.
  const seen = new Set<string>();
  const asWritten = rows.map(({ id }, index) => {
    const first = id !== null && id === wanted[index] && !seen.has(id.toLowerCase());
    if (first) seen.add(id.toLowerCase());
    return first;
  });
  for (const kept of [true, false]) {
    for (const [index, base] of wanted.entries()) {
      if (asWritten[index] === kept) ids.set(index, taken.free(base));
    }
  }
  return rows.map(({ id: written }, index) => {
    const id = ids.get(index) ?? "";
    const changed =
      written === null || id === written ? null : whyOf(id, wanted[index] ?? "", perScene);
    return { id, changed };
  });
}

function whyOf(id: string, base: string, perScene: boolean): string {
  if (id !== base) return `is another shot's too: this one became ${id}`;
  return perScene ? "stands for several: ids are made of scene and shot" : `became ${id}`;
}

/** Many shot lists count shots anew in each scene. */
function sameInSeveralScenes(rows: readonly Named[]): boolean {
  const seen = new Map<string, string>();
  return rows.some(({ id, scene, variant }) => {
    if (id === null || scene === null || variant !== null) return false;
    const first = seen.get(id.toLowerCase());
    if (first === undefined) seen.set(id.toLowerCase(), scene);
    return first !== undefined && first !== scene;
  });
}

function wantedId({ id, scene, variant, prompt }: Named, index: number, perScene: boolean): string {
  if (id !== null && variant === null && !perScene && isName(id)) return id;
  const parts = [perScene ? scene : null, id, variant === null ? null : valuesOf(variant)];
  const named = slug(parts.filter((part) => part !== null).join("-"));
  if (named !== "" && id !== null) return named;
  return (
    slug((prompt ?? "").split(/\s+/).slice(0, 4).join(" ")).toLowerCase() || `shot-${index + 1}`
  );
}

/** `aspect_ratio=16:9 colour=amber` is told apart by `16:9 amber`. */
function valuesOf(variant: string): string {
  return variant.replace(/(^|\s)[A-Za-z_][\w-]*=/g, "$1");
}

/** Letters without their accents, digits and dashes. */
function slug(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}

class Taken {
  readonly #ids = new Set<string>();
  /** Where counting went on to: a thousand rows of one name would each count from two. */
  readonly #counted = new Map<string, number>();

  free(base: string): string {
    let id = base;
    let count = this.#counted.get(base.toLowerCase()) ?? 1;
    while (this.#ids.has(id.toLowerCase())) {
      count += 1;
      const end = `-${count}`;
      id = `${base.slice(0, LONGEST - end.length)}${end}`;
    }
    this.#counted.set(base.toLowerCase(), count);
    this.#ids.add(id.toLowerCase());
    return id;
  }
}
