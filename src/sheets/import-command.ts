import { suggestModel, findModel } from "../catalogue/models.ts";
import { SCHEMA, writeSchemaBeside } from "../cli/commands/init.ts";
import { EXIT } from "../cli/exit-codes.ts";
import { refuse } from "../cli/refuse.ts";
import { makeDiskProblem } from "../cli/load.ts";
import type { Shell } from "../cli/shell.ts";
import { hasErrors } from "../diagnostics/diagnostic.ts";
import {
  formatCount,
  toPrintable,
  quote,
  quoteForShell,
  describeValue,
} from "../diagnostics/printable.ts";
import { ok, refused, type Result } from "../diagnostics/result.ts";
import { isName, NAME_SAYS } from "../manifest/schema.ts";
import { dollars, sum } from "../money.ts";
import { formatDiagnostics } from "../report/formats/diagnostics-text.ts";
import type { Screen } from "../report/document.ts";
import { layOutTable } from "../report/formats/text-table.ts";
import { readSheets } from "./read-sheets.ts";
import { type Mapping, parseMapping } from "./shotlist/header.ts";
import { type ImportedShots, importShots } from "./shotlist/import-shots.ts";
import type { ImportOptions } from "./options.ts";

/** `topsheet import`: makes a manifest of a producer's shot list, and prints what was guessed and left out. */
export async function importSheet(
  shell: Shell,
  path: string,
  options: ImportOptions,
): Promise<number> {
  const mappings = checkOptions(options);
  if (!mappings.ok) return refuse(shell, mappings.problem);
  const name = path === "-" ? "<stdin>" : path;
  const bytes = await shell.read(path);
  if (!(bytes instanceof Uint8Array)) return refuse(shell, makeDiskProblem(name, bytes, "read"));
  const { grids, diagnostics } = await readSheets(name, bytes);
  if (hasErrors(diagnostics)) {
    shell.err(formatDiagnostics(diagnostics, shell.errScreen.colour));
    return EXIT.wrong;
  }
  const { output, sheet = null, campaign = null, model } = options;
  const read = importShots({
    grids,
    sheet,
    mappings: mappings.value,
    campaign,
    fileName: path === "-" ? "" : path,
    model: model === undefined ? null : (findModel(model)?.alias ?? null),
    manifest: output ?? "manifest.yaml",
    schema: `./${SCHEMA}`,
  });
  if (!read.ok) {
    shell.err(formatDiagnostics([...diagnostics, read.problem], shell.errScreen.colour));
    return EXIT.wrong;
  }
  const imported = read.value;
  const all = [...diagnostics, ...imported.diagnostics];
  if (options.quiet !== true) shell.err(describeImport(name, imported, shell.errScreen));
  const seen = options.quiet === true ? all.filter(({ severity }) => severity === "error") : all;
  if (seen.length > 0) shell.err(`${formatDiagnostics(seen, shell.errScreen.colour)}\n`);
  if (imported.text === null) return EXIT.wrong;
  if (options.quiet !== true) shell.err(describeVerdict(imported));
  const unwritten = await write(shell, imported.text, imported.plan !== null, options);
  if (unwritten !== EXIT.done) return unwritten;
  return imported.plan === null ? EXIT.wrong : EXIT.done;
}

/** Checks the options. Returns the mappings of `--map`. */
function checkOptions({ output, campaign, model, map }: ImportOptions): Result<Mapping[]> {
  if (output !== undefined && !/\.ya?ml$/i.test(output)) {
    return refused(`a manifest is YAML: name it ${toPrintable(output)}.yaml`);
  }
  if (campaign !== undefined && !isName(campaign)) {
    const such = `a name such as aurora-launch: ${NAME_SAYS}`;
    return refused(`--campaign takes ${such}; not ${describeValue(campaign)}`);
  }
  if (model !== undefined && findModel(model) === undefined) {
    return refused(`there is no model ${describeValue(model)}; ${suggestModel(model)}`);
  }
  const mappings: Mapping[] = [];
  for (const text of map) {
    const mapping = parseMapping(text);
    if (!mapping.ok) return mapping;
    mappings.push(mapping.value);
  }
  return ok(mappings);
}

