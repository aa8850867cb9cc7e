import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readProjectFile, ROOT, topsheet } from "../rig/in-process.ts";

// A story is a folder with a manifest and what a person sees when they plan it: one golden for each format.
const STORIES = "test/stories";

const folders = (await readdir(join(ROOT, STORIES), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const stories: string[] = [];
for (const folder of folders) {
  if ((await readdir(join(ROOT, STORIES, folder))).includes("manifest.yaml")) stories.push(folder);
}

test("finds the stories", () => {
  expect(stories.length).toBeGreaterThanOrEqual(1);
});

test.for(stories)("prints the plan of %s in each format", async (story) => {
  const files = { "manifest.yaml": await readProjectFile(`${STORIES}/${story}/manifest.yaml`) };
  const table = await topsheet(["plan", "manifest.yaml"], { files });
  await expect(`exit ${table.code}\n\n${table.out}\n${table.err}`).toMatchFileSnapshot(
    join(ROOT, STORIES, story, "plan.txt"),
  );
});
