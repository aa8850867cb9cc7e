import { Ajv } from "ajv";
import { expect, test } from "vitest";
import * as z from "zod";
import { topsheet } from "../../rig/in-process.ts";
import { budgetSchema, headSchema, scheduleSchema } from "../../../src/manifest/schema.ts";
import { complaintsOf } from "../expanded.ts";
import { acceptedBy, head, SCHEMA, shot } from "./validate.ts";

// The editor underlines every mistake that draft-07 can express.

const PROMPT = "prompt: Rain.";
const V3 = "model: kling-v3-4k";
const O3 = "model: kling-o3-4k";
const TURBO = "model: fal-ai/kling-video/v3/turbo/pro/text-to-video";
const REFERENCE = "model: kling-o3-4k-reference";

const WRONG: Readonly<Record<string, string>> = {
  "no version": head("campaign: c"),
  "another version": head("topsheet: 2", "campaign: c"),
  "no campaign": head("topsheet: 1"),
  "a campaign that names no folder": head("topsheet: 1", "campaign: a b/c"),
  "an unknown key": head("topsheet: 1", "campaign: c", "budgets: {}"),
  "no shots": "topsheet: 1\ncampaign: c\n",
  "an empty list of shots": "topsheet: 1\ncampaign: c\nshots: []\n",
  "shots that are no list": "topsheet: 1\ncampaign: c\nshots: { id: a }\n",
  "a cap that is no number": head("topsheet: 1", "campaign: c", "budget: { cap: [1] }"),
  "a misspelt cap": head("topsheet: 1", "campaign: c", "budget: { per_dya: 1 }"),
  "a share of another shape": head("topsheet: 1", "campaign: c", "budget: { warn_at: 80 }"),
  "an unknown way to stop": head("topsheet: 1", "campaign: c", "budget: { when_reached: pause }"),
  "no lines at once": head("topsheet: 1", "campaign: c", "concurrency: 0"),
  "a misspelt default": head("topsheet: 1", "campaign: c", "defaults: { duratoin: 5 }"),
  "a default out of range": head("topsheet: 1", "campaign: c", "defaults: { duration: 16 }"),
  "a shot without an id":
    "topsheet: 1\ncampaign: c\nshots: [{ model: kling-v3-4k, prompt: Rain. }]\n",
  "an id that names no file": shot(V3, PROMPT).replace("id: a", "id: a/b"),
  "a misspelt field": shot(V3, PROMPT, "duratoin: 5"),
  "an unknown model": shot("model: kling-v4", PROMPT),
  "sixteen seconds": shot(V3, PROMPT, "duration: 16"),
  "half a second": shot(V3, PROMPT, "duration: 5.5"),
  "a ratio it has not": shot(V3, PROMPT, 'aspect_ratio: "4:3"'),
  "a scale above one": shot(V3, PROMPT, "cfg_scale: 1.1"),
  "audio as a word": shot(V3, PROMPT, "generate_audio: yes please"),
  "no takes": shot(V3, PROMPT, "takes: 0"),
  "a priority between two": shot(V3, PROMPT, "priority: 0.5"),
  "a field of V3 on O3": shot(O3, PROMPT, "cfg_scale: 0.5"),
  "a field of V3 on turbo, by endpoint": shot(TURBO, PROMPT, "generate_audio: true"),
  "elements on a model without": shot(
    O3,
    PROMPT,
    "elements: [{ video_url: https://example.com/a.mp4 }]",
  ),
  "an unknown key in an element": shot(
    REFERENCE,
    PROMPT,
    "elements: [{ video: https://example.com/a.mp4 }]",
  ),
  "a shot without a prompt in the list": shot(V3, "multi_prompt: [{ duration: 5 }]"),
  "zero seconds in the list": shot(V3, "multi_prompt: [{ prompt: Rain., duration: 0 }]"),
  "a matrix axis that is no list": shot(V3, PROMPT, "matrix: { duration: 5 }"),
  "an empty matrix axis": shot(V3, PROMPT, "matrix: { duration: [] }"),
};

test.for(Object.entries(WRONG))(
  "the editor's schema refuses what check refuses: %s",
  async ([, text]) => {
    const { code } = await topsheet(["check", "-"], { files: { "-": text } });
    expect({ editor: acceptedBy(text), code }).toEqual({ editor: false, code: 2 });
  },
);

const HEADS: Readonly<Record<string, readonly string[]>> = {
  "": ["topsheet", "campaign", ...optionalKeys(headSchema).filter((key) => key !== "defaults")],
  budget: optionalKeys(budgetSchema),
  "budget.breaker": optionalKeys(budgetSchema.shape.breaker.unwrap()),
  schedule: optionalKeys(scheduleSchema),
};
const EMPTY = Object.entries(HEADS).flatMap(([under, keys]) => keys.map((key) => [under, key]));

/** A manifest whose only mistake is that this key is empty. */
function withEmpty(under: string, key: string): string {
  const top = key === "topsheet" ? [] : ["topsheet: 1"];
  const campaign = key === "campaign" ? [] : ["campaign: c"];
  const inside = under === "schedule" ? `{ cron: 0 1 * * *, ${key}: }` : `{ ${key}: }`;
  const written = under === "" ? `${key}:` : `${under.replace("budget.", "budget: { ")}: ${inside}`;
  return head(...top, ...campaign, under === "budget.breaker" ? `${written} }` : written);
}

test("the list has every optional key of the head", () => {
  expect(EMPTY.map((path) => path.join(" ").trim())).toEqual(
    expect.arrayContaining(["budget", "prices", "budget cap", "budget.breaker unknown_usd"]),
  );
  expect(EMPTY.length).toBeGreaterThanOrEqual(25);
});

test.for(EMPTY)(
  "the editor's schema refuses an empty value, as check does with a hint: %s %s",
  async ([under = "", key = ""]) => {
    const text = withEmpty(under, key);
    expect(acceptedBy(text)).toBe(false);
    const complaints = await complaintsOf(text);
    const name = under === "" ? key : `${under}.${key}`;
    const line = text.split("\n").findIndex((one) => one.includes(`${key}:`)) + 1;
    const required = ["topsheet", "campaign"].includes(key);
    expect(complaints).toMatchObject([
      {
        code: "required",
        severity: "error",
        line,
        message: expect.stringContaining(`${name} is empty: it must be `),
        hint: required ? null : "write a value, or remove the line",
      },
    ]);
  },
);

test.for(["by_model: { kling-v3-4k: }", 'by_scene: { "1": ~ }'])(
  "check refuses an empty entry in a mapping of caps, with a hint: %s",
  async (caps) => {
    const text = head("topsheet: 1", "campaign: c", `budget: { ${caps} }`);
    expect(acceptedBy(text)).toBe(false);
    const complaints = await complaintsOf(text);
    const hint = "write a value, or remove the line";
    expect(complaints).toMatchObject([{ code: "required", severity: "error", line: 3, hint }]);
  },
);

test("the schema uses only keywords of draft-07", () => {
  expect(() => new Ajv({ strictTypes: false }).compile(SCHEMA)).not.toThrow();
});

function optionalKeys({ shape }: z.ZodObject): readonly string[] {
  return Object.keys(shape).filter((key) => shape[key] instanceof z.ZodOptional);
}
