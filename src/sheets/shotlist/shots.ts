import { FIELDS, findModel } from "../../catalogue/models.ts";
import { readPrompts, sumShotSeconds } from "../../catalogue/rules/prompts.ts";
import { isMapping } from "../../diagnostics/mapping.ts";
import { describeValue } from "../../diagnostics/printable.ts";
import { isName } from "../../manifest/schema.ts";
import { groupBy } from "../../plan/group-by.ts";
import { joinPrompts } from "../../report/plan-columns.ts";
import type { Note, ReadRow } from "./rows.ts";

/** A shot for the manifest, and the rows that it is made of. */
export interface ListedShot {
  readonly rows: readonly number[];
  /** Keys in the order of the manifest. */
  readonly shot: Readonly<Record<string, unknown>>;
}

/** Returns the title of the column that a field is read from; null if there is none. */
export type FindTitle = (field: string) => string | null;

/** Makes shots of rows: folds takes, makes ids legal and unique, and drops what the model does not have. */
export function makeShots(
  rows: readonly ReadRow[],
  model: string | null,
  findTitle: FindTitle,
): { readonly shots: readonly ListedShot[]; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const folded = foldTakes(rows);
  const ids = makeIds(
    folded.map(({ first: { fields } }) => ({
      id: nonEmptyText(fields["id"]),
      scene: nonEmptyText(fields["scene"]),
      variant: nonEmptyText(fields["variant"]),
      prompt: nonEmptyText(fields["prompt"]),
    })),
  );
  const shots = folded.map((group, index) => {
    const { id, changed } = ids[index] ?? { id: "", changed: null };
    const { row, fields } = group.first;
    const note = (field: string, says: string): void => {
      notes.push({ row, column: findTitle(field) ?? field, says });
    };
    // Combinations of a matrix always get a new name.
    if (changed !== null && fields["variant"] === undefined) {
      note("id", `${describeValue(fields["id"])} ${changed}`);
    }
    return { rows: group.rows, shot: makeShot(group, id, model, note) };
  });
  return { shots, notes };
}

function nonEmptyText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

interface Folded {
  readonly first: ReadRow;
  readonly rows: readonly number[];
  readonly takes: unknown;
}

/** Rows that differ only in the number of their take are takes of one shot. */
function foldTakes(rows: readonly ReadRow[]): readonly Folded[] {
  const groups = groupBy(rows, ({ row, fields: { take, takes, ...rest } }) => {
    const numbered = take !== undefined && takes === undefined && rest["id"] !== undefined;
    return numbered ? JSON.stringify(rest) : `row ${row}`;
  });
  return [...groups.values()].map((group) => ({
    first: group[0],
    rows: group.map(({ row }) => row),
    takes: group[0].fields["takes"] ?? (group.length > 1 ? group.length : undefined),
  }));
}

function makeShot(
  { first: { fields }, takes }: Folded,
  id: string,
  usual: string | null,
  note: (field: string, says: string) => void,
): Readonly<Record<string, unknown>> {
  const model = nonEmptyText(fields["model"]) ?? usual;
  const own = model === null ? undefined : findModel(model);
  const { multi_prompt: several } = fields;
  const shot: Record<string, unknown> = {
    id,
    scene: fields["scene"],
    model: model ?? undefined,
    priority: fields["priority"] === 0 ? undefined : fields["priority"],
    takes: takes === 1 ? undefined : takes,
    tags: fields["tags"],
    notes: fields["notes"],
  };
  const soundless = own !== undefined && !Object.hasOwn(own.input.shape, "generate_audio");
  for (const field of FIELDS) {
    const value = fields[field];
    if (field === "prompt" && several !== undefined) {
      if (value !== undefined && value !== joinPrompts({ multi_prompt: several })) {
        note("prompt", "left out: multi_prompt has the prompts of this shot");
      }
    } else if (
      field === "duration" &&
      several !== undefined &&
      value === sumPromptSeconds(several)
    ) {
      // The sum of the parts is sent anyway.
    } else if (field === "generate_audio" && soundless) {
      if (value === true) note(field, `left out: ${own.alias} makes no sound`);
    } else shot[field] = field === "multi_prompt" ? parseDurations(value) : value;
  }
  return Object.fromEntries(Object.entries(shot).filter(([, value]) => value !== undefined));
}

/** In an export the seconds of each part are text, as they are sent. */
function parseDurations(several: unknown): unknown {
  if (!Array.isArray(several)) return several;
  return several.map((part: unknown) =>
    isMapping(part) && /^\d{1,2}$/.test(String(part["duration"]))
      ? { ...part, duration: Number(part["duration"]) }
      : part,
  );
}

function sumPromptSeconds(several: unknown): number {
  const parts = readPrompts({ multi_prompt: several });
  return sumShotSeconds(parts.map(({ seconds }) => ({ duration: seconds ?? "" })));
}

/** What an id is made from. */
interface Named {
  readonly id: string | null;
  readonly scene: string | null;
  /** The values of a matrix, as an export has them. */
  readonly variant: string | null;
  readonly prompt: string | null;
}

interface Id {
  readonly id: string;
  /** Why it differs from the sheet; null if it does not, or if the sheet has none. */
  readonly changed: string | null;
}

const LONGEST = 64;

/** Returns legal ids in the order of the rows, unique without regard to case. */
function makeIds(rows: readonly Named[]): readonly Id[] {
  const perScene = numbersRepeatAcrossScenes(rows);
  const wanted = rows.map((row, index) => proposeId(row, index, perScene));
  const taken = new UsedIds();
  const ids = new Map<number, string>();
  // Ids that are legal in the sheet go first: invented ones give way to them.
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
      written === null || id === written ? null : explainChange(id, wanted[index] ?? "", perScene);
    return { id, changed };
  });
}

function explainChange(id: string, base: string, perScene: boolean): string {
  if (id !== base) return `is also the id of another shot: this one became ${id}`;
  return perScene ? "is used in several scenes: ids are made of scene and shot" : `became ${id}`;
}

/** Whether the sheet numbers shots anew in each scene. */
function numbersRepeatAcrossScenes(rows: readonly Named[]): boolean {
  const seen = new Map<string, string>();
  return rows.some(({ id, scene, variant }) => {
    if (id === null || scene === null || variant !== null) return false;
    const first = seen.get(id.toLowerCase());
    if (first === undefined) seen.set(id.toLowerCase(), scene);
    return first !== undefined && first !== scene;
  });
}

function proposeId(
  { id, scene, variant, prompt }: Named,
  index: number,
  perScene: boolean,
): string {
  if (id !== null && variant === null && !perScene && isName(id)) return id;
  const parts = [perScene ? scene : null, id, variant === null ? null : listVariantValues(variant)];
  const named = slugify(parts.filter((part) => part !== null).join("-"));
  if (named !== "" && id !== null) return named;
  return (
    slugify((prompt ?? "").split(/\s+/).slice(0, 4).join(" ")).toLowerCase() || `shot-${index + 1}`
  );
}

/** Returns `16:9 amber` for `aspect_ratio=16:9 colour=amber`. */
function listVariantValues(variant: string): string {
  return variant.replace(/(^|\s)[A-Za-z_][\w-]*=/g, "$1");
}

/** Keeps letters without accents, digits, dots, underscores and dashes. */
function slugify(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}

class UsedIds {
  readonly #ids = new Set<string>();
  /** The last number for each name, or a thousand rows of one name would each count from two. */
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
