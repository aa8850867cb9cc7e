import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../../../src/disk.ts";
import { temporary } from "../../delivery/deliver.ts";

describe("a folder inside another", () => {
  test("is made, with what it is in", async () => {
    const out = join(await temporary(), "a", "b");
    expect(await makeFolder(out, "film")).toBeNull();
    expect(await readdir(out)).toEqual(["film"]);
    expect(await makeFolder(out, "film")).toBeNull();
  });

  test("may be reached by a link that the person named", async () => {
    const folder = await temporary();
    await mkdir(join(folder, "disk"));
    await symlink(join(folder, "disk"), join(folder, "out"));
    expect(await makeFolder(join(folder, "out"), "film")).toBeNull();
    expect(await readdir(join(folder, "disk"))).toEqual(["film"]);
  });

  test("is none where a link leads elsewhere", async () => {
    const folder = await temporary();
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

  test("is none where a file is", async () => {
    const out = await temporary();
    await writeFile(join(out, "film"), "");
    expect(await makeFolder(out, "film")).toContain("EEXIST");
    expect(await makeFolder(join(out, "film"), "inside")).not.toBeNull();
  });

  test("is none where its name does not fit", async () => {
    expect(await makeFolder(await temporary(), "x".repeat(300))).toContain("ENAMETOOLONG");
  });
});
