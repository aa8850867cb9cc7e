import type { Model } from "./models.ts";

/** An entry of `detail` in a 422, in pydantic's shape. */
export interface Wrong {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly url: string;
  readonly ctx?: Readonly<Record<string, unknown>>;
  readonly input: unknown;
}

type Path = readonly (string | number)[];
type Check = (value: unknown, path: Path) => Iterable<Wrong>;

export function wrong(
  path: Path,
  type: string,
  msg: string,
  input: unknown,
  ctx?: Readonly<Record<string, unknown>>,
): Wrong {
  const url = `https://docs.fal.ai/errors#${type}`;
  return { loc: ["body", ...path], msg, type, url, ...(ctx === undefined ? {} : { ctx }), input };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const string: Check = function* (value, path) {
  if (typeof value !== "string") {
    yield wrong(path, "string_type", "Input should be a valid string", value);
  }
};

/** Counts characters as pydantic does; JavaScript counts UTF-16 units. */
const textUpTo = (most: number): Check =>
  function* (value, path) {
    yield* string(value, path);
    if (typeof value !== "string" || Array.from(value).length <= most) return;
    const text = `ensure this value has at most ${most} characters`;
    yield wrong(path, "sequence_too_long", text, value, { max_length: most });
  };

/** Accepts strings only: a number is as wrong for a duration as "16". */
const oneOf = (...values: readonly string[]): Check =>
  function* (value, path) {
    if (typeof value === "string" && values.includes(value)) return;
    const expected = values.map((each) => `'${each}'`).join(", ");
    yield wrong(path, "literal_error", `Input should be ${expected}`, value, { expected });
  };

const seconds = (from: number, to: number): Check =>
  oneOf(...Array.from({ length: to - from + 1 }, (_, index) => String(from + index)));

const boolean: Check = function* (value, path) {
  if (typeof value !== "boolean") {
    yield wrong(path, "bool_type", "Input should be a valid boolean", value);
  }
};

const zeroToOne: Check = function* (value, path) {
  if (typeof value !== "number") {
    yield wrong(path, "float_type", "Input should be a valid number", value);
  } else if (value < 0) {
    const text = "Input should be greater than or equal to 0";
    yield wrong(path, "greater_than_equal", text, value, { ge: 0 });
  } else if (value > 1) {
    yield wrong(path, "less_than_equal", "Input should be less than or equal to 1", value, {
      le: 1,
    });
  }
};

const url: Check = function* (value, path) {
  yield* string(value, path);
  if (typeof value === "string" && !/^(?:https?:\/\/|data:)/.test(value)) {
    yield wrong(path, "file_download_error", "Failed to download the file", value);
  }
};

const list = (of: Check): Check =>
  function* (value, path) {
    if (!Array.isArray(value)) {
      yield wrong(path, "list_type", "Input should be a valid list", value);
      return;
    }
    for (const [index, entry] of value.entries()) yield* of(entry, [...path, index]);
  };

const SHOT_SECONDS = seconds(1, 15);

const shot: Check = function* (value, path) {
  if (!isRecord(value)) {
    yield wrong(path, "dict_type", "Input should be an object", value);
    return;
  }
  const prompt = value["prompt"] ?? null;
  if (prompt === null) yield wrong([...path, "prompt"], "missing", "Field required", value);
  else yield* string(prompt, [...path, "prompt"]);
  const duration = value["duration"] ?? null;
  if (duration !== null) yield* SHOT_SECONDS(duration, [...path, "duration"]);
};

const IMAGES = list(url);

/** An element is a frontal image with one to three more, or a video. */
const element: Check = function* (value, path) {
  if (!isRecord(value)) {
    yield wrong(path, "dict_type", "Input should be an object", value);
    return;
  }
  const at = (key: string) => value[key] ?? null;
  for (const key of ["frontal_image_url", "video_url"]) {
    if (at(key) !== null) yield* url(at(key), [...path, key]);
  }
  if (at("reference_image_urls") !== null) {
    yield* IMAGES(at("reference_image_urls"), [...path, "reference_image_urls"]);
  }
  if (at("voice_id") !== null) yield* string(at("voice_id"), [...path, "voice_id"]);
  const more = value["reference_image_urls"];
  const pictured = Array.isArray(more) && more.length >= 1 && more.length <= 3;
  const images = at("frontal_image_url") !== null || (Array.isArray(more) && more.length > 0);
  const complete = at("frontal_image_url") !== null && pictured;
  const video = at("video_url") !== null;
  if (video === images || (images && !complete)) {
    const text = "An element is a frontal image with 1 to 3 reference images, or a video";
    yield wrong(path, "value_error", text, value);
  }
};

type Fields = Readonly<Record<string, Check>>;

const EVERYWHERE: Fields = {
  prompt: textUpTo(2_500),
  multi_prompt: list(shot),
  duration: seconds(3, 15),
};
const FRAMED: Fields = { ...EVERYWHERE, aspect_ratio: oneOf("16:9", "9:16", "1:1") };

const V3: Fields = {
  generate_audio: boolean,
  shot_type: oneOf("customize", "intelligent"),
  negative_prompt: textUpTo(2_500),
  cfg_scale: zeroToOne,
};
const O3: Fields = { generate_audio: boolean, shot_type: string };
// Its page advises 2,500 characters; 3,072 was reported as the limit.
const TURBO: Fields = { prompt: textUpTo(3_072) };

const FRAMES: Fields = { start_image_url: url, end_image_url: url };
const ELEMENTS: Fields = { elements: list(element) };

const BY_FAMILY: Readonly<Record<Model["family"], Readonly<Record<Model["from"], Fields>>>> = {
  v3: {
    text: { ...FRAMED, ...V3 },
    image: { ...EVERYWHERE, ...V3, ...FRAMES, ...ELEMENTS },
    reference: {},
  },
  o3: {
    text: { ...FRAMED, ...O3 },
    image: { ...EVERYWHERE, ...O3, image_url: url, end_image_url: url },
    reference: { ...FRAMED, ...O3, ...FRAMES, ...ELEMENTS, image_urls: list(url) },
  },
  turbo: {
    text: { ...FRAMED, ...TURBO },
    image: { ...EVERYWHERE, ...TURBO, image_url: url },
    reference: {},
  },
};

/** Lists the fields of a model's page, and how each is checked. */
export function listFields(model: Model): Fields {
  return BY_FAMILY[model.family][model.from];
}

/** Returns the one required image; null if there is none. */
export function requiredImage(model: Model): string | null {
  if (model.from !== "image") return null;
  return model.family === "v3" ? "start_image_url" : "image_url";
}
