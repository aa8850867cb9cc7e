import { expect, test } from "vitest";
import {
  ALIASES,
  asked,
  complaints,
  O3_4K,
  O3_REFERENCE,
  shotsOf,
  TURBO,
  V3_4K,
  V3_PRO,
} from "./check-shot.ts";

// The examples on the five pages, and what fal is sent for an input.

const FIREFLIES =
  "Close-up of glowing fireflies dancing in a dark forest at twilight. Soft bioluminescent particles float through the air. Shallow depth of field, bokeh lights in background. Magical atmosphere, gentle movement.";

const V3_EXAMPLE = {
  prompt: FIREFLIES,
  duration: "5",
  multi_prompt: null,
  generate_audio: true,
  shot_type: "customize",
  aspect_ratio: "16:9",
  negative_prompt: "blur, distort, and low quality",
  cfg_scale: 0.5,
};

const TURBO_EXAMPLE = {
  prompt:
    "A jazz saxophonist sways gently into the note, cheeks pressing, sweat glistening, smoke drifting through the warm light. The camera eases in slowly. Photorealistic, soulful, moody.",
  multi_prompt: null,
  aspect_ratio: "16:9",
  duration: "5",
};

const O3_QUICK_START = {
  prompt: 'A mecha lands on the ground to save the city, and says "I\'m here", in anime style',
  duration: "5",
  aspect_ratio: "16:9",
  generate_audio: true,
};

const O3_MULTI_SHOT = {
  multi_prompt: [
    {
      prompt: "Establishing wide shot of a neon-lit city skyline at dusk, anime style.",
      duration: "4",
    },
    {
      prompt: "Low-angle hero shot of a mecha landing on a rooftop, dust kicking up.",
      duration: "4",
    },
    { prompt: 'Close-up: the pilot narrows their eyes — "I\'m here."', duration: "3" },
  ],
  shot_type: "customize",
  aspect_ratio: "16:9",
  generate_audio: true,
};

const O3_REFERENCE_EXAMPLE = {
  prompt:
    "@Element1 and @Element2 enters the scene from two sides. Elephant starts to play with the ball",
  multi_prompt: null,
  start_image_url: "https://v3b.fal.media/files/b/rabbit/NaslJIC7F2WodS6DFZRRJ.png",
  end_image_url: "https://v3b.fal.media/files/b/tiger/BwHi22qoQnqaTNMMhe533.png",
  image_urls: null,
  elements: null,
  duration: "8",
  shot_type: "customize",
  aspect_ratio: "16:9",
};

const written = (example: object): object =>
  Object.fromEntries(Object.entries(example).filter(([, value]) => value !== null));

test.for([
  [V3_4K, V3_EXAMPLE, 5],
  [V3_PRO, V3_EXAMPLE, 5],
  [TURBO, TURBO_EXAMPLE, 5],
  [O3_4K, O3_QUICK_START, 5],
] as const)(
  "%s: accepts the page's example, and sends it as it is but for nulls",
  ([alias, example, seconds]) => {
    const { findings, ready } = asked(alias, example);
    expect(findings).toEqual([]);
    expect(ready?.send).toEqual(written(example));
    expect(ready?.seconds).toBe(seconds);
  },
);

test("sends 11 s for the O3 page's example of 4 + 4 + 3 s", () => {
  const { findings, ready } = asked(O3_4K, O3_MULTI_SHOT);
  expect(findings).toEqual([]);
  expect(ready?.send).toEqual({ ...O3_MULTI_SHOT, duration: "11" });
  expect(ready?.seconds).toBe(11);
});

test("refuses the reference page's example only for the two elements that it names and does not give", () => {
  const told = complaints(O3_REFERENCE, O3_REFERENCE_EXAMPLE);
  expect(told.filter((line) => line.startsWith("error"))).toEqual([
    "error prompt: @Element1 is not there: this shot has no elements",
    "error prompt: @Element2 is not there: this shot has no elements",
  ]);
  const elements = ["elephant", "ball"].map((name) => ({
    frontal_image_url: `https://cdn.example.com/${name}.png`,
    reference_image_urls: [`https://cdn.example.com/${name}-left.png`],
  }));
  const { findings, ready } = asked(O3_REFERENCE, { ...O3_REFERENCE_EXAMPLE, elements });
  expect(findings.map(({ severity, path }) => [severity, path])).toEqual([
    ["warning", ["aspect_ratio"]],
  ]);
  expect(ready?.send).toEqual({
    ...written({ ...O3_REFERENCE_EXAMPLE, elements }),
    generate_audio: false,
  });
});

test.for(ALIASES)(
  "%s: refuses {}, the example of required fields on its page, for it has no prompt",
  (alias) => {
    expect(complaints(alias, {})).toEqual(["error : this shot has no prompt"]);
    expect(complaints(alias, { prompt: null, multi_prompt: null })).toEqual([
      "error : this shot has no prompt",
    ]);
  },
);

const AUDIO: Readonly<Record<string, object>> = {
  [V3_4K]: { generate_audio: true },
  [V3_PRO]: { generate_audio: true },
  [O3_4K]: { generate_audio: false },
  [O3_REFERENCE]: { generate_audio: false },
  [TURBO]: {},
};

test.for(ALIASES)("%s: always sends what changes the bill, and no other default", (alias) => {
  const one = asked(alias, { prompt: "Rain." }).ready;
  expect(one?.send).toEqual({ prompt: "Rain.", duration: "5", ...AUDIO[alias] });
  expect(one?.complete).toMatchObject({ duration: "5", aspect_ratio: "16:9", ...AUDIO[alias] });
  const several = asked(alias, { multi_prompt: shotsOf(4, undefined) }).ready;
  expect(several?.send).toEqual({
    multi_prompt: [
      { prompt: "Shot 1.", duration: "4" },
      { prompt: "Shot 2.", duration: "5" },
    ],
    duration: "9",
    ...AUDIO[alias],
    ...(alias === TURBO ? {} : { shot_type: "customize" }),
  });
});

test("drops nulls inside elements and shots, and x- keys", () => {
  const { findings, ready } = asked(O3_REFERENCE, {
    multi_prompt: [{ prompt: "@Element1 waves.", duration: null, "x-note": 1 }],
    elements: [{ video_url: "https://cdn.example.com/a.mp4", voice_id: null, "x-who": "Ana" }],
  });
  expect(findings).toEqual([]);
  expect(ready?.send).toMatchObject({
    multi_prompt: [{ prompt: "@Element1 waves.", duration: "5" }],
    elements: [{ video_url: "https://cdn.example.com/a.mp4" }],
  });
});
