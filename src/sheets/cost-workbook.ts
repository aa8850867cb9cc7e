import { cents, type MicroUsd } from "../money.ts";
import {
  type CostReport,
  type Costs,
  hasMoney,
  leftInWords,
  notesOf,
  type SceneCosts,
} from "../report/cost-report.ts";
import { type Table, titleOf } from "../report/document.ts";
import { labelValue as labelCell } from "../report/plan-columns.ts";
import { csvText } from "./plan-csv.ts";
import type { Cell, FormulaPlaces, Kind, Sheet, Workbook } from "./write-workbook.ts";

/** A row of a sheet: a scene, or a line of it. */
interface Row {
  readonly scene: string | null;
  readonly shot: string;
  readonly key: string;
  readonly costs: Costs;
}

interface CostColumn {
  readonly name: string;
  readonly kind: Kind;
  readonly cell: (row: Row) => Cell;
  readonly sum?: true;
  readonly formula?: (at: FormulaPlaces) => string;
}

const LINES = "Lines";

/** A cost report as a workbook: by scene, its lines, the money day by day, and what has to be known to read it. */
export function costWorkbook(report: CostReport): Workbook {
  const { campaign, day, now } = report;
  return {
    title: `${campaign}: ${day === null ? "cost report" : "hot cost"}`,
    made: now,
    sheets: [scenesOf(report), linesOf(report), ...daysOf(report), aboutOf(report)],
  };
}

/** One row a line; scenes and totals are sums of them. */
export function costCsv(report: CostReport): string {
  const columns = lineColumns(report).map((column) => ({ ...column, value: column.cell }));
  return csvText({ columns, rows: rowsOf(report.scenes) } satisfies Pick<
    Table<Row>,
    "columns" | "rows"
  >);
}

function rowsOf(scenes: readonly SceneCosts[]): readonly Row[] {
  return scenes.flatMap(({ scene, shots }) =>
    shots.flatMap(({ shot, takes }) =>
      takes.map((costs) => ({ scene, shot, key: costs.key, costs })),
    ),
  );
}

function lineColumns(report: CostReport): readonly CostColumn[] {
  return [
    { name: "key", kind: "text", cell: ({ key }) => labelCell(key) },
    { name: "shot", kind: "text", cell: ({ shot }) => labelCell(shot) },
    { name: "scene", kind: "text", cell: ({ scene }) => labelCell(scene) },
    ...moneyColumns(report, false),
  ];
}

/** What the report has of a row's money; what follows from other columns is computed. */
function moneyColumns({ planned, day }: CostReport, withOverages: boolean): readonly CostColumn[] {
  const usd = (name: string, of: (costs: Costs) => MicroUsd | null): CostColumn => ({
    name,
    kind: "usd",
    sum: true,
    cell: ({ costs }) => of(costs),
  });
  const spent = [usd("actual", ({ actual }) => actual), usd("committed", (one) => one.committed)];
  if (!planned) return spent;
  const last = day === null ? "efc" : "cost";
  const left = usd("left", (costs) => costs.left);
  return [
    usd("budget", ({ budget }) => budget),
    // A scene's cap is added to for that scene alone: no sum of them is the campaign's.
    ...(withOverages ? [without(usd("overages", ({ overages }) => overages))] : []),
    ...spent,
    ...(day === null ? [usd("etc", ({ etc }) => etc)] : []),
    {
      ...usd(last, ({ efc }) => efc),
      formula: ({ cell }) =>
        `ROUND(${["Actual", "Committed", ...(day === null ? ["ETC"] : [])].map(cell).join("+")},6)`,
    },
    {
      ...(withOverages ? without(left) : left),
      formula: ({ cell }) =>
        `ROUND(${cell("Budget")}${withOverages ? `+${cell("Overages")}` : ""}-${cell(heading(last))},6)`,
    },
  ];
}

function heading(name: string): string {
  return name === "etc" || name === "efc" ? name.toUpperCase() : titleOf({ name });
}

function without({ name, kind, cell }: CostColumn): CostColumn {
  return { name, kind, cell };
}

function sheetOf(name: string, columns: readonly CostColumn[], rows: readonly Row[]): Sheet {
  return {
    name,
    columns: columns.map(({ name: column, kind, sum, formula }) => ({
      title: heading(column),
      kind,
      ...(sum === undefined ? {} : { sum }),
      ...(formula === undefined ? {} : { formula }),
    })),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
    total: "Total",
  };
}

function scenesOf(report: CostReport): Sheet {
  const columns: readonly CostColumn[] = [
    { name: "scene", kind: "text", cell: ({ scene }) => labelCell(scene) },
    ...moneyColumns(report, true),
  ];
  const rows = report.scenes.map((costs) => ({ scene: costs.scene, shot: "", key: "", costs }));
  return sheetOf("Cost report", columns, rows);
}

function linesOf(report: CostReport): Sheet {
  return sheetOf(LINES, lineColumns(report), rowsOf(report.scenes));
}

function daysOf({ overTime }: CostReport): readonly Sheet[] {
  if (overTime === null) return [];
  return [
    {
      name: "Days",
      columns: [
        { title: "Day", kind: "text" },
        { title: "Spent", kind: "usd", sum: true },
        { title: "Held", kind: "usd", sum: true },
        { title: "So far", kind: "usd" },
        { title: "Cap", kind: "usd" },
        { title: "Cap a day", kind: "usd" },
      ],
      rows: overTime.days
        .filter(hasMoney)
        .map(({ date, spent, held, soFar, cap, perDay }) => [
          date,
          spent,
          held,
          soFar,
          cap,
          perDay,
        ]),
      total: "Total",
    },
  ];
}

/** What a person asks who is sent the file. */
function aboutOf(report: CostReport): Sheet {
  const { campaign, total, timezone, now, purpose } = report;
  const rows: readonly (readonly [string, Cell])[] = [
    ["Campaign", campaign],
    ...(purpose === "rehearsal" ? [["Rehearsal", "nothing was bought"] as const] : []),
    ...(total.left === null ? [] : [["Verdict", leftInWords(total.left, cents)] as const]),
    ["Time zone of days", timezone],
    ...notesOf(report).map((note): [string, Cell] => ["Note", note]),
  ];
  return {
    name: "About",
    columns: [
      { title: "What", kind: "text" },
      { title: "Is", kind: "text" },
      { title: "Made (UTC)", kind: "date" },
      { title: "Overages", kind: "usd" },
      { title: "Over (-) or under", kind: "usd" },
    ],
    rows: rows.map(([what, is], index) => [
      what,
      is,
      ...(index === 0 ? [now, total.overages, total.left] : []),
    ]),
  };
}
