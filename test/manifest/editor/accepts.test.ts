import { expect, test } from "vitest";
import { topsheet } from "../../rig/in-process.ts";
import { acceptedBy, head, shot } from "./validate.ts";

// The editor underlines nothing that the program accepts.

const PROMPT = "prompt: Rain.";
const V3 = "model: kling-v3-4k";
const O3 = "model: kling-o3-4k";
const REFERENCE = "model: kling-o3-4k-reference";

const VARIED = "matrix: { x: [1], text: [a] }";
const template = "${{ matrix.x }}";

const RIGHT: Readonly<Record<string, string>> = {
  "x- keys everywhere": `x-a: 1\n${head("topsheet: 1", "campaign: c", "budget: { cap: 1, x-b: 2 }", "defaults: { x-c: 3 }")}`,
  "x- keys in a shot and inside its fields": shot(
    REFERENCE,
    "x-note: mine",
    "multi_prompt: [{ prompt: '@Element1 waves.', x-cut: hard }]",
    "elements: [{ video_url: https://example.com/a.mp4, x-who: Ana }]",
  ),
  "anchors and merges": `x-look: &look { duration: 5, generate_audio: false }\n${shot(V3, PROMPT, "<<: *look")}`,
  "an alias of a value": `x-words: &words Rain on a tin roof.\n${shot(V3, "prompt: *words")}`,
  "templates in the fields": shot(
    V3,
    "prompt: A bottle, ${{ matrix.text }}.",
    "duration: ${{ matrix.seconds }}",
    "cfg_scale: ${{ matrix.scale }}",
    "generate_audio: ${{ matrix.audio }}",
    "aspect_ratio: ${{ matrix.ratio }}",
    "scene: ${{ matrix.text }}",
    "tags: ['${{ matrix.text }}']",
    "matrix: { text: [a], seconds: [5], scale: [0.5], audio: [true], ratio: ['1:1'] }",
  ),
  "templates inside the list of shots": shot(
    V3,
    `multi_prompt: [{ prompt: Rain., duration: '${template}' }]`,
    "matrix: { x: [5, 7] }",
  ),
  "a model from the matrix": shot(
    PROMPT,
    "model: ${{ matrix.m }}",
    "matrix: { m: [kling-v3-4k, kling-o3-4k] }",
  ),
  "a model axis": shot(PROMPT, "matrix: { model: [kling-v3-4k, kling-o3-4k] }"),
  "null for every optional field": shot(
    REFERENCE,
    PROMPT,
    "multi_prompt: null\n    duration: null\n    generate_audio: ~\n    shot_type: null\n    aspect_ratio: null\n    elements: null\n    image_urls:\n    start_image_url: null\n    end_image_url: null\n    notes: null\n    scene: null\n    tags: null\n    takes: null\n    priority: null\n    matrix: null",
  ),
  "null where the model has no such field": shot(
    O3,
    PROMPT,
    "cfg_scale: null",
    "negative_prompt: null",
  ),
  "null inside an element and a shot": shot(
    REFERENCE,
    "multi_prompt: [{ prompt: '@Element1 waves.', duration: null }]",
    "elements: [{ video_url: https://example.com/a.mp4, frontal_image_url: null }]",
  ),
  "empty defaults": head("topsheet: 1", "campaign: c", "defaults:"),
  "numbers as text": `${head("topsheet: 1", "campaign: c", 'budget: { cap: "12.50", per_day: 3.5 }')}`,
  "seconds as text and as number": shot(
    V3,
    'multi_prompt: [{ prompt: Rain., duration: "4" }, { prompt: Sun., duration: 3 }]',
    'duration: "7"',
  ),
  "names that are numbers": shot(V3, PROMPT, "scene: 1", "tags: [2026, true]")
    .replace("id: a", "id: 007")
    .replace("campaign: c", "campaign: 2026"),
  "a mapping of lines at once": head(
    "topsheet: 1",
    "campaign: c",
    "concurrency: { total: 4, kling-v3-4k: 2 }",
  ),
  "a model by its web address": shot(
    "model: https://fal.ai/models/fal-ai/kling-video/v3/4k/text-to-video",
    PROMPT,
  ),
  "the whole matrix grammar": shot(
    V3,
    PROMPT,
    "matrix: { duration: [5, 6], include: [{ aspect_ratio: '1:1' }], exclude: [{ duration: 6 }] }",
  ),
  // A prompt can contain anything, and only the program can check what a template makes.
  "a used variable of text": shot(
    V3,
    `prompt: Take ${template} of a ${"${{ matrix.text }}"} bottle.`,
    VARIED,
  ),
};

test.for(Object.entries(RIGHT))(
  "the editor's schema accepts what check accepts: %s",
  async ([, text]) => {
    const { code } = await topsheet(["check", "-"], { files: { "-": text } });
    expect({ editor: acceptedBy(text), code }).toEqual({ editor: true, code: 0 });
  },
);
