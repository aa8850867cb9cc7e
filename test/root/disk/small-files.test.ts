import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listNames, resolveRealPath, readSmallText, writeNewFile } from "../../../src/disk.ts";
import { makeTemporaryFolder } from "../../delivery/deliver.ts";

test("lets one of many make a new file, and keeps it whole", async () => {
  const path = join(await makeTemporaryFolder(), "new.json");
  const texts = Array.from({ length: 12 }, (_, turn) => `${turn}`.repeat(10_000));
  const faults = await Promise.all(texts.map(async (text) => await writeNewFile(path, text)));
  expect(faults.filter((fault) => fault === null)).toHaveLength(1);
  expect(faults.filter((fault) => fault?.fault === "exists")).toHaveLength(11);
  expect(await readFile(path, "utf8")).toBe(texts[faults.indexOf(null)]);
  expect(await readdir(join(path, ".."))).toEqual(["new.json"]);
});

test("reads a small file's text, but no large file, folder, pipe or missing file", async () => {
  const folder = await makeTemporaryFolder();
  await writeFile(join(folder, "small"), "text");
  await writeFile(join(folder, "large"), "");
  await truncate(join(folder, "large"), 300 * 1024 * 1024);
  await mkdir(join(folder, "folder"));
  execFileSync("sh", ["-c", "mkfifo pipe"], { cwd: folder });
  const names = ["small", "large", "folder", "pipe", "none"];
  const texts = names.map(async (name) => await readSmallText(join(folder, name), 1_000));
  expect(await Promise.all(texts)).toEqual(["text", null, null, null, null]);
  expect(await readSmallText("/dev/zero", 1_000)).toBeNull();
});

test("lists the names in a folder, and none if there is no folder", async () => {
  const folder = await makeTemporaryFolder();
  for (const name of ["a", "b"]) await writeFile(join(folder, name), "");
  const named = async (path: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const name of listNames(path)) found.push(name);
    return found.toSorted();
  };
  expect(await named(folder)).toEqual(["a", "b"]);
  expect(await named(join(folder, "a"))).toEqual([]);
  expect(await named(join(folder, "none"))).toEqual([]);
});

test("resolves a path without links, even of what is not there yet", async () => {
  const folder = await resolveRealPath(await makeTemporaryFolder());
  await mkdir(join(folder, "real/sub"), { recursive: true });
  execFileSync("ln", ["-s", "real/sub", join(folder, "link")]);
  expect(await resolveRealPath(join(folder, "link/new/file"))).toBe(
    join(folder, "real/sub/new/file"),
  );
  expect(await resolveRealPath(`${folder}/link/../file`)).toBe(join(folder, "real/file"));
});
