import { createColors } from "picocolors";
import { capName } from "../plan/cap-complaints.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { cents } from "../money.ts";
import { counted, printable } from "../diagnostics/printable.ts";
import { type Column, textTable, wrapped } from "./text-table.ts";
import {
  rehearsalInWords,
  spendInWords,
  starredBasis,
  stateInWords,
  type TopSheet,
  topSheet,
  verdictInWords,
} from "./top-sheet.ts";

export interface Screen {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

type Colours = ReturnType<typeof createColors>;

/** The plan as a person reads it: the top sheet, the lines, the caps, the verdict. */
export function planTable(plan: AdmittedPlan, screen: Screen): string {
  const colours = createColors(screen.colour);
  const sheet = topSheet(plan);
  const title = `${colours.bold(sheet.campaign)} · top sheet${rehearsalInWords(plan)}`;
  const parts = [
    title,
    sheetTable(sheet, plan, screen),
    ...(plan.lines.length === 0 ? [] : [lineTable(sheet, screen)]),
    ...(sheet.caps.length === 0 ? [] : [capTable(sheet, screen, colours)]),
    sheet.notes.map((note) => wrapped(note, screen.width)).join("\n"),
    verdict(plan, colours, screen.width),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sheetTable(sheet: TopSheet, { totals }: AdmittedPlan, { width }: Screen): string {
  const scenes = sheet.rows.some((row) => row.scene !== null);
  const columns: Column[] = [
    ...(scenes ? [{ title: "Scene", flexible: true } as const] : []),
    scenes ? { title: "Model", spare: 1 } : { title: "Model", flexible: true },
    { title: "Lines", align: "right", spare: 2 },
    { title: "Seconds", align: "right", spare: 3 },
    { title: "Cost", align: "right" },
  ];
  const scene = (name: string | null): string[] => (scenes ? [printable(name ?? "–")] : []);
  const rows = sheet.rows.map((row) => [
    ...scene(row.scene),
    row.model,
    String(row.lines),
    String(row.seconds),
    cents(row.cost),
  ]);
  const total = [
    ...(scenes ? ["Total", ""] : ["Total"]),
    String(totals.lines),
    String(totals.seconds),
    cents(totals.cost),
  ];
  return textTable(columns, [...rows, total], width);
}

function lineTable(sheet: TopSheet, { width }: Screen): string {
  const plain = sheet.lines.every((line) => line.state === "to-buy");
  const columns: Column[] = [
    { title: "Line", flexible: true },
    { title: "Model", spare: 3 },
    { title: "Price", align: "right", spare: 2 },
    { title: "Cost", align: "right" },
    // Where all of them are still to be bought, it says nothing.
    { title: "State", ...(plain ? { spare: 1 } : {}) },
  ];
  const rows = sheet.lines.map((line) => [
    printable(line.key),
    line.model,
    starredBasis(line),
    cents(line.cost),
    stateInWords(line.state),
  ]);
  const { rest } = sheet;
  if (rest === null) return textTable(columns, rows, width);
  const summed = [`and ${rest.lines} more`, "", `${rest.seconds} s`, cents(rest.cost), ""];
  const heading = `The ${sheet.lines.length} dearest of ${sheet.lines.length + rest.lines} lines`;
  return `${wrapped(heading, width)}\n\n${textTable(columns, [...rows, summed], width)}`;
}

function capTable(sheet: TopSheet, { width }: Screen, colours: Colours): string {
  const columns: Column[] = [
    { title: "Cap", flexible: true },
    { title: "Limit", align: "right" },
    { title: "Spent", align: "right", spare: 2 },
    { title: "Held", align: "right", spare: 3 },
    { title: "Planned", align: "right", spare: 1 },
    { title: "Left", align: "right" },
    { title: "" },
  ];
  const paint = { ok: colours.green, warn: colours.yellow, over: colours.red };
  const rows = sheet.caps.map((row) => {
    const pacing = row.takes !== null;
    const verdictOf = row.tooSmall ? "over" : pacing ? "warn" : row.verdict;
    return [
      printable(capName(row)),
      cents(row.limit),
      cents(row.spent),
      cents(row.held),
      cents(row.planned),
      pacing ? "–" : cents(row.left),
      paint[verdictOf](row.takes ?? row.verdict),
    ];
  });
  const table = textTable(columns, rows, width);
  return sheet.capsLeftOut === 0
    ? table
    : `${table}\n${counted(sheet.capsLeftOut, "more cap")}, each with more left.`;
}

function verdict(plan: AdmittedPlan, colours: Colours, width: number): string {
  const words = verdictInWords(plan);
  const paint = { ok: colours.green, warn: colours.yellow, "over-budget": colours.red };
  const capped = plan.moneyCaps.length + plan.paceCaps.length > 0 || plan.verdict === "over-budget";
  const told = wrapped(`${words} ${spendInWords(plan)}`, width);
  // Painted last: a colour has no width.
  return capped ? told.replace(words, paint[plan.verdict]) : told;
}
