import { FIELDS, modelNamed } from "../catalogue/models.ts";
import { secondsOfShots } from "../catalogue/rules/multi-shot.ts";
import { shown } from "../diagnostics/printable.ts";
import { idsOf } from "./ids.ts";
import type { Note, ReadRow } from "./rows.ts";

/** A shot as the manifest is to have it, and the rows that it is made of. */
export interface ListedShot {
  readonly rows: readonly number[];
  /** Keys in the order in which they are to be read. */
  readonly shot: Readonly<Record<string, unknown>>;
}

/** What the sheet calls the column that a field is read from; null for none. */
export type TitleOf = (field: string) => string | null;

/** Rows into shots: takes folded, ids made legal and unique, and nothing in them that their model does not have. */
export function shotsOf(
  rows: readonly ReadRow[],
  model: string | null,
  titleOf: TitleOf,
): { readonly shots: readonly ListedShot[]; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const folded = foldTakes(rows);
  const ids = idsOf(
    folded.map(({ first: { fields } }) => ({
      id: text(fields["id"]),
      scene: text(fields["scene"]),
      variant: text(fields["variant"]),
      prompt: text(fields["prompt"]),
    })),
  );
  const shots = folded.map((group, index) => {
    const { id, changed } = ids[index] ?? { id: "", changed: null };
    const { row, fields } = group.first;
    const note = (field: string, says: string): void => {
      notes.push({ row, column: titleOf(field) ?? field, says });
    };
    // A combination of a matrix has a new name by nature.
    if (changed !== null && fields["variant"] === undefined) {
      note("id", `${shown(fields["id"])} ${changed}`);
    }
    return { rows: group.rows, shot: shotOf(group, id, model, note) };
  });
  return { shots, notes };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

interface Folded {
  readonly first: ReadRow;
  readonly rows: readonly number[];
  readonly takes: unknown;
}

/** Rows that differ in nothing but the number of their take are takes of one shot. */
function foldTakes(rows: readonly ReadRow[]): readonly Folded[] {
  const groups = new Map<string, { first: ReadRow; rows: number[]; takes: unknown }>();
  for (const read of rows) {
    const { take, takes, ...rest } = read.fields;
    const numbered = take !== undefined && takes === undefined && rest["id"] !== undefined;
    const key = numbered ? JSON.stringify(rest) : `row ${read.row}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: read, rows: [read.row], takes });
    else group.rows.push(read.row);
  }
  return [...groups.values()].map((group) => ({
    ...group,
    takes: group.takes ?? (group.rows.length > 1 ? group.rows.length : undefined),
  }));
}

function shotOf(
  { first: { fields }, takes }: Folded,
  id: string,
  usual: string | null,
  note: (field: string, says: string) => void,
): Readonly<Record<string, unknown>> {
  const model = text(fields["model"]) ?? usual;
  const own = model === null ? undefined : modelNamed(model);
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
  for (const field of FIELDS) {
    const value = fields[field];
    const soundless = own !== undefined && !Object.hasOwn(own.input.shape, "generate_audio");
    if (field === "prompt" && several !== undefined) {
      if (value !== undefined && value !== joinedPrompts(several)) {
        note("prompt", "left out: multi_prompt has the prompts of this shot");
      }
    } else if (field === "duration" && several !== undefined && value === secondsOf(several)) {
      // Their sum is what is sent anyway.
    } else if (field === "generate_audio" && soundless) {
      if (value === true) note(field, `left out: ${own.alias} makes no sound`);
    } else shot[field] = field === "multi_prompt" ? withNumbers(value) : value;
  }
  return Object.fromEntries(Object.entries(shot).filter(([, value]) => value !== undefined));
}

/** An export has the seconds of each part as fal is sent them: as text. */
function withNumbers(several: unknown): unknown {
  if (!Array.isArray(several)) return several;
  return several.map((part: unknown) => {
    if (typeof part !== "object" || part === null || !("duration" in part)) return part;
    const { duration } = part;
    const plain = typeof duration === "string" && /^\d{1,2}$/.test(duration);
    return plain ? { ...part, duration: Number(duration) } : part;
  });
}

function secondsOf(several: unknown): number {
  return secondsOfShots(partsOf(several));
}

/** As an export has them in its column of prompts. */
function joinedPrompts(several: unknown): string {
  return partsOf(several)
    .map(({ prompt }) => prompt)
    .join(" / ");
}

function partsOf(
  several: unknown,
): readonly { readonly prompt: string; readonly duration: string }[] {
  if (!Array.isArray(several)) return [];
  return several.map((part: unknown) => {
    const prompt = typeof part === "object" && part !== null && "prompt" in part ? part.prompt : "";
    const duration =
      typeof part === "object" && part !== null && "duration" in part ? part.duration : "";
    return { prompt: String(prompt), duration: String(duration) };
  });
}
