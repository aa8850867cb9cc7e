import { createColors } from "picocolors";
import { dateOf } from "../budget/window.ts";
import { formatCount, toPrintable } from "../diagnostics/printable.ts";
import { cents, dollars, exact } from "../money.ts";
import type { Schedule } from "../plan/campaign.ts";
import { capName } from "../plan/cap-complaints.ts";
import type {
  HeldBack,
  ProjectedOccurrence,
  ProjectedWindow,
  Projection,
} from "../plan/projection.ts";
import type { Screen } from "../report/document.ts";
import { layOutTable, foldWords } from "../report/formats/text-table.ts";
import { describeRehearsal } from "../report/top-sheet.ts";

/** The next occurrences of a campaign's schedule, and what they come to. */
export interface ScheduleList extends Projection {
  readonly campaign: string;
  /** The campaign's own, in which its weeks and months begin. */
  readonly timezone: string;
  readonly schedule: Schedule;
  /** Milliseconds UTC up to which it was projected. */
  readonly until: number;
  /** The ledger's id; null if everything counts as unbought. */
  readonly ledger: string | null;
  /** Whether that is for rehearsals. */
  readonly rehearsal: boolean;
}

/** Finds what will never fit: each cap once, at the occurrence that meets it first. */
export function findNotFitting({ occurrences }: Projection): readonly (ProjectedOccurrence & {
  readonly heldBack: HeldBack;
})[] {
  const seen = new Set<string>();
  return occurrences.flatMap(({ heldBack, ...one }) => {
    if (heldBack === null || heldBack.waits || seen.has(capName(heldBack))) return [];
    seen.add(capName(heldBack));
    return [{ ...one, heldBack }];
  });
}

const MOST_SHOWN = 10;

