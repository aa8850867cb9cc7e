import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { bash, folder, manifest, topsheet } from "./rig/run-program.ts";

// Exit codes, and which stream says what.

test("exits with 0 if the plan fits, with only its data on standard output", async () => {
  const cwd = await folder({ "a.yaml": manifest() });
  const told = await topsheet(["plan", "a.yaml"], { cwd });
  expect(told).toMatchObject({ code: 0, err: "" });
  expect(told.out).toContain("Fits. 1 line, 5 s, $0.70 to spend.");
});

test("exits with 1 for what is neither the manifest's nor the command's fault, such as a full disk", async () => {
  const told = await bash("ulimit -f 0; topsheet schema -o schema.json");
  expect(told).toMatchObject({ code: 1, out: "" });
  expect(told.err).toMatch(/^error: schema\.json could not be written/);
});

test("exits with 2 for a wrong manifest, with nothing on standard output", async () => {
  const cwd = await folder({ "a.yaml": manifest().replace("prompt", "promt") });
  const told = await topsheet(["plan", "a.yaml", "-o", "a.csv"], { cwd });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain("a.yaml:4:");
  expect(told.err).toContain('did you mean "prompt"?');
  expect(told.err).toContain("a.csv not written");
  expect(await readdir(cwd)).toEqual(["a.yaml"]);
});

test("exits with 2 and prints one whole JSON document for a wrong manifest", async () => {
  const cwd = await folder({ "a.yaml": "topsheet: 1\n" });
  const told = await topsheet(["plan", "a.yaml", "--format", "json"], { cwd });
  expect(told.code).toBe(2);
  expect(JSON.parse(told.out)).toMatchObject({
    schema: "topsheet/plan@1",
    verdict: "invalid",
    lines: [],
    caps: [],
    totals: null,
  });
});

test("exits with 3 over a cap, with the plan on standard output and the reason on standard error", async () => {
  const cwd = await folder({ "a.yaml": manifest({ cap: 1, takes: 2 }) });
  const told = await topsheet(["plan", "a.yaml"], { cwd });
  expect(told.code).toBe(3);
  expect(told.out).toContain("over");
  expect(told.err).toContain("error");
  expect((await topsheet(["plan", "a.yaml", "--cap", "1.40"], { cwd })).code).toBe(0);
});

test.for([
  [["plam", "a.yaml"], "plan"],
  [["plan", "a.yaml", "--formta", "json"], "--format"],
  [["plan", "a.yaml", "--cpa", "5"], "--cap"],
  [["check", "a.yaml", "--quite"], "--quiet"],
] as const)("%j is refused, with what was meant", async ([args, meant]) => {
  const cwd = await folder({ "a.yaml": manifest() });
  const told = await topsheet(args, { cwd });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain(`Did you mean ${meant}?`);
});

test.for([
  [["plan"], "missing required argument 'files'"],
  [["plan", "a.yaml", "--format", "xml"], "Allowed choices are table, json, csv, xlsx, md"],
  [["plan", "a.yaml", "--cap", "lots"], "--cap"],
  [["plan", "a.yaml", "-o", "costs.pdf"], "costs.pdf"],
  [["models", "kling-v3-4k", "kling-o3-4k"], "too many arguments"],
] as const)("%j is refused", async ([args, says]) => {
  const cwd = await folder({ "a.yaml": manifest() });
  const told = await topsheet(args, { cwd });
  expect(told).toMatchObject({ code: 2, out: "" });
  expect(told.err).toContain(says);
});

test("prints help and version on standard output, and refuses a command line without a command", async () => {
  const help = await topsheet(["--help"]);
  expect(help).toMatchObject({ code: 0, err: "" });
  expect(help.out).toContain("topsheet plan shots.yaml");
  expect(await topsheet(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
  expect(await topsheet([])).toMatchObject({ code: 2, out: "" });
});

test("creates nothing for check, plan, models and schema, in the folder or at home", async () => {
  const cwd = await folder({ "a.yaml": manifest() });
  const home = await folder();
  const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_STATE_HOME: home };
  for (const args of [
    ["check", "a.yaml"],
    ["plan", "a.yaml"],
    ["models"],
    ["schema"],
    ["--help"],
  ]) {
    expect((await topsheet(args, { cwd, env })).code).toBe(0);
  }
  expect(await readdir(cwd)).toEqual(["a.yaml"]);
  expect(await readdir(home)).toEqual([]);
});

test("plans what init has written, and writes each file of -o", async () => {
  const cwd = await folder();
  const made = await topsheet(["init"], { cwd });
  expect(made).toMatchObject({ code: 0, out: "" });
  const told = await topsheet(
    ["plan", "shots.yaml", "-o", "a.csv", "-o", "a.json", "-o", "a.md", "-o", "a.txt"],
    { cwd },
  );
  expect(told).toMatchObject({
    code: 0,
    err: "a.csv written.\na.json written.\na.md written.\na.txt written.\n",
  });
  const written = ["a.csv", "a.json", "a.md", "a.txt", "shots.yaml", "topsheet.schema.json"];
  expect((await readdir(cwd)).toSorted()).toEqual(written);
});
