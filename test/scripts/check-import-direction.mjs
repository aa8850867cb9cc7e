import { readdirSync } from "node:fs";
import { cruise, format } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";

const options = await extractOptions("./.dependency-cruiser.mjs");
const { output: result } = await cruise(["src"], options);

const { output: report, exitCode } = await format(result, { outputType: "err-long" });
if (exitCode !== 0) console.error(report);

// dependency-cruiser skips what it cannot parse and calls that "no violations": under TypeScript 7
// it looks at nothing at all.
const looked = new Set(result.modules.map((module) => module.source));
const written = readdirSync("src", { recursive: true })
  .map((path) => `src/${path.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".ts"));
const missed = written.filter((path) => !looked.has(path));
for (const path of missed) console.error(`not looked at: ${path}`);

const modules = written.length - missed.length;
const dependencies = result.modules
  .filter((module) => module.source.startsWith("src/"))
  .reduce((total, module) => total + module.dependencies.length, 0);
console.log(`looked at ${modules} modules, ${dependencies} dependencies`);

if (exitCode !== 0 || missed.length > 0 || modules === 0 || dependencies === 0)
  process.exitCode = 1;