export function renderScheduleTable(list: ScheduleList, screen: Screen): string {
  const { schedule, occurrences, left } = list;
  const colours = createColors(screen.colour);
  // If the campaign continues, occurrences after the last purchase are not shown.
  const buying = occurrences.findLastIndex((one) => one.lines > 0 || one.heldBack !== null) + 1;
  const repeats = schedule.mode === "repeat";
  const told = repeats ? occurrences : occurrences.slice(0, Math.max(1, buying));
  const shown = told.slice(0, MOST_SHOWN);
  const more = told.length - shown.length;
  const rows = shown.map(({ at, local, lines, cost, heldBack }) => [
    `${weekday(at, schedule.timezone)} ${local.replace("T", " ")}`,
    String(lines),
    cents(cost),
    heldBack === null ? "" : describeHeldBack(heldBack),
  ]);
  const columns = [
    { title: "Occurrence" },
    { title: "Lines", align: "right" },
    { title: "Cost", align: "right" },
    { title: "", flexible: true, prose: true, least: 20 },
  ] as const;
  const until = dateOf(list.until - 1, list.timezone);
  const notes = [
    ...(more > 0 ? [`and ${more} more until ${until}.`] : []),
    ...(told.length < occurrences.length ? ["Nothing is left to buy after that."] : []),
    ...(occurrences.length === 0 ? [`Nothing until ${until}.`] : []),
    ...(left.lines > 0
      ? [`Left after ${until}: ${formatCount(left.lines, "line")} for ${cents(left.cost)}.`]
      : []),
    ...(list.ledger === null ? ["No ledger: everything counts as unbought."] : []),
  ];
  const parts = [
    `${colours.bold(toPrintable(list.campaign))} · schedule${describeRehearsal(list)}`,
    foldWords(describeSchedule(schedule), screen.width),
    ...(rows.length === 0 ? [] : [layOutTable(columns, rows, screen.width)]),
    ...(notes.length === 0 ? [] : [notes.map((note) => foldWords(note, screen.width)).join("\n")]),
    renderWindows(list, screen),
    describeVerdict(list, screen),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** `0 1 * * 1-5 in Europe/London; each time all of it is bought anew; what is missed is skipped.` */
export function describeSchedule({ cron, timezone, mode, missed }: Schedule): string {
  const does =
    mode === "repeat" ? "each time all of it is bought anew" : "each time the campaign continues";
  const late = missed === "skip" ? "skipped" : "caught up";
  return `${toPrintable(cron)} in ${timezone}; ${does}; what is missed is ${late}.`;
}

function renderWindows(list: ScheduleList, { width, colour }: Screen): string {
  const colours = createColors(colour);
  const paint = { ok: colours.green, warn: colours.yellow, over: colours.red };
  const rows = list.windows.map((row) => [
    nameWindow(row, list.timezone),
    String(row.occurrences),
    row.limit === null ? "–" : cents(row.limit),
    cents(row.spent),
    cents(row.held),
    cents(row.planned),
    row.limit === null ? "–" : cents(row.left),
    row.limit === null ? "no cap" : paint[row.verdict](row.verdict),
  ]);
  const columns = [
    { title: "Projected", flexible: true },
    { title: "Times", align: "right", spare: 3 },
    { title: "Limit", align: "right" },
    { title: "Spent", align: "right", spare: 1 },
    { title: "Held", align: "right", spare: 2 },
    { title: "Planned", align: "right" },
    { title: "Left", align: "right" },
    { title: "" },
  ] as const;
  return layOutTable(columns, rows, width);
}

function nameWindow({ cap, from }: ProjectedWindow, timezone: string): string {
  if (from === null) return "cap";
  const day = dateOf(from, timezone);
  return cap === "per_week" ? `week from ${day}` : `month ${day.slice(0, 7)}`;
}

function describeVerdict(list: ScheduleList, { width, colour }: Screen): string {
  const colours = createColors(colour);
  const times = formatCount(list.occurrences.length, "occurrence");
  const lines = list.occurrences.reduce((total, one) => total + one.lines, 0);
  const planned = cents(list.windows.at(-1)?.planned ?? list.left.cost);
  const size = `${times}, ${formatCount(lines, "line")}, ${planned}`;
  return findNotFitting(list).length === 0
    ? foldWords(`Fits. ${size}.`, width).replace("Fits.", colours.green)
    : foldWords(`Over budget. ${size} of it fits.`, width).replace("Over budget.", colours.red);
}

function describeHeldBack({ cap, of, limit, waits, lines, cost }: HeldBack): string {
  const what = `${formatCount(lines, "line")} for ${cents(cost)}`;
  const by = `${capName({ cap, of })} of ${dollars(limit)}`;
  return waits ? `${by}: ${what} wait` : `over ${by}: not ${what}`;
}

/** Describes what does not fit, as an error. */
export function describeNotFitting({
  local,
  heldBack,
}: ReturnType<typeof findNotFitting>[number]): string {
  const { cap, of, limit, lines, cost } = heldBack;
  const what = `${formatCount(lines, "line")} for ${dollars(cost)}`;
  const by = `${capName({ cap, of })} of ${dollars(limit)}`;
  return `${by} is reached at ${local.replace("T", " ")}: ${what} would not be bought then`;
}

export function formatScheduleJson(list: ScheduleList): string {
  const { schedule, occurrences, windows, left } = list;
  const { cron, timezone, mode, missed } = schedule;
  const document = {
    schema: "topsheet/schedule@1",
    campaign: list.campaign,
    currency: "USD",
    timezone: list.timezone,
    ledger: list.ledger === null ? null : { id: list.ledger },
    ...(list.rehearsal ? { rehearsal: true } : {}),
    schedule: { cron, timezone, mode, missed },
    verdict: findNotFitting(list).length === 0 ? "ok" : "over-budget",
    until: new Date(list.until).toISOString(),
    occurrences: occurrences.map(({ at, local, lines, cost, heldBack }) => ({
      at: new Date(at).toISOString(),
      local,
      lines,
      cost: exact(cost),
      held_back:
        heldBack === null
          ? null
          : { ...heldBack, limit: exact(heldBack.limit), cost: exact(heldBack.cost) },
    })),
    windows: windows.map((row) => ({
      cap: row.cap,
      from: row.from === null ? null : new Date(row.from).toISOString(),
      occurrences: row.occurrences,
      limit: row.limit === null ? null : exact(row.limit),
      spent: exact(row.spent),
      held: exact(row.held),
      planned: exact(row.planned),
      left: row.limit === null ? null : exact(row.left),
      verdict: row.verdict,
    })),
    left: { lines: left.lines, cost: exact(left.cost) },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function weekday(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short" }).format(at);
}
