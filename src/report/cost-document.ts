import {
  capitalize,
  formatCount,
  formatInstant,
  toPrintable,
  listFirst,
} from "../diagnostics/printable.ts";
import { cents, exact, type MicroUsd, NOTHING, subtract } from "../money.ts";
import {
  describeOverage,
  describeResolution,
  describeSeparation,
  encodeOverage,
  encodeResolution,
} from "./approvals.ts";
import {
  type CostReport,
  type Costs,
  hasMoney,
  type MoneyDay,
  type SceneCosts,
} from "./cost-report.ts";
import {
  amountColumn,
  encodeRow,
  makeAboutTable,
  markRehearsal,
  type Block,
  type Column,
  type Document,
  type AboutRow,
  type Table,
} from "./document.ts";
import { readLabel } from "./plan-columns.ts";
import type { Reported } from "./subjects.ts";

/** Makes the document of a cost report: scenes, shots and takes, and whether they are over or under the budget. */
export function makeCostDocument(reported: Reported): Document {
  return { ...makeReportDocument(reported.report), subject: { is: "cost", ...reported } };
}

/** Makes the document without its subject, so without a page of its own. */
export function makeReportDocument(report: CostReport): Document {
  const { campaign, scenes, now } = report;
  return {
    title: campaign,
    what: nameCostReport(report),
    made: now,
    json: () => encodeCostReport(report),
    blocks: [
      scenes.length === 0
        ? { is: "paragraph", text: describeNoCosts(report) }
        : { is: "table", table: makeAccountTable(report) },
      { is: "notes", notes: makeCostNotes(report) },
      scenes.length === 0 ? null : makeVerdict(report),
    ],
    sheets: () => [
      makeSceneTable(report),
      makeLineTable(report),
      ...makeDayTables(report),
      makeAbout(report),
    ],
  };
}

function makeVerdict(report: CostReport): Block {
  const { left } = report.total;
  const strong = describeCosts(report);
  if (left === null) return { is: "paragraph", strong };
  return { is: "paragraph", strong, tone: left < 0 ? "bad" : "good" };
}

interface AccountRow extends Costs {
  readonly account: string;
}

interface LineRow extends Costs {
  readonly key: string;
  readonly shot: string;
  readonly scene: string | null;
}

const SCENE: Column<Pick<LineRow, "scene">> = {
  name: "scene",
  kind: "text",
  value: ({ scene }) => readLabel(scene),
};

/** Declares the columns of money. Without a plan, neither the budget nor the estimate to complete is known. */
export function declareMoneyColumns({ planned, day }: CostReport): readonly Column<Costs>[] {
  const sum = true;
  const spent = [amountColumn("actual", { sum }), amountColumn("committed", { spare: 1, sum })];
  if (!planned) return spent;
  const efc = amountColumn("efc", { title: "EFC", spare: 5, sum });
  return [
    amountColumn("budget", { spare: 2, sum }),
    // Overages of scenes do not add up to the campaign's: each raises one scene's cap alone.
    amountColumn("overages", { spare: 3 }),
    ...spent,
    ...(day === null
      ? [amountColumn("etc", { title: "ETC", spare: 4, sum }), efc]
      : [{ ...efc, name: "cost", title: "Cost" }]),
    amountColumn("left", {
      heading: "",
      align: "left",
      words: ({ left }) => (left === null ? "" : describeVariance(left, cents)),
    }),
  ];
}

// More rows are no overview: the table then leaves out takes, then shots. --format json has them all.
const MOST_ROWS = 60;

function makeAccountTable(report: CostReport): Table<AccountRow> {
  const { left, ...money } = report.total;
  const values = {
    ...money,
    cost: money.efc,
    left: left === null ? "" : describeVariance(left, cents),
  };
  return {
    name: "Accounts",
    columns: [
      {
        name: "account",
        kind: "text",
        value: ({ account }) => account,
        fit: { flexible: true, least: 14 },
      },
      ...declareMoneyColumns(report),
    ],
    rows: listAccounts(report.scenes),
    shown: { total: { label: "Total", values } },
  };
}

