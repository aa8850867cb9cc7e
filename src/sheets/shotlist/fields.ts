import { FIELDS } from "../../catalogue/models.ts";
import { unescapeFormula, type GridCell, isUnusable } from "../grid.ts";
import {
  NO_VALUE,
  readAddresses,
  readCount,
  readList,
  readModel,
  readName,
  readNumber,
  readPriority,
  readRatio,
  readSeconds,
  readTags,
  readText,
  readWord,
  readYesOrNo,
  type Reader,
  type Reading,
  refuseCell,
} from "./cells.ts";

// What a column of a shot list can be. A new kind of column is a row of this table.

/** A key of a shot, or an input field under the model's own name. */
export type Field = string;

interface FieldOfSheet {
  /**
   * What people call it, likeliest first. A name belongs to one field only; upper case, blanks and punctuation do not
   * count, nor does text in brackets: "Secs (s)" is "secs".
   */
  readonly names: string;
  readonly read: Reader;
}

const SHEET_FIELDS: Readonly<Record<Field, FieldOfSheet>> = {
  id: {
    names:
      "id, shot, shot id, shot no, shot nr, shot number, shot name, slate, setup, #, no, nr, number, name",
    read: readName,
  },
  scene: { names: "scene, sc, scene no, scene nr, scene number, sequence, seq", read: readName },
  prompt: {
    names:
      "prompt, ai prompt, video prompt, full prompt, description, shot description, desc, action, visual, visuals, picture, content",
    read: readText,
  },
  multi_prompt: { names: "multi prompt", read: readList },
  duration: {
    names:
      "duration, seconds, secs, sec, s, dur, length, len, running time, run time, time, screen time",
    read: readSeconds,
  },
  aspect_ratio: { names: "aspect ratio, ratio, aspect, format, orientation, ar", read: readRatio },
  model: { names: "model, ai model, engine, generator", read: readModel },
  generate_audio: {
    names: "generate audio, audio, sound, native audio, with audio, with sound",
    read: readYesOrNo,
  },
  takes: {
    names:
      "takes, qty, quantity, versions, variations, generations, options, number of takes, no of takes, count",
    read: readCount,
  },
  take: { names: "take, take no, take nr, take number", read: readCount },
  variant: { names: "variant", read: readWord },
  priority: { names: "priority, prio", read: readPriority },
  tags: { names: "tags, tag, labels, label, keywords", read: readTags },
  notes: { names: "notes, note, comments, comment, remarks, remark", read: readText },
  negative_prompt: { names: "negative prompt, negative, avoid", read: readText },
  cfg_scale: { names: "cfg scale, cfg, guidance", read: readNumber },
  start_image_url: {
    names: "start image url, start image, start frame, first frame",
    read: readWord,
  },
  end_image_url: { names: "end image url, end image, end frame, last frame", read: readWord },
  image_urls: { names: "image urls, reference images, references", read: readAddresses },
  elements: { names: "elements", read: readList },
  campaign: { names: "campaign", read: readWord },
};

/** Columns of our own export that a manifest has no place for: topsheet computes them. */
const COMPUTED = "key, endpoint, unit price, cost, basis, state, fingerprint, ordinal";

/** Fields of which blanks are sent too. */
const EXACT_TEXT: ReadonlySet<Field> = new Set(["prompt", "negative_prompt"]);

function splitNames(names: string): readonly string[] {
  return names.split(", ");
}

/** Every field that `--map` accepts. A field that is not in the table is read as text, under the model's name. */
export const FIELD_NAMES: readonly Field[] = [
  ...new Set([...Object.keys(SHEET_FIELDS), ...FIELDS]),
];

/** The field and rank of each simplified name; rank 0 is the likeliest. */
const RANKS: ReadonlyMap<string, { readonly field: Field; readonly rank: number }> = new Map(
  FIELD_NAMES.flatMap((field) => [
    [simplify(field), { field, rank: 0 }],
    ...splitNames(SHEET_FIELDS[field]?.names ?? "").map(
      (name, rank) => [simplify(name), { field, rank }] as const,
    ),
  ]),
);

export function findField(name: string): Field | undefined {
  return RANKS.get(simplify(name))?.field;
}

/** Ranks a name among those of its field: 0 is the likeliest. */
export function rankName(name: string): number {
  return RANKS.get(simplify(name))?.rank ?? 0;
}

const COMPUTED_NAMES: ReadonlySet<string> = new Set(splitNames(COMPUTED).map(simplify));

export function isComputed(name: string): boolean {
  return COMPUTED_NAMES.has(simplify(name));
}

/** Names to suggest for a misspelt one, as people write them. */
export const KNOWN_NAMES: readonly string[] = [
  ...new Set([
    ...Object.values(SHEET_FIELDS).flatMap(({ names }) => splitNames(names)),
    ...[...FIELDS].map((field) => field.replaceAll("_", " ")),
  ]),
].filter((name) => name.length > 2);

/** Keeps only letters and digits, in lower case: "Shot-No." is "shotno". A # alone is a name too. */
export function simplify(name: string): string {
  const bare = name
    .normalize("NFKC")
    .replace(/\([^)]*\)|\[[^\]]*\]/g, "")
    .trim()
    .toLowerCase();
  return bare === "#" ? bare : bare.replace(/[^\p{L}\p{N}]/gu, "");
}

/** Reads a cell as the field of its column. */
export function readCell(field: Field, cell: GridCell): Reading {
  if (cell === null) return NO_VALUE;
  if (isUnusable(cell)) {
    return cell.unusable === "failed"
      ? refuseCell("its formula has failed")
      : refuseCell(
          "its formula's result is not in the file",
          "open the file in a spreadsheet and save it: no formula is computed here",
        );
  }
  const read = SHEET_FIELDS[field]?.read ?? readText;
  if (typeof cell !== "string") return read(cell);
  const text = unescapeFormula(cell);
  if (text === null) return NO_VALUE;
  if (text !== "" && text.trim() === "" && !EXACT_TEXT.has(field)) return NO_VALUE;
  return read(text);
}
