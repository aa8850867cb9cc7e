import { expect, test } from "vitest";
import { complaintsOf } from "./expanded.ts";

// A mistake may hide what depends on it, and nothing else: a person should not find mistakes one by one.
async function told(text: string): Promise<readonly string[]> {
  return (await complaintsOf(text)).map(({ line, message }) => `${line} ${message}`);
}

const head = (rest: string) => `topsheet: 1\ncampaign: c\n${rest}`;
const MODEL = "defaults: { model: kling-v3-pro }\n";

test.for([
  [
    "an id that is none hides nothing of its shot",
    `${MODEL}shots:\n  - id: a b\n    promt: x\n    duration: 99\n`,
    [/^5 id must be/, /^6 "promt"/, /^7 duration must be/],
  ],
  [
    "no id hides nothing of its shot",
    `${MODEL}shots:\n  - prompt: x\n    duration: 99\n`,
    [/^5 id is missing/, /^6 duration must be/],
  ],
  [
    "a misspelt model key is guessed, beside the model that is missing",
    "shots:\n  - id: a\n    modle: kling-v3-pro\n    prompt: x\n",
    [/^5 "modle" means nothing/],
  ],
  [
    "a misspelt model hides no misspelt key",
    "shots:\n  - id: a\n    model: kling-v3-prox\n    promt: x\n",
    [/^5 there is no model/, /^6 "promt"/],
  ],
  [
    "an unknown cap hides no unknown model in another",
    `budget: { kap: 1, by_model: { kling-x: 1 } }\n${MODEL}shots: [{ id: a, prompt: x }]\n`,
    [/^3 "kap"/, /^3 there is no model "kling-x"/],
  ],
  [
    "a wrong cap hides no unknown model",
    `budget:\n  cap: -1\n  by_model: { kling-x: 1 }\n${MODEL}shots: [{ id: a, prompt: x }]\n`,
    [/^4 budget\.cap must be/, /^5 there is no model "kling-x"/],
  ],
  [
    "a wrong number at once hides no unknown model",
    `concurrency:\n  total: 0\n  kling-x: 1\n${MODEL}shots: [{ id: a, prompt: x }]\n`,
    [/^4 concurrency\.total must be/, /^5 there is no model "kling-x"/],
  ],
  [
    "an element that is none hides no path in the next",
    "shots:\n  - id: a\n    model: kling-o3-4k-reference\n    prompt: '@Element1'\n    elements:\n      - x\n      - { frontal_image_url: a.png, reference_image_urls: [b.png] }\n",
    [/^8 elements\[0\] must be/, /^9 "a\.png"/, /^9 "b\.png"/],
  ],
  [
    "a matrix value that is none hides no other variable's mistake",
    `${MODEL}shots:\n  - id: a\n    prompt: x\n    matrix:\n      aspect_ratio: 16:9\n      duration: [99]\n`,
    [/^8 matrix\.aspect_ratio must be/, /^9 duration must be/],
  ],
  [
    "too many lines hide no other shot's mistake",
    `${MODEL}shots:\n  - { id: a, prompt: x, takes: 1000000000 }\n  - { id: b, promt: x }\n`,
    [/^5 this would make/, /^6 "promt"/],
  ],
] as const)("reports every mistake at once: %s", async ([, body, expected]) => {
  const said = await told(head(body));
  for (const one of expected) expect(said).toContainEqual(expect.stringMatching(one));
});

// What follows from a mistake is not reported as another.
test.for([
  [
    "a model that is no text",
    `defaults: { model: 5 }\nshots: [{ id: a, prompt: x }, { id: b, prompt: x }]\n`,
  ],
  ["a shot's model that is no text", "shots: [{ id: a, model: [kling-v3-pro], prompt: x }]\n"],
  ["an alias that leads nowhere", "shots: [{ id: a, model: kling-v3-pro, prompt: *nowhere }]\n"],
  [
    "a prompt in the matrix that is no list",
    "shots: [{ id: a, model: kling-v3-pro, matrix: { prompt: x } }]\n",
  ],
  [
    "a merge of a merge that leads nowhere",
    "shots: [{ id: a, model: kling-v3-pro, prompt: x, <<: *nowhere }]\n",
  ],
] as const)("reports one mistake for %s", async ([, body]) => {
  expect(await told(head(body))).toHaveLength(1);
});

test("reports mistakes file by file, in the order of the arguments", async () => {
  const { topsheet } = await import("../rig/in-process.ts");
  const files = {
    "a.yaml": head(`${MODEL}shots: [{ id: a, promt: x }]\n`),
    "b.yaml": head("shots: [\n"),
    "c.yaml": head(`timezone: 5\n${MODEL}shots: [{ id: c, promt: x }]\n`),
  };
  const { out } = await topsheet(["check", "a.yaml", "b.yaml", "c.yaml"], { files });
  const order = [...out.matchAll(/^([abc])\.yaml:/gm)].map(([, name]) => name).join("");
  expect(order).toMatch(/^a+b+c+$/);
});

test("counts the lines of all files against the limit", async () => {
  const { topsheet } = await import("../rig/in-process.ts");
  const files = {
    "a.yaml": head(`${MODEL}shots: [{ id: a, prompt: x, takes: 200000 }]\n`),
    "b.yaml": head(`${MODEL}shots: [{ id: b, prompt: x, takes: 200000 }]\n`),
  };
  const { code, out } = await topsheet(["check", "a.yaml", "b.yaml"], { files });
  expect(code).toBe(2);
  expect(out).toContain("this would make 400,000 lines; a plan has at most 250,000");
});
