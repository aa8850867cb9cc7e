import { expect, test } from "vitest";
import { complaintsAbout, HEAD, inputOf, expandLines } from "./expanded.ts";
import { topsheet } from "../rig/in-process.ts";

test("a field that is nothing but one expression takes the value itself", async () => {
  const lines = await expandLines(`
shots:
  - id: s
    model: kling-v3-pro
    prompt: x
    generate_audio: \${{ matrix.audio }}
    duration: \${{matrix.seconds}}
    cfg_scale: "\${{   matrix.scale   }}"
    matrix: { audio: [true, false], seconds: [4], scale: [0.3] }
`);
  expect(lines.map(({ input }) => input)).toMatchObject([
    { generate_audio: true, duration: "4", cfg_scale: 0.3 },
    { generate_audio: false, duration: "4", cfg_scale: 0.3 },
  ]);
});

test("an expression inside text becomes the value as it is written", async () => {
  const input = await inputOf(`
shots:
  - id: s
    model: kling-v3-pro
    prompt: Take \${{ matrix.number }} of \${{ matrix.number }}, \${{ matrix.price }}.
    matrix: { number: [007], price: ["$1 $& $\`"] }
`);
  expect(input["prompt"]).toBe("Take 007 of 007, $1 $& $`.");
});

test.for([
  ["1", "1"],
  ["007", "007"],
  ["1.10", "1.10"],
  ["true", "true"],
])("a prompt that is nothing but an expression is still text: %s", async ([value, text]) => {
  const input = await inputOf(
    `shots:\n  - { id: s, model: kling-v3-pro, prompt: "\${{ matrix.c }}", matrix: { c: [${value}] } }\n`,
  );
  expect(input["prompt"]).toBe(text);
});

test("replaces expressions in scene, tags, model and nested fields", async () => {
  const [line] = await expandLines(`
shots:
  - id: s
    model: \${{ matrix.m }}
    scene: \${{ matrix.act }}
    tags: [plain, "act-\${{ matrix.act }}", "\${{ matrix.act }}"]
    multi_prompt:
      - { prompt: "A \${{ matrix.act }}.", duration: "\${{ matrix.seconds }}" }
      - prompt: B
    matrix: { m: [kling-v3-pro], act: [02], seconds: [4] }
`);
  expect(line).toMatchObject({
    model: "kling-v3-pro",
    scene: "02",
    tags: ["plain", "act-02", "02"],
  });
  expect(line?.input["multi_prompt"]).toEqual([
    { prompt: "A 02.", duration: "4" },
    { prompt: "B", duration: "5" },
  ]);
});

test("replaces expressions in the defaults as in a shot", async () => {
  const lines = await expandLines(`
defaults: { model: kling-v3-pro, prompt: "A \${{ matrix.c }}.", duration: "\${{ matrix.d }}", generate_audio: "\${{ matrix.a }}" }
shots:
  - { id: s, matrix: { c: [x, y], d: [4], a: [false] } }
`);
  expect(lines.map(({ input }) => input)).toMatchObject([
    { prompt: "A x.", duration: "4", generate_audio: false },
    { prompt: "A y.", duration: "4", generate_audio: false },
  ]);
});

test("refuses an expression inside a matrix value", async () => {
  const text = `${HEAD}shots:
  - id: s
    model: kling-v3-pro
    matrix: { aspect_ratio: [16:9], prompt: ["A \${{ matrix.aspect_ratio }} frame, \${{ matrix.nope }}."] }
`;
  const { code, out } = await topsheet(["check", "m.yaml"], { files: { "m.yaml": text } });
  expect(code).toBe(2);
  expect(out).toContain("m.yaml:6:46: error:");
});

test("reports an expression in an unused default at its place, or not at all", async () => {
  const said = await complaintsAbout(
    'defaults: { model: kling-v3-pro, prompt: "${{ matrix.c }}" }\nshots:\n  - { id: a, prompt: x }\n',
  );
  expect(said).toEqual([]);
});

test("reports a matrix with a mistake, and not the variables that seem to be missing", async () => {
  const said = await complaintsAbout(
    'shots:\n  - id: a\n    model: kling-v3-pro\n    prompt: "A ${{ matrix.c }}."\n    matrix: { c: amber }\n',
  );
  expect(said).toEqual(['5:18 matrix.c must be a list of values, not "amber"']);
});
