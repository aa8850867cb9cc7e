import "../rig/whole-catalogue.ts";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { MODELS } from "../../src/catalogue/models.ts";
import { readProjectFile, ROOT, topsheet } from "../rig/in-process.ts";

// `topsheet models` as a person sees it, kept under golden/models/.

const files = { "my-rates.yaml": await readProjectFile("manifests/my-rates.yaml") };

const CALLS: Readonly<Record<string, readonly string[]>> = {
  "all.txt": [],
  "all.md": ["--format", "md"],
  "all.json": ["--format", "json"],
  "my-rates.txt": ["--prices", "my-rates.yaml"],
  "my-rates.md": ["--prices", "my-rates.yaml", "--format", "md"],
  "my-rates-kling-v3-pro.txt": ["kling-v3-pro", "--prices", "my-rates.yaml"],
  "kling-v3-pro.json": ["kling-v3-pro", "--format", "json"],
  ...Object.fromEntries(MODELS.map(({ alias }) => [`${alias}.txt`, [alias]])),
};

test.for(Object.entries(CALLS))("models: %s", async ([golden, args]) => {
  const { code, out, err } = await topsheet(["models", ...args], { files });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expect(out).toMatchFileSnapshot(join(ROOT, "test/report/golden/models", golden));
});

const shown = z.object({
  models: z.array(
    z.object({
      alias: z.string(),
      fields: z.array(z.object({ field: z.string(), default: z.string().nullable() })),
    }),
  ),
});
const NEGATIVE = "blur, distort, and low quality";

test.for([
  ["kling-v3-4k", ["5", "true", "customize", "16:9", NEGATIVE, "0.5"]],
  ["kling-v3-pro", ["5", "true", "customize", "16:9", NEGATIVE, "0.5"]],
  ["kling-o3-4k", ["5", "16:9", "false", "customize"]],
  ["kling-o3-4k-reference", ["false", "5", "customize", "16:9"]],
  ["kling-v3-turbo-pro", ["16:9", "5"]],
] as const)("shows every default that the page of %s states", async ([alias, defaults]) => {
  const { out } = await topsheet(["models", alias, "--format", "json"]);
  const fields = shown.parse(JSON.parse(out)).models[0]?.fields ?? [];
  expect(fields.flatMap((field) => field.default ?? [])).toEqual(defaults);
});

test("finds a model by its endpoint and by its web address", async () => {
  const { out } = await topsheet(["models", "kling-o3-4k"]);
  const endpoint = "fal-ai/kling-video/o3/4k/text-to-video";
  expect(await topsheet(["models", endpoint])).toMatchObject({ code: 0, out });
  expect(await topsheet(["models", `https://fal.ai/models/${endpoint}`])).toMatchObject({
    code: 0,
    out,
  });
});

test("refuses an unknown model and suggests the nearest", async () => {
  expect(await topsheet(["models", "kling-v3-por"])).toMatchObject({
    code: 2,
    out: "",
    err: 'error: there is no model "kling-v3-por"\n  hint: did you mean "kling-v3-pro"?\n',
  });
});