/** Writes to standard output, or to a file with the schema beside it. Replaces a file only with --replace. */
async function write(
  shell: Shell,
  text: string,
  complete: boolean,
  { output, replace, quiet }: ImportOptions,
): Promise<number> {
  if (output === undefined) {
    shell.out(text);
    return EXIT.done;
  }
  const fault = await (replace === true ? shell.write(output, text) : shell.writeNew(output, text));
  if (fault !== null) {
    const ifThere = "name another file, or add --replace";
    return refuse(shell, makeDiskProblem(output, fault, "write", ifThere));
  }
  const beside = await writeSchemaBeside(shell, output);
  if (!beside.ok) return refuse(shell, beside.problem);
  const name = toPrintable(output);
  const next = complete
    ? `Next: topsheet plan ${quoteForShell(output)}`
    : "It has what could be read; --replace lets the next import write over it.";
  if (quiet !== true) shell.err(`${name} written. ${next}\n`);
  return EXIT.done;
}

/** Describes what was read of a sheet: where the shots are, what each column became, and what was left out. */
function describeImport(name: string, imported: ImportedShots, { width }: Screen): string {
  const { sheet, row, columns, shots, leftOut } = imported;
  const where = sheet === null ? "" : `sheet ${quote(sheet)}, `;
  const rows = shots.reduce((all, shot) => all + shot.rows.length, 0);
  const takes = rows === shots.length ? "" : ` (takes of one shot are counted in \`takes\`)`;
  const { campaign } = imported;
  const account =
    campaign.from === "file"
      ? `Campaign ${campaign.name}: --campaign names another.`
      : `Campaign ${campaign.name}${campaign.from === "sheet" ? ", as the sheet says" : ""}.`;
  const head = `${toPrintable(name)}: ${where}titles in row ${row}; ${formatCount(rows, "row")} made ${formatCount(shots.length, "shot")}${takes}.`;
  const table = layOutTable(
    [{ title: "Column" }, { title: "Read as", flexible: true, prose: true }],
    columns.map(({ title, use }) => [
      title,
      use.is === "field" ? `${use.field}${use.told ? " (by --map)" : ""}` : `left out: ${use.why}`,
    ]),
    width,
  );
  const notes = listFirstLines(imported.notes.map(describeNote), (more) => `${more} more such`);
  const rowsLeftOut = listFirstLines(
    leftOut.map(({ row: number, why }) => `Row ${number} left out: ${why}.`),
    (more) => `${formatCount(more, "row")} more left out`,
  );
  return `${head}\n${account}\n\n${table}\n${notes}${rowsLeftOut}\n`;
}

const MOST_TOLD = 20;

/** Returns the first lines under an empty one, and how many more there are. Returns no text for no lines. */
function listFirstLines(lines: readonly string[], describeRest: (more: number) => string): string {
  if (lines.length === 0) return "";
  const more = lines.length - MOST_TOLD;
  const rest = more > 0 ? [`and ${describeRest(more)}.`] : [];
  return `\n${[...lines.slice(0, MOST_TOLD), ...rest].join("\n")}\n`;
}

function describeNote({ column, says, rows }: ImportedShots["notes"][number]): string {
  const [first = 0] = rows;
  const more = rows.length === 1 ? "" : ` (and ${formatCount(rows.length - 1, "row")} more)`;
  return `Row ${first}, column ${column}: ${says}${more}.`;
}

/** Says whether the manifest passes `check`, and what it costs. */
function describeVerdict({ plan }: ImportedShots): string {
  if (plan === null) {
    return "It does not pass `check` yet: correct the sheet, or name its columns with --map, and import it again.\n";
  }
  const cost = dollars(sum(plan.lines.map((line) => line.cost)));
  return `It passes \`check\`: ${formatCount(plan.lines.length, "line")}, ${cost} at list prices.\n`;
}
