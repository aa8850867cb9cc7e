import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../rig.ts";
import { CLI, folder, manifest, topsheet } from "./process.ts";

// A command loads what it needs and no more. V8 says which scripts a process compiled, their source maps what is in them.

const coverage = z.object({ result: z.array(z.object({ url: z.string() })) });
const sourceMap = z.object({ sources: z.array(z.string()) });

/** The sources behind everything of dist/bin that ran, as paths from the top of the project. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const cwd = await folder({ "a.yaml": manifest() });
  const seen = await folder();
  const { code } = await topsheet(args, { cwd, env: { NODE_V8_COVERAGE: seen } });
  expect(code).toBe(0);
  const [report = ""] = await readdir(seen);
  const { result } = coverage.parse(JSON.parse(await readFile(join(seen, report), "utf8")));
  const scripts = result.flatMap(({ url }) =>
    url.startsWith("file:") ? [fileURLToPath(url)] : [],
  );
  expect(scripts).toContain(CLI);
  const sources = await Promise.all(
    scripts.map(async (script) => {
      const map = sourceMap.parse(JSON.parse(await readFile(`${script}.map`, "utf8")));
      return map.sources.map((source) => relative(ROOT, resolve(dirname(script), source)));
    }),
  );
  return [...new Set(sources.flat())];
}

const packagesOf = (sources: readonly string[]): readonly string[] =>
  [
    ...new Set(sources.flatMap((source) => /^node_modules\/([^/]+)/.exec(source)?.[1] ?? [])),
  ].toSorted();

test.for([["--help"], ["--version"], ["plan", "--help"]])(
  "%j loads commander and little of ours",
  async (args) => {
    const sources = await loadedBy(args);
    expect(packagesOf(sources)).toEqual(["commander"]);
    const own = sources.filter((source) => source.startsWith("src/"));
    expect(own).toContain("src/cli/program.ts");
    expect(
      own.filter((source) => !/^src\/(?:cli\.ts|disk\.ts|cli\/[a-z-]+\.ts)$/.test(source)),
    ).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(8);
  },
);

test("check loads no table, no CSV and no renderer of plans but the JSON it shares", async () => {
  const packages = packagesOf(await loadedBy(["check", "a.yaml"]));
  expect(packages).toEqual(expect.arrayContaining(["commander", "yaml", "zod"]));
  expect(packages.filter((name) => ["cli-table3", "csv-stringify"].includes(name))).toEqual([]);
});

test("plan loads the renderer it was asked for", async () => {
  const csv = packagesOf(await loadedBy(["plan", "a.yaml", "--format", "csv"]));
  expect(csv).toContain("csv-stringify");
  expect(csv).not.toContain("cli-table3");
  expect(packagesOf(await loadedBy(["plan", "a.yaml"]))).toContain("cli-table3");
});
