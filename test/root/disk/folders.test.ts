import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../../../src/disk.ts";
import { makeTemporaryFolder } from "../../delivery/deliver.ts";

describe("a folder inside another", () => {
  test("is made together with the outer one", async () => {
    const out = join(await makeTemporaryFolder(), "a", "b");
    expect(await makeFolder(out, "film")).toBeNull();
    expect(await readdir(out)).toEqual(["film"]);
    expect(await makeFolder(out, "film")).toBeNull();
  });

  test("may be reached by a link that the person named", async () => {
    const folder = await makeTemporaryFolder();
    await mkdir(join(folder, "disk"));
    await symlink(join(folder, "disk"), join(folder, "out"));
    expect(await makeFolder(join(folder, "out"), "film")).toBeNull();
    expect(await readdir(join(folder, "disk"))).toEqual(["film"]);
  });

  test("is refused if a link leads elsewhere", async () => {
    const folder = await makeTemporaryFolder();
    const [out, away] = [join(folder, "out"), join(folder, "away")];
    await mkdir(out);
    await mkdir(away);
    await symlink(away, join(out, "film"));
    expect(await makeFolder(out, "film")).toBe(`${join(out, "film")} leads to ${away}`);
    await symlink(join(away, "new"), join(out, "dangling"));
    expect(await makeFolder(out, "dangling")).not.toBeNull();
    await symlink(".", join(out, "itself"));
    expect(await makeFolder(out, "itself")).not.toBeNull();
    expect(await readdir(away)).toEqual([]);
  });

  test("is refused if a file is there", async () => {
    const out = await makeTemporaryFolder();
    await writeFile(join(out, "film"), "");
    expect(await makeFolder(out, "film")).toContain("EEXIST");
    expect(await makeFolder(join(out, "film"), "inside")).not.toBeNull();
  });

  test("is refused if its name is too long", async () => {
    expect(await makeFolder(await makeTemporaryFolder(), "x".repeat(300))).toContain(
      "ENAMETOOLONG",
    );
  });
});