function listAccounts(scenes: readonly SceneCosts[]): readonly AccountRow[] {
  const shots = scenes.flatMap((scene) => scene.shots);
  const takes = shots.reduce((count, { takes: own }) => count + own.length, 0);
  const deep = scenes.length + shots.length <= MOST_ROWS;
  const deepest = deep && scenes.length + shots.length + takes <= MOST_ROWS;
  return scenes.flatMap((scene) => [
    { ...scene, account: scene.scene === null ? "No scene" : `Scene ${scene.scene}` },
    ...(deep ? scene.shots : []).flatMap((shot) => [
      { ...shot, account: `  ${shot.shot}` },
      ...(deepest && shot.takes.length > 1 ? shot.takes : []).map((take) => ({
        ...take,
        account: `    ${take.key.slice(shot.shot.length)}`,
      })),
    ]),
  ]);
}

/** Makes a table with a row for each scene. */
function makeSceneTable(report: CostReport): Table<SceneCosts> {
  const columns = [SCENE, ...declareMoneyColumns(report)];
  return { name: "Cost report", columns, rows: report.scenes, sums: "Total" };
}

/** Makes a table with a row for each line; scenes and totals are sums of them. */
function makeLineTable(report: CostReport): Table<LineRow> {
  return {
    name: "Lines",
    columns: [
      { name: "key", kind: "text", value: ({ key }) => readLabel(key) },
      { name: "shot", kind: "text", value: ({ shot }) => readLabel(shot) },
      SCENE,
      ...declareMoneyColumns(report)
        .filter(({ name }) => name !== "overages")
        // Lines have no overages, so what is left of them adds up.
        .map((column) => (column.name === "left" ? { ...column, sum: true as const } : column)),
    ],
    rows: report.scenes.flatMap(({ scene, shots }) =>
      shots.flatMap(({ shot, takes }) => takes.map((take) => ({ ...take, scene, shot }))),
    ),
    sums: "Total",
  };
}

/** Each row is a day. */
export const DAY_COLUMNS: readonly Column<MoneyDay>[] = [
  { name: "day", kind: "text", value: ({ date }) => date },
  amountColumn("spent", { sum: true }),
  amountColumn("held", { sum: true }),
  { name: "so_far", kind: "usd", value: ({ soFar }) => soFar },
  amountColumn("cap"),
  { name: "per_day", title: "Cap a day", kind: "usd", value: ({ perDay }) => perDay },
];

function makeDayTables({ overTime }: CostReport): readonly Table<MoneyDay>[] {
  if (overTime === null) return [];
  return [
    { name: "Days", columns: DAY_COLUMNS, rows: overTime.days.filter(hasMoney), sums: "Total" },
  ];
}

function makeAbout(report: CostReport): Table<AboutRow> {
  const { campaign, total, timezone, now, purpose } = report;
  return makeAboutTable(
    [
      ["Campaign", campaign],
      ...(purpose === "rehearsal" ? [["Rehearsal", "nothing was bought"] as const] : []),
      ...(total.left === null ? [] : [["Verdict", describeVariance(total.left, cents)] as const]),
      ["Time zone of days", timezone],
      ...makeCostNotes(report).map((note) => ["Note", note] as const),
    ],
    [
      { name: "made", title: "Made (UTC)", kind: "date", value: now },
      { name: "overages", kind: "usd", value: total.overages },
      { name: "left", title: "Over (-) or under", kind: "usd", value: total.left },
    ],
  );
}

/** `$2.94 under: $19.01 budget, $4.62 actual, …`. */
function describeCosts({ total, day, scenes }: CostReport): string {
  const { budget, overages, actual, committed, etc, left } = total;
  const money = `${cents(actual)} actual, ${cents(committed)} committed`;
  if (budget === null || left === null || etc === null) return `${money}.`;
  const more = overages > 0 ? ` and ${cents(overages)} of overages` : "";
  const next = day === null ? `, ${cents(etc)} to complete` : "";
  const shots = scenes.reduce((count, scene) => count + scene.shots.length, 0);
  const of = day === null ? "" : `, ${formatCount(shots, "shot")}`;
  return `${capitalize(describeVariance(left, cents))}: ${cents(budget)} budget${more}${of}; ${money}${next}.`;
}

