import fc from "fast-check";
import { expect, test } from "vitest";
import { SourceText } from "../../src/diagnostics/source-text.ts";
import { readYaml } from "../../src/manifest/read-yaml.ts";
import { writeManifest } from "../../src/manifest/write-manifest.ts";

const CHARACTERS =
  "ab01 :#-?,[]{}&*!|>'\"%@`~=<\\$\t\n\r\u0000\u0007\u001b\u0085\u00a0\u2028\ufeff\ufffe\uffffé漢🎬";
const text = fc.string({ unit: fc.constantFrom(...Array.from(CHARACTERS)), maxLength: 12 });

test("reads back every shot that it writes", () => {
  const shot = fc.record({
    id: text,
    tags: fc.array(text, { maxLength: 3 }),
    prompt: text,
    duration: fc.oneof(fc.integer({ min: -9, max: 99 }), text),
    generate_audio: fc.boolean(),
    multi_prompt: fc.array(fc.record({ prompt: text, duration: fc.nat(9) }), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(shot, { minLength: 1, maxLength: 3 }), text, (shots, label) => {
      const written = { schema: "./s.json", campaign: label, defaults: { model: label }, shots };
      const source = new SourceText("m.yaml", writeManifest(written));
      const { yaml: read, diagnostics } = readYaml(source);
      expect([source.text, diagnostics]).toEqual([source.text, []]);
      expect(read?.value).toEqual({
        topsheet: 1,
        campaign: label,
        defaults: { model: label },
        shots,
      });
    }),
    { seed: 20_261_121, numRuns: 200 },
  );
});

test("writes a manifest as a person would", () => {
  const text = writeManifest({
    schema: "./topsheet.schema.json",
    campaign: "film",
    defaults: { model: "kling-v3-pro", aspect_ratio: "16:9" },
    shots: [
      { id: "1", scene: "007", takes: 2, tags: ["hero", "wet"], prompt: "No: a lake #1 at dawn." },
      { id: "no", tags: ["two words"], prompt: `A lake at dawn. ${"Long. ".repeat(30)}\nMist.` },
      { id: "c", multi_prompt: [{ prompt: "Wide.", duration: 4 }], generate_audio: false },
    ],
  });
  expect(text).toBe(`# yaml-language-server: $schema=./topsheet.schema.json
topsheet: 1
campaign: film
defaults:
  model: kling-v3-pro
  aspect_ratio: "16:9"

shots:
  - id: "1"
    scene: "007"
    takes: 2
    tags: [hero, wet]
    prompt: "No: a lake #1 at dawn."

  - id: "no"
    tags:
      - two words
    prompt: |-
      A lake at dawn. ${"Long. ".repeat(30)}
      Mist.

  - id: c
    multi_prompt:
      - prompt: Wide.
        duration: 4
    generate_audio: false
`);
});
