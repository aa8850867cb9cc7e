import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bash, folder, manifest, topsheet } from "./rig/run-program.ts";

// The built program loads the packages that read and write sheets from node_modules, and only if it needs them.

test("a plan written as a workbook, to a file or a pipe, is imported again as the same plan", async () => {
  const cwd = await folder({ "a.yaml": manifest({ takes: 2, prompt: "=Rain." }) });
  const out = await topsheet(["plan", "a.yaml", "-q", "-o", "a.xlsx", "-o", "a.csv"], { cwd });
  expect(out).toMatchObject({ code: 0, err: "" });
  const back = await topsheet(["import", "a.xlsx", "-o", "b.yaml"], { cwd });
  expect(back).toMatchObject({ code: 0, out: "" });
  expect(back.err).toContain("It passes `check`: 2 lines, $1.40 at list prices.\n");
  const same = await topsheet(["diff", "a.yaml", "b.yaml", "--exit-code"], { cwd });
  expect(same).toMatchObject({ code: 0, err: "" });
  const piped = await bash(
    "topsheet plan a.yaml --format xlsx | topsheet import - -q | topsheet diff a.yaml - --exit-code &&" +
      "topsheet import a.csv -q | topsheet diff a.yaml - --exit-code",
    { cwd },
  );
  expect(piped).toMatchObject({ code: 0, err: "" });
});

test.for([
  [["plan", "a.yaml", "-o", "x.csv"], []],
  [["plan", "a.yaml", "-o", "x.xlsx"], ["hucre"]],
  [["import", "a.csv"], []],
] as const)("%j loads %j", async ([args, packages]) => {
  const cwd = await folder({ "a.yaml": manifest(), "a.csv": "Shot,Prompt,Model\n1,Rain.,turbo\n" });
  const seen = await folder();
  expect(await topsheet(args, { cwd, env: { NODE_V8_COVERAGE: seen } })).toMatchObject({ code: 0 });
  const [report = ""] = await readdir(seen);
  const loaded = await readFile(join(seen, report), "utf8");
  expect(loaded).toContain("cli.cjs");
  const known = ["hucre", "exceljs", "xlsx"];
  expect(known.filter((name) => loaded.includes(`/node_modules/${name}/`))).toEqual(packages);
});
