import { counted, printable, quoted } from "../diagnostics/printable.ts";
import { dollars, sum } from "../money.ts";
import type { Screen } from "../report/plan-table.ts";
import { textTable } from "../report/text-table.ts";
import type { ImportedShots } from "./shotlist/import-shots.ts";

const MOST_ROWS_TOLD = 20;

/** What was made of a sheet: where the shots were found, which column became what, and what was left out. */
export function importText(name: string, imported: ImportedShots, { width }: Screen): string {
  const { sheet, row, columns, shots, leftOut } = imported;
  const where = sheet === null ? "" : `sheet ${quoted(sheet)}, `;
  const rows = shots.reduce((all, shot) => all + shot.rows.length, 0);
  const takes = rows === shots.length ? "" : ` (takes of one shot are counted in \`takes\`)`;
  const { campaign } = imported;
  const account =
    campaign.from === "file"
      ? `Campaign ${campaign.name}: --campaign names another.`
      : `Campaign ${campaign.name}${campaign.from === "sheet" ? ", as the sheet says" : ""}.`;
  const head = `${printable(name)}: ${where}titles in row ${row}; ${counted(rows, "row")} made ${counted(shots.length, "shot")}${takes}.`;
  const table = textTable(
    [{ title: "Column" }, { title: "Read as", flexible: true, words: true }],
    columns.map(({ title, use }) => [
      title,
      use.is === "field" ? `${use.field}${use.told ? " (as told)" : ""}` : `left out: ${use.why}`,
    ]),
    width,
  );
  const told = leftOut
    .slice(0, MOST_ROWS_TOLD)
    .map(({ row: number, why }) => `Row ${number} left out: ${why}.\n`);
  const more = leftOut.length - told.length;
  const rest = more > 0 ? [`and ${counted(more, "row")} more left out.\n`] : [];
  const notes = imported.notes.slice(0, MOST_ROWS_TOLD).map(noteText);
  const unsaid = imported.notes.length - notes.length;
  if (unsaid > 0) notes.push(`and ${unsaid} more such.\n`);
  const rowsTold = told.length === 0 ? "" : `\n${[...told, ...rest].join("")}`;
  const notesTold = notes.length === 0 ? "" : `\n${notes.join("")}`;
  return `${head}\n${account}\n\n${table}\n${notesTold}${rowsTold}\n`;
}

function noteText({ column, says, rows }: ImportedShots["notes"][number]): string {
  const [first = 0] = rows;
  const more = rows.length === 1 ? "" : ` (and ${counted(rows.length - 1, "row")} more)`;
  return `Row ${first}, column ${column}: ${says}${more}.\n`;
}

/** Whether it can be planned as it is, and for how much. */
export function importVerdict({ plan }: ImportedShots): string {
  if (plan === null) {
    return "It does not pass `check` yet: correct the sheet, or name its columns with --map, and import it again.\n";
  }
  const cost = dollars(sum(plan.lines.map((line) => line.cost)));
  return `It passes \`check\`: ${counted(plan.lines.length, "line")}, ${cost} at list prices.\n`;
}
