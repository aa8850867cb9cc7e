import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readProjectFile, ROOT } from "../rig/in-process.ts";
import { manifest, run } from "./rig/run-program.ts";

// The packed tarball, installed in an empty folder elsewhere, as anyone would.

const elsewhere = mkdtempSync(join(tmpdir(), "topsheet-elsewhere-"));
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

/** npm as a person has it: nothing of the npm that runs this test. */
function npm(cwd: string, ...args: readonly string[]): string {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|NO_COLOR|VITEST|NODE_)/i.test(name)),
  );
  return execFileSync("npm", args, {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

let packed: readonly string[] = [];

beforeAll(() => {
  // Without its prepack script: build-once has built, and another build would pull dist/ from under other tests.
  npm(ROOT, "pack", "--ignore-scripts", "--pack-destination", elsewhere);
  const tarball = readdirSync(elsewhere).find((name) => name.endsWith(".tgz")) ?? "";
  packed = execFileSync("tar", ["-tzf", join(elsewhere, tarball)], { encoding: "utf8" })
    .trim()
    .split("\n");
  writeFileSync(join(elsewhere, "package.json"), '{ "private": true, "type": "module" }\n');
  npm(
    elsewhere,
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    `./${tarball}`,
  );
  writeFileSync(join(elsewhere, "shots.yaml"), manifest({ takes: 2 }));
});

test("it holds what a user needs: the bin, the library and its types, the examples; no tests, no sources", () => {
  const files = packed.map((path) => path.replace(/^package\//, ""));
  expect(files).toEqual(
    expect.arrayContaining([
      "package.json",
      "LICENSE",
      "README.md",
      "dist/bin/cli.cjs",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/sheets/index.js",
      "dist/sheets/index.d.ts",
      "manifests/schema.json",
      "manifests/aurora-launch.yaml",
    ]),
  );
  expect(files.filter((path) => /^(?:src|test)\/|^\.|^dist\/cli/.test(path))).toEqual([]);
  // What only the command line reaches is in its bundle.
  expect(files.filter((path) => /^dist\/.*commands\.js/.test(path))).toEqual([]);
});

test("npx topsheet plan", async () => {
  const told = await run(
    "npx",
    ["--no-install", "topsheet", "plan", "shots.yaml", "--format", "json"],
    { cwd: elsewhere },
  );
  expect(told).toMatchObject({ code: 0 });
  expect(JSON.parse(told.out)).toMatchObject({
    verdict: "ok",
    totals: { lines: 2, seconds: 10, cost: "1.40" },
  });
});

const CONSUMER = `import { readFileSync } from "node:fs";
import {
  admit, exact, formatDiagnostic, LIST_PRICES, makePlan, makeManifestSchema, MODELS, NO_LEDGER, readManifest, sha256, SourceText,
  type AdmittedLine, type Diagnostic, type MadePlan,
} from "topsheet";
import { importShots, planCsv, planWorkbook, readSheets, writeWorkbook } from "topsheet/sheets";

const text: string = readFileSync("shots.yaml", "utf8");
const read = readManifest(new SourceText("shots.yaml", text));
const made: MadePlan = makePlan({ manifests: [{ ...read, sha256: sha256(text) }], prices: null, only: [] });
const complaints: readonly Diagnostic[] = made.diagnostics;
if (made.plan === null) throw new Error(complaints.map(formatDiagnostic).join());
const admitted = admit(made.plan, NO_LEDGER, Date.UTC(2026, 10, 21));
const lines: readonly AdmittedLine[] = admitted.lines;
const rows: string = planCsv(admitted);
console.log(lines.map((line) => \`\${line.key} \${exact(line.cost)}\`).join(", "));
const workbook = await writeWorkbook(planWorkbook(admitted, Date.UTC(2026, 10, 21)));
if (!(workbook instanceof Uint8Array)) throw new Error(workbook.column);
const { grids } = await readSheets("plan.xlsx", workbook);
console.log(grids.length > 0, typeof importShots);
console.log(rows.split("\\n").length > 2, MODELS.length > 4, LIST_PRICES.prices.length > 5, typeof makeManifestSchema());
// @ts-expect-error: money is no bare number.
exact(1_400_000);
`;

test("a TypeScript file that imports the library compiles, its types' types too, and runs", async () => {
  writeFileSync(join(elsewhere, "use.ts"), CONSUMER);
  const examples = [...(await readProjectFile("docs/library.md")).matchAll(/```ts\n([^]*?)```/g)];
  expect(examples).toHaveLength(2);
  writeFileSync(join(elsewhere, "docs.ts"), examples.map(([, code]) => code).join("\n"));
  mkdirSync(join(elsewhere, "types"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules/@types/node"), join(elsewhere, "types/node"));
  const options = [
    "--strict",
    "--skipLibCheck",
    "false",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--typeRoots",
    "types",
    "--types",
    "node",
  ];
  const compiled = await run(
    process.execPath,
    [join(ROOT, "node_modules/typescript/bin/tsc"), ...options, "use.ts", "docs.ts"],
    { cwd: elsewhere },
  );
  expect(compiled).toEqual({ code: 0, out: "", err: "" });
  const told = await run(process.execPath, ["use.js"], { cwd: elsewhere });
  expect(told).toEqual({
    code: 0,
    err: "",
    out: "a~t1 0.70, a~t2 0.70\ntrue function\ntrue true true object\n",
  });
  const example = await run(process.execPath, ["docs.js"], { cwd: elsewhere });
  expect(example).toEqual({ code: 0, err: "", out: "a~t1 0.70\na~t2 0.70\n" });
});

test("npm start bundles and prints the top sheet of aurora-launch", async () => {
  // In a copy: it writes dist/bin anew, which the other tests are running.
  const copy = join(elsewhere, "copy");
  for (const name of ["package.json", "src", "manifests"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const told = await run("npm", ["-s", "start"], { cwd: copy });
  expect(told).toMatchObject({ code: 0 });
  expect(told.out).toMatch(/^aurora-launch · top sheet\n/);
  expect(told.out).toContain("Fits. 12 lines, 79 s, $19.01 to spend.");
});
