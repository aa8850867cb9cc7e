import { expect, test } from "vitest";
import { readProjectFile } from "../rig/in-process.ts";
import { ALIASES, modelOf } from "./check-shot.ts";
import { COMPARED, FOUND } from "./published-types.ts";

// `npm run types` compares; these tests state how much it compared.

test("compares every Kling model's schema with a published endpoint", () => {
  const schemas = new Set<unknown>(COMPARED.map(({ schema }) => schema));
  for (const alias of ALIASES) expect(schemas).toContain(modelOf(alias).input);
});

test("compares this many fields of each published endpoint", () => {
  const fields = COMPARED.map(({ published, schema, explained }) => [
    published.replace("fal-ai/kling-video/", ""),
    Object.keys(schema.shape).length,
    explained.length,
  ]);
  expect(fields).toEqual([
    ["v3/pro/text-to-video", 8, 0],
    ["v3/standard/text-to-video", 8, 0],
    ["o3/pro/text-to-video", 6, 0],
    ["o3/standard/text-to-video", 6, 0],
    ["o3/pro/reference-to-video", 10, 0],
    ["o3/standard/reference-to-video", 10, 0],
    ["v3/pro/text-to-video", 4, 4],
  ]);
  expect(Object.keys(FOUND).length).toBe(5);
});

test("takes the types from the client's version that the comparison was written for", async () => {
  const installed: unknown = JSON.parse(
    await readProjectFile("node_modules/@fal-ai/client/package.json"),
  );
  expect(installed).toMatchObject({ version: "1.10.1" });
});
