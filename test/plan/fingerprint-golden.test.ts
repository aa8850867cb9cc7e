import "../rig/whole-catalogue.ts";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkInput } from "../../src/catalogue/check-input.ts";
import { MODELS } from "../../src/catalogue/models.ts";
import { toCanonicalJson, makeFingerprint, sha256 } from "../../src/plan/fingerprint.ts";
import { ROOT } from "../rig/in-process.ts";
import { plannedShots } from "./make-plan.ts";

// One golden for each of the first five models, and two of inputs with lists in them. The canonical text and its hash were made by
// hand and by python, without this program:
//   python3 -c "import hashlib,sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
// They never change: ledgers on people's disks have them.
const PROMPT = "A lake at dawn — café, 6 °C.";
const GOLDENS = [
  {
    shot: `model: kling-v3-4k`,
    text: `{"endpoint":"fal-ai/kling-video/v3/4k/text-to-video","input":{"aspect_ratio":"16:9","cfg_scale":0.5,"duration":"5","generate_audio":true,"negative_prompt":"blur, distort, and low quality","prompt":"A lake at dawn — café, 6 °C.","shot_type":"customize"},"v":1}`,
    hash: "382eb20094d40b3dd9d957e28a0110a0aaec3de85fcce3f069873defb786454e",
  },
  {
    shot: `model: kling-v3-pro`,
    text: `{"endpoint":"fal-ai/kling-video/v3/pro/text-to-video","input":{"aspect_ratio":"16:9","cfg_scale":0.5,"duration":"5","generate_audio":true,"negative_prompt":"blur, distort, and low quality","prompt":"A lake at dawn — café, 6 °C.","shot_type":"customize"},"v":1}`,
    hash: "f30e46619d10a8fde5169e178a7cba930ec01dbd73bb93e1f7f5157165b0f22d",
  },
  {
    shot: `model: kling-o3-4k`,
    text: `{"endpoint":"fal-ai/kling-video/o3/4k/text-to-video","input":{"aspect_ratio":"16:9","duration":"5","generate_audio":false,"prompt":"A lake at dawn — café, 6 °C.","shot_type":"customize"},"v":1}`,
    hash: "06403f64209c0976dc7c4af9239706d391d8e2de12ee38b7e1cb9563308d8d95",
  },
  {
    shot: `model: kling-o3-4k-reference`,
    text: `{"endpoint":"fal-ai/kling-video/o3/4k/reference-to-video","input":{"aspect_ratio":"16:9","duration":"5","generate_audio":false,"prompt":"A lake at dawn — café, 6 °C.","shot_type":"customize"},"v":1}`,
    hash: "da03273e9a69be067fe64df6458e9ed6d784eb2e622d923ea169dce9d3438f49",
  },
  {
    shot: `model: kling-v3-turbo-pro`,
    text: `{"endpoint":"fal-ai/kling-video/v3/turbo/pro/text-to-video","input":{"aspect_ratio":"16:9","duration":"5","prompt":"A lake at dawn — café, 6 °C."},"v":1}`,
    hash: "c3775e66fa461e44d7b02f7f896a638a7998aa8876915e5436a2736d2f7120ae",
  },
  {
    shot: `model: kling-o3-4k
prompt: null
multi_prompt: [{ prompt: Wide., duration: 4 }, { prompt: Close. }]`,
    text: `{"endpoint":"fal-ai/kling-video/o3/4k/text-to-video","input":{"aspect_ratio":"16:9","duration":"9","generate_audio":false,"multi_prompt":[{"duration":"4","prompt":"Wide."},{"duration":"5","prompt":"Close."}],"shot_type":"customize"},"v":1}`,
    hash: "a3a954ce2e65fb005aba0af84c217eb2fcd84bbbe5fc249edc94478502f398d2",
  },
  {
    shot: `model: kling-o3-4k-reference
prompt: "@Element1 waves."
elements: [{ reference_image_urls: [https://a.example/2.png], frontal_image_url: https://a.example/1.png }]
duration: 15`,
    text: `{"endpoint":"fal-ai/kling-video/o3/4k/reference-to-video","input":{"aspect_ratio":"16:9","duration":"15","elements":[{"frontal_image_url":"https://a.example/1.png","reference_image_urls":["https://a.example/2.png"]}],"generate_audio":false,"prompt":"@Element1 waves.","shot_type":"customize"},"v":1}`,
    hash: "3769d695647e99e58edc9d3f334b00c207d329c71739e883374533350b500909",
  },
];

test.for(GOLDENS)("$text", async ({ shot, text, hash }) => {
  const prompt = shot.includes("prompt:") ? [] : [`prompt: ${PROMPT}`];
  const { lines } = await plannedShots([[`id: lake`, shot, ...prompt].join("\n")]);
  expect(lines.map((line) => line.fingerprint)).toEqual([hash]);
  expect(sha256(text)).toBe(hash);
});

// Written once, when a model is added. A change would buy again what is bought.
test.for(MODELS.map((model) => [model.alias, model] as const))(
  "%s: the fingerprint of its page's example does not change",
  async ([alias, model]) => {
    const complete = checkInput(model, model.example).ready?.complete ?? {};
    const golden = join(ROOT, "test/plan/golden/fingerprints", `${alias}.txt`);
    await expect(`${makeFingerprint(model.endpoint, complete)}\n`).toMatchFileSnapshot(golden);
  },
);

test("writes the examples of RFC 8785 as the RFC does", () => {
  const section3 = JSON.parse(
    String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
      "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
  );
  expect(toCanonicalJson(section3)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
  // Keys are sorted by UTF-16 code units: the smiley (a surrogate pair) before the Hebrew letter.
  const sorting = JSON.parse(
    String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
      "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
  );
  expect([...toCanonicalJson(sorting).matchAll(/:"(\w+)/g)].map(([, first]) => first)).toEqual([
    "Carriage",
    "One",
    "Control",
    "Latin",
    "Euro",
    "Emoji",
    "Hebrew",
  ]);
});

test.for([
  [-0, "0"],
  [5e-324, "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [9007199254740992, "9007199254740992"],
  [295147905179352830000, "295147905179352830000"],
  [999999999999999900000, "999999999999999900000"],
  [1e21, "1e+21"],
  [9.999999999999997e22, "9.999999999999997e+22"],
  [0.000001, "0.000001"],
  [9.999999999999997e-7, "9.999999999999997e-7"],
  [333333333.33333325, "333333333.33333325"],
] as const)("writes the number %d as %s", ([number, text]) => {
  expect(toCanonicalJson({ n: number })).toBe(`{"n":${text}}`);
});

test("throws for a value that is not JSON", () => {
  expect(() => toCanonicalJson(NaN)).toThrow(Error);
  expect(() => toCanonicalJson(-Infinity)).toThrow(Error);
  expect(() => toCanonicalJson(undefined)).toThrow(Error);
  expect(() => toCanonicalJson({ n: 1n })).toThrow(Error);
});
