// Proves that each wing comes off: without its folder and its line in src/cli/program.ts the rest compiles, the import
// direction holds, and tests that do not name the wing pass. `--all` runs all of those; without it, only those are run
// that reach program.ts: the others run the very modules that they run with the wing.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, relative, resolve } from "node:path";

/** How a test names a wing, beside importing it or standing in its folder. */
const NAMES = {
  compare: /"diff\b|--base|--max-increase|--fail-on|--comment|github/i,
  pages: /\bhtml\b|--page/i,
  schedule: /\bschedule/i,
  sheets: /\bcsv\b|\bxlsx\b|"import"/i,
  simulator: /simulat|--rehearse/i,
  workers: /\bworkers?\b|--queue/i,
};

const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAM = "src/cli/program.ts";
// Its README is that of the whole build; and a copy made beside other work is no place to measure time.
const NOT_HERE = ["test/root/readme.test.ts", "test/manifest/sizes.test.ts"];
const all = process.argv.includes("--all");
const chosen = process.argv.slice(2).filter((word) => !word.startsWith("--"));

const filesIn = (folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));

const texts = new Map();
const textOf = (path) => {
  if (!texts.has(path)) texts.set(path, readFileSync(join(ROOT, path), "utf8"));
  return texts.get(path);
};

/** A file and everything that it imports, types and dynamic imports included. */
function closureOf(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, to] of textOf(path).matchAll(/(?:from|import\(?)\s*"(\.{1,2}\/[^"]+[.]ts)"/g)) {
    closureOf(normalize(join(dirname(path), to)).replaceAll("\\", "/"), seen);
  }
  return seen;
}

const tests = filesIn("test")
  .filter((path) => path.endsWith(".test.ts") && !path.startsWith("test/program/"))
  .filter((path) => !NOT_HERE.includes(path))
  .map((path) => {
    const reached = [...closureOf(path)];
    const own = reached.filter((one) => one.startsWith("test/"));
    // Through program.ts everything is reached: what a test names itself counts.
    const named = own.flatMap((one) =>
      [...textOf(one).matchAll(/"(?:[.][.]\/)+src\/([a-z]+)\//g)].map(([, folder]) => folder),
    );
    const told = own
      .filter((one) => one !== "test/rig/in-process.ts")
      .map(textOf)
      .join("\n");
    // The rig in this process is imported for a path, too.
    const reachesProgram = reached.includes(PROGRAM) && /\b(?:topsheet|main)\(/.test(told);
    return { path, reachesProgram, named: new Set(named), told };
  });

let failed = false;
const wings = Object.keys(NAMES).filter((name) => chosen.length === 0 || chosen.includes(name));
for (const wing of wings) {
  const copy = mkdtempSync(join(tmpdir(), `topsheet-without-${wing}-`));
  const began = Date.now();
  try {
    for (const name of readdirSync(ROOT)) {
      if (["node_modules", "dist", ".git", "coverage"].includes(name)) continue;
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    // Tests of permissions are other users, too.
    chmodSync(copy, 0o755);
    takeOff(copy, wing);
    const run = (command, ...args) =>
      execFileSync(join(ROOT, "node_modules/.bin", command), args, {
        cwd: copy,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    run("tsc", "--noEmit");
    const looked = execFileSync(
      process.execPath,
      [join(copy, "test/scripts/check-import-direction.mjs")],
      { cwd: copy, encoding: "utf8" },
    ).trim();
    const free = tests.filter(
      ({ path, named, told }) =>
        !path.startsWith(`test/${wing}/`) && !named.has(wing) && !NAMES[wing].test(told),
    );
    const ran = free.filter(({ reachesProgram }) => all || reachesProgram);
    // Nothing that plays the vendor is left: only pure tests are.
    if (ran.length === 0 && wing !== "simulator") throw new Error("no test was run");
    const report = join(copy, "report.json");
    if (ran.length > 0) {
      run(
        "vitest",
        "run",
        "--config",
        "test/vitest.config.ts",
        "--project",
        "fast",
        "--reporter=json",
        `--outputFile=${report}`,
        ...ran.map(({ path }) => path),
      );
    }
    const { numPassedTests = 0 } = ran.length > 0 ? JSON.parse(readFileSync(report, "utf8")) : {};
    if (ran.length > 0 && numPassedTests === 0) throw new Error("no test was run");
    console.log(
      `without ${wing}: compiles; ${looked}; ${numPassedTests} tests of ${ran.length} files passed, ${free.length - ran.length} files do not reach program.ts, ${tests.length - free.length} name the wing (${Math.round((Date.now() - began) / 1_000)} s)`,
    );
  } catch (cause) {
    failed = true;
    const told =
      failuresIn(join(copy, "report.json")) ?? `${cause.stdout ?? ""}${cause.stderr ?? ""}`;
    console.error(`without ${wing}: ${cause.message.split("\n", 1)[0]?.slice(0, 200)}\n${told}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
if (failed || wings.length === 0) process.exitCode = 1;

/** The tests that failed, and why; null if none has run. */
function failuresIn(report) {
  try {
    const { testResults } = JSON.parse(readFileSync(report, "utf8"));
    return testResults
      .flatMap(({ name, message, assertionResults }) => [
        ...(message === "" ? [] : [`${name}: ${message}`]),
        ...assertionResults
          .filter(({ status }) => status === "failed")
          .map(
            ({ fullName, failureMessages }) =>
              `${name}: ${fullName}\n${failureMessages[0]?.slice(0, 800)}`,
          ),
      ])
      .join("\n");
  } catch {
    return null;
  }
}

/** Removes a wing's folder and its line, and makes sure that both were there. */
function takeOff(copy, wing) {
  const path = join(copy, PROGRAM);
  const text = readFileSync(path, "utf8");
  const without = text
    .replace(new RegExp(`import \\{ ${wing} \\} from "[^"]+";\n`), "")
    .replace(/(WINGS: readonly Wing\[\] = \[)([^\]]*)\]/, (_, start, names) => {
      const others = names.split(",").filter((name) => name.trim() !== wing && name.trim() !== "");
      return `${start}${others.join(",")}]`;
    });
  // In what people read, "compare" is a word.
  const code = without.replaceAll(/"[^"\n]*"|^ *\/?\*.*$|\/\/.*$/gm, "");
  if (new RegExp(`\\b${wing}\\b`).test(code) || without.includes(`../${wing}/`)) {
    throw new Error(`${PROGRAM} still names ${wing}`);
  }
  writeFileSync(path, without);
  rmSync(join(copy, "src", wing), { recursive: true });
}
