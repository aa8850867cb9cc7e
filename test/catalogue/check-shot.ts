import { type CheckedInput, checkInput } from "../../src/catalogue/check-input.ts";
import type { Model } from "../../src/catalogue/model.ts";
import { findModel } from "../../src/catalogue/models.ts";

export const V3_4K = "kling-v3-4k";
export const V3_PRO = "kling-v3-pro";
export const O3_4K = "kling-o3-4k";
export const O3_REFERENCE = "kling-o3-4k-reference";
export const TURBO = "kling-v3-turbo-pro";
export const ALIASES = [V3_4K, V3_PRO, O3_4K, O3_REFERENCE, TURBO] as const;

export const INFERRED = " (inferred: the model's page does not say)";
export const REPORTED = " (reported by users, not on the model's page)";

export function modelOf(alias: string): Model {
  const model = findModel(alias);
  if (model === undefined) throw new Error(`no model ${alias}`);
  return model;
}

/** The complaints about an input, and what would be sent. */
export function asked(alias: string, written: Readonly<Record<string, unknown>>): CheckedInput {
  return checkInput(modelOf(alias), written);
}

/** Every complaint as one line: `error multi_prompt[0].prompt: …`. */
export function complaints(
  alias: string,
  written: Readonly<Record<string, unknown>>,
): readonly string[] {
  return asked(alias, written).findings.map(
    ({ severity, path, message }) => `${severity} ${path.map(String).join(".")}: ${message}`,
  );
}

/** A shot's list of prompts, of so many seconds each; undefined leaves the seconds out. */
export function shotsOf(
  ...seconds: readonly (number | undefined)[]
): readonly Readonly<Record<string, unknown>>[] {
  return seconds.map((duration, index) => ({
    prompt: `Shot ${index + 1}.`,
    ...(duration === undefined ? {} : { duration }),
  }));
}

export const address = (name: string): string => `https://cdn.example.com/${name}`;

/** So many image elements, one of them a video if asked, and so many reference images, all of them named. */
export function cast(elements: number, images: number, video = false): Record<string, unknown> {
  const named = [
    ...Array.from({ length: elements }, (_, index) => `@Element${index + 1}`),
    ...Array.from({ length: images }, (_, index) => `@Image${index + 1}`),
  ];
  return {
    prompt: `All of them: ${named.join(", ")}.`,
    elements: Array.from({ length: elements }, (_, index) =>
      video && index === 0
        ? { video_url: address("dancer.mp4") }
        : {
            frontal_image_url: address(`${index}.png`),
            reference_image_urls: [address(`${index}-left.png`)],
          },
    ),
    image_urls: Array.from({ length: images }, (_, index) => address(`look-${index}.png`)),
  };
}
