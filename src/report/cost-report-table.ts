import { createColors } from "picocolors";
import { counted, instant, printable } from "../diagnostics/printable.ts";
import { cents, exact, type MicroUsd, NOTHING } from "../money.ts";
import { overageJson, resolutionJson } from "./approvals.ts";
import {
  type CostReport,
  type Costs,
  hasMoney,
  leftInWords,
  type MoneyDay,
  notesOf,
  type SceneCosts,
} from "./cost-report.ts";
import type { Screen } from "./document.ts";
import { type TextColumn as Column, textTable, wrapped } from "./formats/text-table.ts";

// More rows are no overview: then a level less is shown, and --format json has them all.
const MOST_ROWS = 60;

/** Scene → shot → take, as deep as it can be read. */
export function costReportTable(report: CostReport, screen: Screen): string {
  const colours = createColors(screen.colour);
  const { campaign, purpose, day, planned, total, scenes } = report;
  const rehearsal = purpose === "rehearsal" ? " · REHEARSAL, nothing was bought" : "";
  const what = day === null ? "cost report" : "hot cost";
  const parts = [
    `${colours.bold(printable(campaign))} · ${what}${rehearsal}`,
    ...(scenes.length === 0
      ? [day === null ? "Nothing was bought yet." : "Nothing was bought yesterday."]
      : [
          textTable(columnsOf(report), [...rowsOf(scenes, report), totalRow(report)], screen.width),
        ]),
    notesOf(report)
      .map((note) => wrapped(note, screen.width))
      .join("\n"),
    ...(scenes.length === 0 ? [] : [paint(wrapped(verdictOf(report), screen.width))]),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;

  function paint(words: string): string {
    if (!planned || total.left === null) return words;
    return total.left < 0 ? colours.red(words) : colours.green(words);
  }
}

function columnsOf({ planned, day }: CostReport): readonly Column[] {
  const right = { align: "right" } as const;
  return [
    { title: "Account", flexible: true, least: 14 },
    ...(planned ? [{ title: "Budget", ...right, spare: 2 }] : []),
    ...(planned ? [{ title: "Overages", ...right, spare: 3 }] : []),
    { title: "Actual", ...right },
    { title: "Committed", ...right, spare: 1 },
    ...(planned && day === null ? [{ title: "ETC", ...right, spare: 4 }] : []),
    ...(planned
      ? [{ title: day === null ? "EFC" : "Cost", ...right, spare: 5 }, { title: "" }]
      : []),
  ];
}

function cells(name: string, costs: Costs, { planned, day }: CostReport): readonly string[] {
  const usd = (amount: MicroUsd | null): string => (amount === null ? "–" : cents(amount));
  return [
    name,
    ...(planned ? [usd(costs.budget), usd(costs.overages)] : []),
    usd(costs.actual),
    usd(costs.committed),
    ...(planned && day === null ? [usd(costs.etc)] : []),
    ...(planned && costs.left !== null ? [usd(costs.efc), leftInWords(costs.left, cents)] : []),
  ];
}

function rowsOf(scenes: readonly SceneCosts[], report: CostReport): readonly (readonly string[])[] {
  const shots = scenes.reduce((count, scene) => count + scene.shots.length, 0);
  const takes = scenes
    .flatMap((scene) => scene.shots)
    .reduce((count, { takes: own }) => count + own.length, 0);
  const deep = scenes.length + shots <= MOST_ROWS;
  const deepest = deep && scenes.length + shots + takes <= MOST_ROWS;
  return scenes.flatMap((scene) => [
    cells(scene.scene === null ? "No scene" : `Scene ${printable(scene.scene)}`, scene, report),
    ...(deep ? scene.shots : []).flatMap((shot) => [
      cells(`  ${printable(shot.shot)}`, shot, report),
      ...(deepest && shot.takes.length > 1 ? shot.takes : []).map((take) =>
        cells(`    ${printable(take.key.slice(shot.shot.length))}`, take, report),
      ),
    ]),
  ]);
}

function totalRow(report: CostReport): readonly string[] {
  return cells("Total", report.total, report);
}

/** `$2.94 under: $19.01 budget, $4.62 actual, …`. */
function verdictOf({ total, day, scenes }: CostReport): string {
  const { budget, overages, actual, committed, etc, left } = total;
  const money = `${cents(actual)} actual, ${cents(committed)} committed`;
  if (budget === null || left === null || etc === null) return `${money}.`;
  const more = overages > 0 ? ` and ${cents(overages)} of overages` : "";
  const next = day === null ? `, ${cents(etc)} to complete` : "";
  const shots = scenes.reduce((count, scene) => count + scene.shots.length, 0);
  const of = day === null ? "" : `, ${counted(shots, "shot")}`;
  const words = leftInWords(left, cents);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${cents(budget)} budget${more}${of}; ${money}${next}.`;
}

/** `topsheet/cost-report@1`. */
export function costReportJson(report: CostReport): string {
  const { campaign, purpose, ledger, timezone, now, day, total, unknown, scenes } = report;
  const document = {
    schema: "topsheet/cost-report@1",
    created: instant(now),
    campaign,
    rehearsal: purpose === "rehearsal",
    currency: "USD",
    timezone,
    ledger: { id: ledger },
    ...(day === null ? {} : { from: instant(day.from), to: instant(day.to) }),
    totals: {
      ...costsJson(total),
      unknown: exact(unknown),
      duplicates: exact(report.duplicates),
    },
    scenes: scenes.map((scene) => ({
      scene: scene.scene,
      ...costsJson(scene),
      shots: scene.shots.map((shot) => ({
        shot: shot.shot,
        ...costsJson(shot),
        lines: shot.takes.map((take) => ({ key: take.key, ...costsJson(take) })),
      })),
    })),
    overages: report.overages.map(overageJson),
    misbilled: report.misbilled.map(({ key, warnings }) => ({ key, warnings })),
    resolutions: report.resolutions.map(resolutionJson),
    ...(report.overTime === null
      ? {}
      : { days: report.overTime.days.filter(hasMoney).map(dayJson) }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function dayJson({ date, spent, held, soFar, cap, perDay }: MoneyDay): object {
  return {
    day: date,
    spent: exact(spent),
    held: exact(held),
    so_far: exact(soFar),
    cap: cap === null ? null : exact(cap),
    per_day: perDay === null ? null : exact(perDay),
  };
}

function costsJson({ budget, overages, actual, committed, etc, efc, left }: Costs): object {
  const usd = (amount: MicroUsd | null): string | null => (amount === null ? null : exact(amount));
  return {
    budget: usd(budget),
    overages: exact(overages),
    actual: exact(actual),
    committed: exact(committed),
    etc: usd(etc),
    efc: usd(efc),
    left: usd(left),
    verdict:
      left === null ? null : left < NOTHING ? "over" : left > NOTHING ? "under" : "on-budget",
  };
}
