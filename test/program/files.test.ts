import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bash, folder, manifest, topsheet } from "./rig/run-program.ts";

// What a path can turn out to be.

test("reads standard input for -", async () => {
  const told = await topsheet(["plan", "-"], { input: manifest() });
  expect(told).toMatchObject({ code: 0, err: "" });
  const wrong = await topsheet(["check", "-"], { input: "topsheet: 1\n" });
  expect(wrong.code).toBe(2);
  expect(wrong.out).toContain("<stdin>:1:1: error:");
});

test("names a folder, and a missing file with its nearest neighbour, at once", async () => {
  const cwd = await folder({ "shots.yaml": manifest() });
  await mkdir(join(cwd, "more"));
  const told = await topsheet(["plan", "more", "shots.yml"], { cwd });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain("error: more is a folder, not a file");
  expect(told.err).toContain(
    'error: there is no file shots.yml\n  hint: did you mean "shots.yaml"?',
  );
});

test("says that a file may not be read", async () => {
  const cwd = await folder({ "secret.yaml": manifest() });
  await chmod(join(cwd, "secret.yaml"), 0);
  // Root reads everything, unless that power is taken from it.
  const weaker =
    process.getuid?.() === 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search" : "";
  const told = await bash(`${weaker} "$NODE" "$CLI" plan secret.yaml`, { cwd });
  expect(told).toEqual({
    code: 2,
    out: "",
    err: "error: secret.yaml may not be read\n\n1 error\n",
  });
});

test("refuses a file without an end", async () => {
  const told = await topsheet(["plan", "/dev/zero"]);
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain("error: /dev/zero is larger than 16 MiB");
  const piped = await bash("topsheet plan - < /dev/zero");
  expect(piped).toMatchObject({ code: 2, out: "" });
  expect(piped.err).toContain("error: <stdin> is larger than 16 MiB");
});

test("reads a FIFO and a process substitution", async () => {
  const cwd = await folder({ "a.yaml": manifest() });
  const told = await bash("mkfifo pipe.yaml; cat a.yaml > pipe.yaml & topsheet plan pipe.yaml", {
    cwd,
  });
  expect(told).toMatchObject({ code: 0, err: "" });
  const substituted = await bash("topsheet plan <(cat a.yaml)", { cwd });
  expect(substituted).toMatchObject({ code: 0, err: "" });
});

test("refuses bytes that are not UTF-8, and UTF-16", async () => {
  const latin = Buffer.from(manifest({ prompt: "Ein Fluß." }), "latin1");
  const utf16 = Buffer.from(`\ufeff${manifest()}`, "utf16le");
  const cwd = await folder({ "latin.yaml": latin, "utf16.yaml": utf16 });
  const told = await topsheet(["plan", "latin.yaml", "utf16.yaml"], { cwd });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toMatch(/latin\.yaml.*UTF-8/);
  expect(told.err).toMatch(/utf16\.yaml.*UTF-/);
});

test("accepts a byte order mark and Windows line ends", async () => {
  const cwd = await folder({ "a.yaml": `\ufeff${manifest().replaceAll("\n", "\r\n")}` });
  expect(await topsheet(["plan", "a.yaml"], { cwd })).toMatchObject({ code: 0, err: "" });
});

test("reads files whose names look like options or contain control characters", async () => {
  const cwd = await folder({ "--help.yaml": manifest(), "a\u001b[31m.yaml": "topsheet: 1\n" });
  expect((await topsheet(["plan", "--", "--help.yaml"], { cwd })).code).toBe(0);
  const told = await topsheet(["plan", "a\u001b[31m.yaml"], { cwd });
  expect(told.code).toBe(2);
  expect(told.err).not.toContain("\u001b");
});
