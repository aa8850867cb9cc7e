import { expect, test } from "vitest";
import {
  ALIASES,
  asked,
  cast,
  complaints,
  INFERRED,
  O3_4K,
  O3_REFERENCE,
  REPORTED,
  shotsOf,
  TURBO,
  V3_4K,
  V3_PRO,
} from "./check-shot.ts";

// Each limit is tested from both sides, with the message for the wrong one.

const EMOJI = "🎬";
const NOT_TURBO = [V3_4K, V3_PRO, O3_4K, O3_REFERENCE];

test("counts an emoji, two units of UTF-16, as one character", () => {
  expect(EMOJI.length).toBe(2);
});

test.for(NOT_TURBO)(
  "%s: accepts a prompt of 2,500 characters, and refuses one of 2,501",
  (alias) => {
    for (const one of ["x", EMOJI]) {
      expect(complaints(alias, { prompt: one.repeat(2_500) })).toEqual([]);
      expect(complaints(alias, { prompt: one.repeat(2_501) })).toEqual([
        `error prompt: prompt is 2501 characters long; at most 2500 are allowed${REPORTED}`,
      ]);
    }
  },
);

test.for([V3_4K, V3_PRO])("%s: negative_prompt has the same limit", (alias) => {
  const prompt = "Rain.";
  for (const one of ["x", EMOJI]) {
    expect(complaints(alias, { prompt, negative_prompt: one.repeat(2_500) })).toEqual([]);
    expect(complaints(alias, { prompt, negative_prompt: one.repeat(2_501) })).toEqual([
      `error negative_prompt: negative_prompt is 2501 characters long; at most 2500 are allowed${REPORTED}`,
    ]);
  }
});

test("turbo: warns of more than 2,500 characters, and refuses more than 3,072", () => {
  for (const one of ["x", EMOJI]) {
    const told = (length: number): readonly string[] =>
      complaints(TURBO, { prompt: one.repeat(length) });
    const advice = (length: number): string =>
      `warning prompt: prompt is ${length} characters long; the model's page advises at most 2500`;
    expect(told(2_500)).toEqual([]);
    expect(told(2_501)).toEqual([advice(2_501)]);
    expect(told(3_072)).toEqual([advice(3_072)]);
    expect(told(3_073)).toEqual([
      `error prompt: prompt is 3073 characters long; at most 3072 are allowed${REPORTED}`,
    ]);
  }
});

test.for(ALIASES)("%s: warns of a shot's prompt of more than 512 characters", (alias) => {
  const told = (text: string): readonly string[] =>
    complaints(alias, { multi_prompt: [{ prompt: "Rain." }, { prompt: text }] });
  for (const one of ["x", EMOJI]) {
    expect(told(one.repeat(512))).toEqual([]);
    expect(told(one.repeat(513))).toEqual([
      `warning multi_prompt.1.prompt: this shot's prompt is 513 characters long; Kling's own API takes 512${INFERRED}`,
    ]);
  }
});

test.for(ALIASES)(
  "%s: accepts one to six shots, as turbo's page states and the others' is inferred to",
  (alias) => {
    const told = (count: number): readonly string[] =>
      complaints(alias, { multi_prompt: shotsOf(...Array.from({ length: count }, () => 2)) });
    const sure = alias === TURBO ? "" : INFERRED;
    expect(complaints(alias, { multi_prompt: shotsOf(3) })).toEqual([]);
    expect(told(6)).toEqual([]);
    for (const count of [0, 7]) {
      expect(told(count)).toEqual([
        `error multi_prompt: multi_prompt has ${count} shots; it takes 1 to 6${sure}`,
      ]);
    }
  },
);

test.for(ALIASES)(
  "%s: accepts shots that sum to 3 to 15 s; only turbo's page states 15, none states 3",
  (alias) => {
    const told = (...seconds: (number | undefined)[]): readonly string[] =>
      complaints(alias, { multi_prompt: shotsOf(...seconds) });
    const error = "error multi_prompt: the shots sum to";
    const sure = alias === TURBO ? "" : INFERRED;
    expect(told(1, 1)).toEqual([`${error} 1 + 1 = 2 s; a video is 3 to 15 s${INFERRED}`]);
    expect(told(1, 1, 1)).toEqual([]);
    expect(told(8, 7)).toEqual([]);
    expect(told(15)).toEqual([]);
    expect(told(8, 8)).toEqual([`${error} 8 + 8 = 16 s; a video is 3 to 15 s${sure}`]);
    expect(told(undefined, undefined, undefined)).toEqual([]);
    expect(told(undefined, undefined, undefined, 1)).toEqual([
      `${error} 5 + 5 + 5 + 1 = 16 s; a video is 3 to 15 s${sure}`,
    ]);
    expect(asked(alias, { multi_prompt: shotsOf(4, undefined, 2) }).ready?.seconds).toBe(11);
  },
);

test.for(ALIASES)("%s: refuses a duration beside the shots that is not their sum", (alias) => {
  const multi_prompt = shotsOf(4, 3);
  expect(complaints(alias, { multi_prompt, duration: 7 })).toEqual([]);
  expect(complaints(alias, { multi_prompt, duration: "7" })).toEqual([]);
  for (const duration of [6, 8]) {
    expect(complaints(alias, { multi_prompt, duration })).toEqual([
      `error duration: duration is ${duration} s, but the shots sum to 4 + 3 = 7 s; they must agree${INFERRED}`,
    ]);
  }
});

test.for([V3_4K, V3_PRO])("%s: accepts a cfg_scale from 0 to 1", (alias) => {
  const told = (cfg_scale: unknown): readonly string[] =>
    complaints(alias, { prompt: "Rain.", cfg_scale });
  for (const legal of [0, 0.5, 1]) expect(told(legal)).toEqual([]);
  for (const illegal of [-0.0001, 1.0001]) {
    expect(told(illegal)).toEqual([
      `error cfg_scale: cfg_scale must be a number from 0 to 1, not ${illegal}`,
    ]);
  }
  for (const illegal of [Number.NaN, Number.POSITIVE_INFINITY, "0.5", true]) {
    expect(told(illegal)).toHaveLength(1);
  }
});

test("accepts at most seven elements and images together, as the page states; four with a video, inferred", () => {
  const told = (...of: Parameters<typeof cast>): readonly string[] =>
    complaints(O3_REFERENCE, cast(...of));
  for (const [elements, images] of [
    [7, 0],
    [0, 7],
    [3, 4],
  ] as const) {
    expect(told(elements, images)).toEqual([]);
  }
  expect(told(8, 0)).toEqual([
    "error elements: 8 elements and 0 images make 8; at most 7 are allowed",
  ]);
  expect(told(0, 8)).toEqual([
    "error image_urls: 0 elements and 8 images make 8; at most 7 are allowed",
  ]);
  expect(told(4, 4)).toEqual([
    "error image_urls: 4 elements and 4 images make 8; at most 7 are allowed",
  ]);
  const four = `with a video element at most 4 are allowed${INFERRED}`;
  expect(told(1, 3, true)).toEqual([]);
  expect(told(4, 0, true)).toEqual([]);
  expect(told(5, 0, true)).toEqual([`error elements: 5 elements and 0 images make 5; ${four}`]);
  expect(told(2, 3, true)).toEqual([`error image_urls: 2 elements and 3 images make 5; ${four}`]);
  expect(told(1, 4, true)).toEqual([`error image_urls: 1 element and 4 images make 5; ${four}`]);
});
