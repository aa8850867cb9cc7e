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
export type Check = (value: unknown, path: Path) => Iterable<Wrong>;

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

export const string: Check = function* (value, path) {
  if (typeof value !== "string") {
    yield wrong(path, "string_type", "Input should be a valid string", value);
  }
};

/** Pydantic counts characters where JavaScript counts UTF-16 units. */
export const textUpTo = (most: number): Check =>
  function* (value, path) {
    yield* string(value, path);
    if (typeof value !== "string" || Array.from(value).length <= most) return;
    const text = `ensure this value has at most ${most} characters`;
    yield wrong(path, "sequence_too_long", text, value, { max_length: most });
  };

/** Strings only: a number for a duration is as wrong as "16". */
export const oneOf = (...values: readonly string[]): Check =>
  function* (value, path) {
    if (typeof value === "string" && values.includes(value)) return;
    const expected = values.map((each) => `'${each}'`).join(", ");
    yield wrong(path, "literal_error", `Input should be ${expected}`, value, { expected });
  };

export const seconds = (from: number, to: number): Check =>
  oneOf(...Array.from({ length: to - from + 1 }, (_, index) => String(from + index)));

export const boolean: Check = function* (value, path) {
  if (typeof value !== "boolean") {
    yield wrong(path, "bool_type", "Input should be a valid boolean", value);
  }
};

export const zeroToOne: Check = function* (value, path) {
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

export const url: Check = function* (value, path) {
  yield* string(value, path);
  if (typeof value === "string" && !/^(?:https?:\/\/|data:)/.test(value)) {
    yield wrong(path, "file_download_error", "Failed to download the file", value);
  }
};

export const list = (of: Check): Check =>
  function* (value, path) {
    if (!Array.isArray(value)) {
      yield wrong(path, "list_type", "Input should be a valid list", value);
      return;
    }
    for (const [index, entry] of value.entries()) yield* of(entry, [...path, index]);
  };

const SHOT_SECONDS = seconds(1, 15);

export const shot: Check = function* (value, path) {
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

/** A frontal image with one to three more, or a video. */
export const element: Check = function* (value, path) {
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
