import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { SourceMap } from "node:module";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../rig/in-process.ts";
import { CLI, folder, manifest, topsheet } from "./rig/run-program.ts";

// A command loads what it needs and no more. The bin is one file; V8 says which functions of it ran, and its source
// map says what they belong to.

const coverage = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({
          ranges: z.array(z.object({ startOffset: z.number(), count: z.number() })),
        }),
      ),
    }),
  ),
});
const mapped = z.object({ originalSource: z.string() });

/** The sources of which anything ran, as paths from the top of the project. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const cwd = await folder({ "a.yaml": manifest() });
  const seen = await folder();
  const { code } = await topsheet(args, { cwd, env: { NODE_V8_COVERAGE: seen } });
  expect(code).toBe(0);
  const [report = ""] = await readdir(seen);
  const { result } = coverage.parse(JSON.parse(await readFile(join(seen, report), "utf8")));
  const bin = result.find(({ url }) => url === pathToFileURL(CLI).href);
  const text = await readFile(CLI, "utf8");
  const map = new SourceMap(JSON.parse(await readFile(`${CLI}.map`, "utf8")));
  const ran = (bin?.functions ?? []).flatMap(({ ranges: [whole] }) =>
    whole !== undefined && whole.count > 0 ? [whole.startOffset] : [],
  );
  expect(ran.length).toBeGreaterThan(20);
  const sources = ran.flatMap((offset) => {
    const before = text.slice(0, offset).split("\n");
    const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
    const { data } = mapped.safeParse(entry);
    return data === undefined ? [] : [relative(ROOT, resolve(dirname(CLI), data.originalSource))];
  });
  return [...new Set(sources)];
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
      own.filter(
        (source) =>
          !/^src\/(?:cli\.ts|disk\.ts|network\.ts|diagnostics\/(?:errors|result)\.ts|report\/formats\.ts|cli\/[a-z-]+\.ts|[a-z]+\/(?:commands|options)\.ts)$/.test(
            source,
          ),
      ),
    ).toEqual([]);
    // Two small files for each of the six wings, and the kit.
    expect(own.length).toBeLessThanOrEqual(25);
  },
);

test("check loads no table, no CSV and no renderer of plans but the JSON it shares", async () => {
  const packages = packagesOf(await loadedBy(["check", "a.yaml"]));
  expect(packages).toEqual(expect.arrayContaining(["commander", "yaml", "zod"]));
  expect(packages.filter((name) => ["cli-table3", "csv-stringify"].includes(name))).toEqual([]);
});

test("plan loads only the renderer that it was asked for", async () => {
  const csv = packagesOf(await loadedBy(["plan", "a.yaml", "--format", "csv"]));
  expect(csv).toContain("csv-stringify");
  expect(csv).not.toContain("cli-table3");
  expect(packagesOf(await loadedBy(["plan", "a.yaml"]))).toContain("cli-table3");
});

test("plan loads gates, differences and the parts for GitHub only if they are asked for", async () => {
  const MORE = [
    "src/plan/diff.ts",
    "src/plan/check-gates.ts",
    "src/compare/gates.ts",
    "src/compare/github.ts",
    "src/compare/annotations.ts",
    "src/compare/pull-request.ts",
  ];
  // The document of a plan has blocks for gates and differences: src/report/diff.ts and gates.ts are always loaded.
  const of = (sources: readonly string[]): readonly string[] =>
    MORE.filter((source) => sources.includes(source));
  expect(of(await loadedBy(["plan", "a.yaml"]))).toEqual([]);
  const asked = ["--base", "a.yaml", "--max-usd", "5", "--format", "github", "--comment", "c.md"];
  expect(of(await loadedBy(["plan", "a.yaml", ...asked]))).toEqual(MORE);
});
