import { expect, test } from "vitest";
import { complaintsAbout, inputOf, expandLines } from "./expanded.ts";

test("a default applies only if the shot's model has the field", async () => {
  const lines = await expandLines(`
defaults: { model: kling-v3-turbo-pro, prompt: x, generate_audio: false, cfg_scale: 0.7 }
shots:
  - id: turbo
  - { id: pro, model: kling-v3-pro }
  - { id: o3, model: kling-o3-4k }
`);
  const [turbo, pro, o3] = lines.map(({ input }) => input);
  expect(turbo).not.toHaveProperty("generate_audio");
  expect(turbo).not.toHaveProperty("cfg_scale");
  expect(pro).toMatchObject({ generate_audio: false, cfg_scale: 0.7 });
  expect(o3).toMatchObject({ generate_audio: false });
  expect(o3).not.toHaveProperty("cfg_scale");
});

test("the matrix overrides the shot, and the shot overrides the defaults", async () => {
  const lines = await expandLines(`
defaults: { model: kling-v3-pro, prompt: default, duration: 3, aspect_ratio: 1:1 }
shots:
  - { id: s, duration: 4, prompt: own, matrix: { duration: [5], prompt: [varied] } }
  - { id: m, matrix: { model: [kling-v3-4k, fal-ai/kling-video/v3/pro/text-to-video] } }
`);
  expect(lines[0]?.input).toMatchObject({ duration: "5", prompt: "varied", aspect_ratio: "1:1" });
  expect(lines.slice(1).map(({ model }) => model)).toEqual(["kling-v3-4k", "kling-v3-pro"]);
});

test("a default duration never applies to a shot with multi_prompt", async () => {
  const lines = await expandLines(`
defaults: { model: kling-v3-pro, duration: 15 }
shots:
  - { id: list, multi_prompt: [{ prompt: a, duration: 4 }, { prompt: b }] }
  - { id: one, prompt: a }
`);
  expect(lines.map(({ input }) => input["duration"])).toEqual(["9", "15"]);
});

test("a default duration does not apply beside a default multi_prompt, nor a default prompt to a multi_prompt", async () => {
  const lines = await expandLines(`
defaults: { model: kling-v3-pro, duration: 15, multi_prompt: [{ prompt: a }, { prompt: b }] }
shots:
  - { id: list }
  - { id: one, prompt: a }
`);
  expect(lines.map(({ input }) => input["duration"])).toEqual(["10", "15"]);
  expect(lines[1]?.input).not.toHaveProperty("multi_prompt");
});

test.for(["null", "~", ""])(
  "%s in a shot means absent, so the default applies",
  async (nothing) => {
    const input = await inputOf(`
defaults: { model: kling-v3-pro, prompt: x, duration: 7, takes: 1 }
shots:
  - id: s
    duration: ${nothing}
    takes: ${nothing}
    negative_prompt: ${nothing}
    multi_prompt: ${nothing}
    matrix: ${nothing}
`);
    expect(input).toMatchObject({ prompt: "x", duration: "7" });
    expect(input).not.toHaveProperty("negative_prompt");
    expect(input).not.toHaveProperty("multi_prompt");
  },
);

test("a null inside a list means absent too", async () => {
  const input = await inputOf(
    "shots:\n  - { id: s, model: kling-v3-pro, multi_prompt: [{ prompt: a, duration: null }] }\n",
  );
  expect(input["duration"]).toBe("5");
});

test("reports a wrong default once, at its place, although a shot overrides it with null", async () => {
  const said = await complaintsAbout(
    "defaults: { model: kling-v3-pro, prompt: x, duration: 99 }\nshots:\n  - { id: a, duration: null }\n  - id: b\n",
  );
  expect(said).toEqual(["1:55 duration must be whole seconds from 3 to 15, not 99"]);
});

test("checks a default against every model that has the field, not only the first", async () => {
  // The O3 pages give shot_type as any text, the V3 pages two choices.
  const input = await inputOf(
    "defaults: { model: kling-o3-4k, shot_type: other }\nshots:\n  - { id: a, prompt: x }\n",
  );
  expect(input).toMatchObject({ shot_type: "other" });
});

test("reports an unknown model in the defaults although no shot uses it", async () => {
  const said = await complaintsAbout(
    "defaults: { model: kling-nope }\nshots:\n  - { id: a, model: kling-v3-pro, prompt: x }\n",
  );
  expect(said).toEqual(['1:20 there is no model "kling-nope"']);
});

test.for(["takes", "scene", "tags", "priority", "model"])(
  "suggests %s for its misspelling, in defaults and in a shot",
  async (key) => {
    const said = await complaintsAbout(`
defaults: { model: kling-v3-pro, prompt: x, ${key}z: null }
shots:
  - { id: a, ${key}z: null }
`);
    expect(said).toHaveLength(2);
    const { topsheet } = await import("../rig/in-process.ts");
    const text = `topsheet: 1\ncampaign: c\ndefaults: { model: kling-v3-pro, prompt: x, ${key}z: null }\nshots: [{ id: a, ${key}z: null }]\n`;
    const { out } = await topsheet(["check", "m.yaml"], { files: { "m.yaml": text } });
    expect(out.match(new RegExp(`did you mean "${key}"`, "g"))).toHaveLength(2);
  },
);
