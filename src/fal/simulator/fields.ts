import {
  boolean,
  type Check,
  element,
  list,
  oneOf,
  seconds,
  shot,
  string,
  textUpTo,
  url,
  zeroToOne,
} from "./checks.ts";
import type { Model } from "./models.ts";

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
// Its page advises 2,500 characters; what is refused was reported as 3,072.
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

/** The fields of a model's page, and how each is checked. */
export function fieldsOf(model: Model): Fields {
  return BY_FAMILY[model.family][model.from];
}

/** The one field without a default besides the prompts. */
export function requiredImage(model: Model): string | null {
  if (model.from !== "image") return null;
  return model.family === "v3" ? "start_image_url" : "image_url";
}
