import { FIELDS } from "../catalogue/models.ts";

/** What a column of a shot list can be: a key of a shot, or an input field under fal's own name. */
export type Field = string;

/** What topsheet works out itself: its own export has it, and a manifest has no place for it. */
const WORKED_OUT = [
  "key",
  "endpoint",
  "unit price",
  "cost",
  "basis",
  "state",
  "fingerprint",
  "ordinal",
];

/**
 * What people call each field, likeliest first. A name stands for one field only; upper case, blanks and
 * punctuation do not count, nor what stands in brackets: "Secs (s)" is "secs".
 */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  id: [
    "id",
    "shot",
    "shot id",
    "shot no",
    "shot nr",
    "shot number",
    "shot name",
    "slate",
    "setup",
    "#",
    "no",
    "nr",
    "number",
    "name",
  ],
  scene: ["scene", "sc", "scene no", "scene nr", "scene number", "sequence", "seq"],
  prompt: [
    "prompt",
    "ai prompt",
    "video prompt",
    "full prompt",
    "description",
    "shot description",
    "desc",
    "action",
    "visual",
    "visuals",
    "picture",
    "content",
  ],
  multi_prompt: ["multi prompt"],
  duration: [
    "duration",
    "seconds",
    "secs",
    "sec",
    "s",
    "dur",
    "length",
    "len",
    "running time",
    "run time",
    "time",
    "screen time",
  ],
  aspect_ratio: ["aspect ratio", "ratio", "aspect", "format", "orientation", "ar"],
  model: ["model", "ai model", "engine", "generator"],
  generate_audio: ["generate audio", "audio", "sound", "native audio", "with audio", "with sound"],
  takes: [
    "takes",
    "qty",
    "quantity",
    "versions",
    "variations",
    "generations",
    "options",
    "number of takes",
    "no of takes",
    "count",
  ],
  take: ["take", "take no", "take nr", "take number"],
  variant: ["variant"],
  priority: ["priority", "prio"],
  tags: ["tags", "tag", "labels", "label", "keywords"],
  notes: ["notes", "note", "comments", "comment", "remarks", "remark"],
  negative_prompt: ["negative prompt", "negative", "avoid"],
  cfg_scale: ["cfg scale", "cfg", "guidance"],
  start_image_url: ["start image url", "start image", "start frame", "first frame"],
  end_image_url: ["end image url", "end image", "end frame", "last frame"],
  image_urls: ["image urls", "reference images", "references"],
  campaign: ["campaign"],
};

const OWN_NAMES = Object.entries(NAMES).flatMap(([field, names]) =>
  [field, ...names].map((name) => [plain(name), field] as const),
);

/** Fields that a name is known for; one that a model gains later goes by fal's own. */
const BY_NAME: ReadonlyMap<string, Field> = new Map([
  ...[...FIELDS].map((field) => [plain(field), field] as const),
  ...OWN_NAMES,
]);

const OURS: ReadonlySet<string> = new Set(WORKED_OUT.map(plain));

/** Every field that `--map` takes, for a hint. */
export const FIELD_NAMES: readonly Field[] = [...new Set([...Object.keys(NAMES), ...FIELDS])];

export function fieldNamed(name: string): Field | undefined {
  return BY_NAME.get(plain(name));
}

/** How likely a name is the one that is meant, where two columns may be the same field: 0 is likeliest. */
export function rankOf(name: string, field: Field): number {
  const rank = (NAMES[field] ?? []).findIndex((known) => plain(known) === plain(name));
  return rank === -1 ? 0 : rank;
}

export function isWorkedOut(name: string): boolean {
  return OURS.has(plain(name));
}

/** Names that a misspelt one may be nearest to, as people write them. */
export const KNOWN_NAMES: readonly string[] = [
  ...new Set([...Object.values(NAMES).flat(), ...FIELDS].map((name) => name.replaceAll("_", " "))),
].filter((name) => name.length > 2);

/** Letters and digits alone, in one case: "Shot-No." is "shotno". A # that stands alone is a name of its own. */
export function plain(name: string): string {
  const bare = name
    .normalize("NFKC")
    .replace(/\([^)]*\)|\[[^\]]*\]/g, "")
    .trim()
    .toLowerCase();
  return bare === "#" ? bare : bare.replace(/[^\p{L}\p{N}]/gu, "");
}
