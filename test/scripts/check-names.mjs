import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

// Refuses a name that src exports twice, so that whoever looks for a name finds it in one place, and a vendor's name
// outside its folder, so that another vendor is a folder and a line. Run by `npm run check`.

/** Files that fill the same slot: one interface types them, so each exports the names that its neighbours export. */
const SLOTS = [
  /^src\/[a-z]+\/commands[.]ts$/,
  /^src\/vendors\/[^/]+\/[^/]+[.]ts$/,
  /^src\/catalogue\/models\/[^/]+[.]ts$/,
  /^src\/report\/formats\/[^/]+[.]ts$/,
  /^src\/ledger\/sql\/(?:sqlite|postgres)[^/]*[.]ts$/,
];

/** The simulator shares no code with us: it is written from fal's documents and may use fal's words for its own. */
const SIMULATOR = /^src\/simulator\//;

/** Where else a vendor may be named, each with its reason. One that no longer needs it is refused. */
const MAY_NAME_A_VENDOR = {
  "src/simulator/": "It plays that vendor.",
  "src/vendors/vendors.ts": "VENDORS has a line for each.",
  "src/catalogue/models/": "A family of models says who makes its videos.",
  "src/catalogue/models.ts": "What no model has any more was bought from the first vendor.",
  "src/ledger/entry.ts": "Old entries have the billable units in that vendor's header alone.",
};

const slotOf = (file) => SLOTS.findIndex((slot) => slot.test(file));

/** The names that a file exports itself; what it passes on from another file has its place there. */
function exportsOf(source) {
  const names = [];
  const imported = new Set();
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings;
      if (bindings !== undefined && ts.isNamedImports(bindings))
        for (const { name } of bindings.elements) imported.add(name.text);
    }
    if (ts.isExportDeclaration(statement)) {
      if (statement.moduleSpecifier !== undefined) continue;
      for (const { name, propertyName } of statement.exportClause?.elements ?? [])
        if (!imported.has((propertyName ?? name).text)) names.push(name.text);
      continue;
    }
    if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) names.push(...boundBy(name));
    } else if (statement.name !== undefined) names.push(statement.name.text);
  }
  // The overloads of a function, and a type beside its constant, are one name.
  return new Set(names);
}

function boundBy(name) {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundBy(element.name),
  );
}

const vendors = readdirSync("src/vendors", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const needed = new Set();

/** Which vendor a line names: as a word, in a variable's name, or as a part of a name of ours; undefined if none. */
const vendorIn = (line) =>
  vendors.find((name) => {
    const [capital, capitals] = [`${name[0].toUpperCase()}${name.slice(1)}`, name.toUpperCase()];
    return new RegExp(
      `(?<![A-Za-z])${name}(?![a-z])|${capital}(?![a-z])|(?<![A-Z])${capitals}(?![A-Z])`,
    ).test(line);
  });

function findVendorsNamed(file, text) {
  for (const [index, line] of text.split("\n").entries()) {
    const name = vendorIn(line);
    if (name === undefined || file.startsWith(`src/vendors/${name}/`)) continue;
    const allowed = Object.keys(MAY_NAME_A_VENDOR).find((place) => file.startsWith(place));
    if (allowed !== undefined) needed.add(allowed);
    else
      problems.push(
        `${file}:${index + 1} names the vendor ${name}: take it from model.vendor or findVendor(endpoint), or say "the vendor".`,
      );
  }
}

const problems = [];
const places = new Map();
let [files, exported] = [0, 0];
for (const path of readdirSync("src", { recursive: true })) {
  if (!path.endsWith(".ts")) continue;
  const file = `src/${path.replaceAll("\\", "/")}`;
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  files += 1;
  findVendorsNamed(file, text);
  for (const name of exportsOf(source)) {
    exported += 1;
    places.set(name, [...(places.get(name) ?? []), file]);
  }
}

const twice = [...places].filter(([, all]) => {
  const where = all.filter((file) => !SIMULATOR.test(file));
  return where.length > 1 && (slotOf(where[0]) === -1 || new Set(where.map(slotOf)).size > 1);
});
for (const [name, where] of twice)
  problems.push(`${name} is exported by ${where.join(" and by ")}: rename one, or share it.`);
for (const place of Object.keys(MAY_NAME_A_VENDOR))
  if (!needed.has(place))
    problems.push(`${place} names no vendor: it needs no exception any more.`);
for (const problem of problems) console.error(problem);
console.log(
  `looked at ${exported} exported names in ${files} files, and for these vendors: ${vendors.join(", ")}`,
);
if (problems.length > 0 || files < 100 || exported < 500 || vendors.length === 0)
  process.exitCode = 1;
