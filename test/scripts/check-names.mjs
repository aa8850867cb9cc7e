import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

// Refuses a name that src exports twice, so that whoever looks for a name finds it in one place. Run by `npm run check`.

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

const places = new Map();
let [files, exported] = [0, 0];
for (const path of readdirSync("src", { recursive: true })) {
  if (!path.endsWith(".ts")) continue;
  const file = `src/${path.replaceAll("\\", "/")}`;
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  files += 1;
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
  console.error(`${name} is exported by ${where.join(" and by ")}: rename one, or share it.`);
console.log(`looked at ${exported} exported names in ${files} files`);
if (twice.length > 0 || files < 100 || exported < 500) process.exitCode = 1;
