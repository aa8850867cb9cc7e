import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendFile } from "../../../src/disk.ts";
import { temporary } from "../../delivery/deliver.ts";

test("text is added to what is there, and a file made where none is", async () => {
  const folder = await temporary();
  const [there, fresh] = [join(folder, "there.md"), join(folder, "fresh.md")];
  await writeFile(there, "before\n");
  expect(await appendFile(there, "after\n")).toBeNull();
  expect(await appendFile(fresh, "after\n")).toBeNull();
  expect(await readFile(there, "utf8")).toBe("before\nafter\n");
  expect(await readFile(fresh, "utf8")).toBe("after\n");
});

test("a place that takes no text is a fault, not an exception", async () => {
  const folder = await temporary();
  await mkdir(join(folder, "sub"));
  expect(await appendFile(join(folder, "sub"), "x")).toEqual({ fault: "directory" });
  expect(await appendFile(join(folder, "gone", "x.md"), "x")).toMatchObject({ fault: "missing" });
});
