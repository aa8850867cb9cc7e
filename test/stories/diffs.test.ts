import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readProjectFile, ROOT, topsheet } from "../rig/in-process.ts";

// A story of two manifests: what a person, a program and a pull request are told of the change, and why it costs.
const STORIES = "test/stories";

const stories = (await readdir(join(ROOT, STORIES))).filter((name) => name.startsWith("diff-"));

test("finds a story for each reason of a difference", () => {
  expect(stories).toHaveLength(16);
});

test.for(stories)("prints the difference of %s in each format", async (story) => {
  const names = await readdir(join(ROOT, STORIES, story));
  const read = async (name: string) => [name, await readProjectFile(join(STORIES, story, name))];
  const files = Object.fromEntries(
    await Promise.all(names.filter((name) => name.endsWith(".yaml")).map(read)),
  );
  const told: string[] = [];
  for (const format of ["table", "json", "md"]) {
    const args = ["diff", "before.yaml", "after.yaml", "--format", format, "--exit-code"];
    const { code, out, err } = await topsheet(args, { files });
    told.push(`$ topsheet ${args.join(" ")}\n${out}${err}exit ${code}\n`);
  }
  await expect(told.join("\n")).toMatchFileSnapshot(join(ROOT, STORIES, story, "diff.txt"));
});
