import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendFile } from "../../../src/disk.ts";
import { makeTemporaryFolder } from "../../delivery/deliver.ts";

test("adds text to a file, which it makes if there is none", async () => {
  const folder = await makeTemporaryFolder();
  const [there, fresh] = [join(folder, "there.md"), join(folder, "fresh.md")];
  await writeFile(there, "before\n");
  expect(await appendFile(there, "after\n")).toBeNull();
  expect(await appendFile(fresh, "after\n")).toBeNull();
  expect(await readFile(there, "utf8")).toBe("before\nafter\n");
  expect(await readFile(fresh, "utf8")).toBe("after\n");
});

test("returns a fault if the text cannot be added", async () => {
  const folder = await makeTemporaryFolder();
  await mkdir(join(folder, "sub"));
  expect(await appendFile(join(folder, "sub"), "x")).toEqual({ fault: "directory" });
  expect(await appendFile(join(folder, "gone", "x.md"), "x")).toMatchObject({ fault: "missing" });
});
