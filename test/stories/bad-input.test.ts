import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, topsheet } from "../rig/in-process.ts";

// A folder named bad-… is a theme: manifests with every mistake of its kind, and what `check` says of them.
const STORIES = join(ROOT, "test/stories");

const stories = (await readdir(STORIES, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && entry.name.startsWith("bad-"))
  .map((entry) => entry.name);

async function filesOf(story: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(join(STORIES, story))).filter((name) => name.endsWith(".yaml"));
  const texts = await Promise.all(names.map((name) => readFile(join(STORIES, story, name), "utf8")));
  return Object.fromEntries(names.toSorted().map((name, index) => [name, texts[index] ?? ""]));
}

test("finds the stories of wrong manifests", () => {
  expect(stories.length).toBeGreaterThanOrEqual(20);
});

test.for(stories)("describes every mistake of %s", async (story) => {
  const files = await filesOf(story);
  const { code, out, err } = await topsheet(["check", ...Object.keys(files)], { files });
  await expect(`exit ${code}\n\n${out}`).toMatchFileSnapshot(join(STORIES, story, "check.txt"));
  expect(code).toBe(2);
  expect(err).toBe("");
  expect(out).not.toMatch(/\[object|undefined|Invalid input|expected \w+, received|^\s+at /m);
  // Nothing a terminal would obey, and no direction mark.
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
});

test.for(stories)("reports no mistake of %s twice", async (story) => {
  const files = await filesOf(story);
  const { out } = await topsheet(["check", ...Object.keys(files)], { files });
  const said = out.split("\n").filter((line) => /^\S+:\d+:\d+: (?:error|warning): /.test(line));
  expect(said.length).toBeGreaterThan(0);
  expect(new Set(said).size).toBe(said.length);
});