/** `$2.94 over`, `$1.06 under`, `on budget`: the trades disagree about the sign. */
export function describeVariance(left: MicroUsd, word: (amount: MicroUsd) => string): string {
  if (left === NOTHING) return "on budget";
  return left < 0 ? `${word(subtract(NOTHING, left))} over` : `${word(left)} under`;
}

const MOST_TWICE = 10;

function describeBoughtTwice(keys: readonly string[]): string {
  return listFirst(keys.map(toPrintable), MOST_TWICE);
}

// These stand below the figures; `status` has them all.
const MOST_MISBILLED = 10;
// A reader wants the newest; JSON has them all.
const MOST_RESOLUTIONS = 12;

/** Names the kind of a report, such as `cost report`, and marks a rehearsal. */
export function nameCostReport({ day, purpose }: CostReport): string {
  const kind = day === null ? "cost report" : "hot cost";
  return markRehearsal(kind, purpose === "rehearsal", "was");
}

/** Says that a report has no costs. */
export function describeNoCosts({ day }: CostReport): string {
  return day === null ? "Nothing was bought yet." : "Nothing was bought yesterday.";
}

/** Makes the notes that a reader needs to understand the figures. */
export function makeCostNotes({
  separation,
  misbilled,
  overages,
  resolutions,
  duplicates,
  boughtTwice,
  unknown,
  planned,
  day,
}: CostReport): readonly string[] {
  const newest = resolutions.slice(-MOST_RESOLUTIONS);
  const older = resolutions.length - newest.length;
  return [
    ...(separation === null ? [] : [describeSeparation(separation)]),
    ...overages.map(describeOverage),
    ...misbilled
      .slice(0, MOST_MISBILLED)
      .map(({ key, warnings }) => `${key}: ${warnings.join("; ")}.`),
    ...(misbilled.length > MOST_MISBILLED
      ? [
          `The bills of ${misbilled.length} lines are not as planned: \`topsheet status\` names them.`,
        ]
      : []),
    ...(older > 0
      ? [`${formatCount(older, "older resolution")}; --format json has them all.`]
      : []),
    ...newest.map(describeResolution),
    ...(duplicates > 0
      ? [
          `${cents(duplicates)} of it was paid${boughtTwice.held ? ", or is held," : ""} for lines that were bought twice: ${describeBoughtTwice(boughtTwice.keys)}.`,
        ]
      : []),
    ...(unknown > 0
      ? [
          `${cents(unknown)} of what is committed is of unknown outcome: \`topsheet status\` says what to do.`,
        ]
      : []),
    ...(planned
      ? []
      : [
          day === null
            ? "Budget and estimate to complete are not known: name the plan with --plan FILE."
            : "The budget is not known: name the plan with --plan FILE.",
        ]),
  ];
}

/** Encodes `topsheet/cost-report@1`. */
export function encodeCostReport(report: CostReport): object {
  const { campaign, purpose, ledger, timezone, now, day, total, unknown, scenes } = report;
  return {
    schema: "topsheet/cost-report@1",
    created: formatInstant(now),
    campaign,
    rehearsal: purpose === "rehearsal",
    currency: "USD",
    timezone,
    ledger: { id: ledger },
    ...(day === null ? {} : { from: formatInstant(day.from), to: formatInstant(day.to) }),
    totals: {
      ...encodeCosts(total),
      unknown: exact(unknown),
      duplicates: exact(report.duplicates),
    },
    scenes: scenes.map((scene) => ({
      scene: scene.scene,
      ...encodeCosts(scene),
      shots: scene.shots.map((shot) => ({
        shot: shot.shot,
        ...encodeCosts(shot),
        lines: shot.takes.map((take) => ({ key: take.key, ...encodeCosts(take) })),
      })),
    })),
    overages: report.overages.map(encodeOverage),
    misbilled: report.misbilled.map(({ key, warnings }) => ({ key, warnings })),
    resolutions: report.resolutions.map(encodeResolution),
    ...(report.overTime === null
      ? {}
      : { days: report.overTime.days.filter(hasMoney).map((day) => encodeRow(DAY_COLUMNS, day)) }),
  };
}

function encodeCosts({ budget, overages, actual, committed, etc, efc, left }: Costs): object {
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
