import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Keeps folders and files of src and test at a size that one can look over. Run by `npm run check`.

const MOST_ENTRIES = 20;
/** For src and test themselves. */
const MOST_ENTRIES_OF_A_ROOT = 24;
const MOST_LINES = 400;

/** Folders and files that may be larger, each with its reason. One that no longer needs it is refused. */
const EXCEPTIONS = {
  "test/stories": "Each entry is a whole example that the tests of several rooms read.",
};

const problems = [];
const needed = new Set();
let [folders, files] = [0, 0];

function refuse(path, problem) {
  needed.add(path);
  if (!(path in EXCEPTIONS)) problems.push(`${path} ${problem}`);
}

function lookAt(folder, most) {
  folders += 1;
  const entries = readdirSync(folder, { withFileTypes: true });
  const counted = entries.filter(({ name }) => !(join(folder, name) in EXCEPTIONS));
  if (counted.length > most)
    refuse(folder, `has ${counted.length} entries, at most ${most} are allowed`);
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) lookAt(path, MOST_ENTRIES);
    else if (/[.]m?ts$|[.]mjs$/.test(path)) lookAtLines(path);
  }
}

function lookAtLines(path) {
  files += 1;
  const lines = readFileSync(path, "utf8").split("\n").length - 1;
  if (lines > MOST_LINES) refuse(path, `has ${lines} lines, at most ${MOST_LINES} are allowed`);
}

for (const root of ["src", "test"]) lookAt(root, MOST_ENTRIES_OF_A_ROOT);

// Every folder of src is tested in a folder of the same name.
for (const { name } of readdirSync("src", { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
))
  if (!existsSync(`test/${name}`)) problems.push(`test/${name} is missing: it mirrors src/${name}`);

for (const path of Object.keys(EXCEPTIONS))
  if (!needed.has(path)) problems.push(`${path} needs no exception any more`);

for (const problem of problems) console.error(problem);
console.log(`looked at ${folders} folders and ${files} files`);
if (problems.length > 0 || folders < 50 || files < 400) process.exitCode = 1;
