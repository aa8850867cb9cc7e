import { counted } from "../diagnostics/printable.ts";
import { folded } from "../manifest/shot.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { CAP_COLUMNS, capRows, labelCell, lineColumns, titleOf } from "./line-columns.ts";
import { bySceneAndModel, notesOf, rehearsalInWords } from "../report/top-sheet.ts";
import type { Cell, Column, Sheet, Workbook } from "./write-workbook.ts";

/** A plan as a workbook: the top sheet, its lines, its caps, and what it was made of. `made` in milliseconds UTC. */
export function planWorkbook(plan: AdmittedPlan, made: number): Workbook {
  return {
    title: `${plan.campaign.name}: top sheet${rehearsalInWords(plan)}`,
    made,
    sheets: [topSheetOf(plan), linesOf(plan), capsOf(plan), aboutOf(plan, made)],
  };
}

const LINES = "Lines";

// Each row is matched with each line; more than this would keep a spreadsheet busy whenever a cell changes.
const MOST_MATCHES = 2_000_000;

function topSheetOf({ lines }: AdmittedPlan): Sheet {
  const rows = bySceneAndModel(lines);
  const live = rows.length * lines.length <= MOST_MATCHES && canBeToldApart(rows);
  // Found by scene and model, not by place: sorting the lines changes no sum. Not SUMIFS, which reads a scene such
  // as ">5" or "A*" as a condition.
  const matches: Formula = ({ cell, column }) =>
    `(${column(LINES, "Scene")}=${cell("Scene")})*(${column(LINES, "Model")}=${cell("Model")})`;
  const sumOf =
    (title: string): Formula =>
    (at) =>
      `SUMPRODUCT(${matches(at)}*${at.column(LINES, title)})`;
  const computed = (formula: Formula): Pick<Column, "formula"> => (live ? { formula } : {});
  return {
    name: "Top sheet",
    columns: [
      { title: "Scene", kind: "text" },
      { title: "Model", kind: "text" },
      {
        title: "Lines",
        kind: "count",
        sum: true,
        ...computed((at) => `SUMPRODUCT(${matches(at)})`),
      },
      { title: "Seconds", kind: "seconds", sum: true, ...computed(sumOf("Seconds")) },
      {
        title: "Cost",
        kind: "usd",
        sum: true,
        ...computed((at) => `ROUND(${sumOf("Cost")(at)},6)`),
      },
    ],
    rows: rows.map((row) => [labelCell(row.scene), row.model, row.lines, row.seconds, row.cost]),
    total: "Total",
  };
}

type Formula = NonNullable<Column["formula"]>;

/** To a spreadsheet "a" equals "A": of such scenes the sums are written, not computed. */
function canBeToldApart(rows: readonly { readonly scene: string | null }[]): boolean {
  const scenes = [...new Set(rows.map(({ scene }) => scene))];
  return (
    new Set(scenes.map((scene) => (scene === null ? "" : folded(scene)))).size === scenes.length
  );
}

function linesOf({ lines, campaign }: AdmittedPlan): Sheet {
  const columns = lineColumns(campaign.name);
  return {
    name: LINES,
    columns: columns.map(({ name, kind, sum, formula }) => ({
      title: titleOf(name),
      kind,
      ...(sum === undefined ? {} : { sum }),
      ...(formula === undefined ? {} : { formula }),
    })),
    rows: lines.map((line) => columns.map(({ cell }) => cell(line))),
    total: "Total",
  };
}

function capsOf(plan: AdmittedPlan): Sheet {
  return {
    name: "Caps",
    columns: CAP_COLUMNS.map(({ name, kind, formula }) => ({
      title: titleOf(name),
      kind,
      ...(formula === undefined ? {} : { formula }),
    })),
    rows: capRows(plan).map((row) => CAP_COLUMNS.map(({ cell }) => cell(row))),
  };
}

/** What a person asks who is sent the file. */
function aboutOf(plan: AdmittedPlan, made: number): Sheet {
  const { campaign, totals, verdict } = plan;
  const rows: readonly (readonly [string, Cell])[] = [
    ["Campaign", campaign.name],
    ...(plan.rehearsal ? [["Rehearsal", "nothing is bought"] as const] : []),
    ["Verdict", VERDICTS[verdict]],
    ["Lines", counted(totals.lines, "line")],
    ["Time zone of days, weeks and months", campaign.timezone],
    ...notesOf(plan).map((note): [string, Cell] => ["Note", note]),
  ];
  return {
    name: "About",
    columns: [
      { title: "What", kind: "text" },
      { title: "Is", kind: "text" },
      { title: "Made (UTC)", kind: "date" },
      { title: "To spend", kind: "usd" },
    ],
    rows: rows.map(([what, is], index) => [
      what,
      is,
      ...(index === 0 ? [made, totals.toSpend] : []),
    ]),
  };
}

const VERDICTS: Readonly<Record<AdmittedPlan["verdict"], string>> = {
  ok: "fits",
  warn: "fits, with warnings",
  "over-budget": "over budget",
};
