import { toLocalDate } from "../budget/window.ts";
import { formatCount, toPrintable } from "../diagnostics/printable.ts";
import { cents, dollars, exact } from "../money.ts";
import type { Schedule } from "../plan/campaign.ts";
import { formatCapName } from "../plan/check-caps.ts";
import type {
  HeldBack,
  ProjectedOccurrence,
  ProjectedWindow,
  Projection,
} from "../plan/project-schedule.ts";
import {
  amountColumn,
  type Block,
  type Column,
  type Document,
  encodeRow,
  makeSentence,
  markRehearsal,
  VERDICT_TONES,
} from "../report/document.ts";
import { formatLocalTime } from "./due.ts";

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
    if (heldBack === null || heldBack.waits || seen.has(formatCapName(heldBack))) return [];
    seen.add(formatCapName(heldBack));
    return [{ ...one, heldBack }];
  });
}

const MOST_SHOWN = 10;

/** Makes the document of a campaign's next occurrences: what each will cost, and what they come to against the caps. */
export function makeScheduleDocument(list: ScheduleList): Document {
  const { schedule, occurrences, left } = list;
  // If the campaign continues, occurrences after the last purchase are not shown.
  const buying = occurrences.findLastIndex((one) => one.lines > 0 || one.heldBack !== null) + 1;
  const repeats = schedule.mode === "repeat";
  const told = repeats ? occurrences : occurrences.slice(0, Math.max(1, buying));
  const rows = told.slice(0, MOST_SHOWN);
  const more = told.length - rows.length;
  const until = toLocalDate(list.until - 1, list.timezone);
  const notes = [
    ...(more > 0 ? [`and ${more} more until ${until}.`] : []),
    ...(told.length < occurrences.length ? ["Nothing is left to buy after that."] : []),
    ...(occurrences.length === 0 ? [`Nothing until ${until}.`] : []),
    ...(left.lines > 0
      ? [`Left after ${until}: ${formatCount(left.lines, "line")} for ${cents(left.cost)}.`]
      : []),
    ...(list.ledger === null ? ["No ledger: everything counts as unbought."] : []),
  ];
  const columns = declareOccurrenceColumns(schedule);
  const windows = declareWindowColumns(list.timezone);
  return {
    title: list.campaign,
    what: markRehearsal("schedule", list.rehearsal, "is"),
    json: () => encodeSchedule(list),
    blocks: [
      makeSentence(describeSchedule(schedule)),
      rows.length === 0
        ? null
        : {
            is: "table",
            table: { name: "Occurrences", columns, rows: occurrences, shown: { rows } },
          },
      { is: "notes", notes },
      { is: "table", table: { name: "Windows", columns: windows, rows: list.windows } },
      makeVerdict(list),
    ],
  };
}

function declareOccurrenceColumns({ timezone }: Schedule): readonly Column<ProjectedOccurrence>[] {
  return [
    {
      name: "local",
      title: "Occurrence",
      kind: "text",
      value: ({ local }) => local,
      words: ({ at, local }) => `${nameWeekday(at, timezone)} ${formatLocalTime(local)}`,
    },
    { name: "lines", kind: "count", value: ({ lines }) => lines },
    { name: "cost", kind: "usd", value: ({ cost }) => cost },
    {
      name: "held_back",
      heading: "",
      kind: "text",
      value: ({ heldBack }) => (heldBack === null ? null : describeHeldBack(heldBack)),
      fit: { flexible: true, prose: true, least: 20 },
    },
  ];
}

function declareWindowColumns(timezone: string): readonly Column<ProjectedWindow>[] {
  const capped = (name: "limit" | "left"): Column<ProjectedWindow> => ({
    name,
    kind: "usd",
    value: (row) => (row.limit === null ? null : row[name]),
    words: ({ limit, [name]: amount }) => (limit === null || amount === null ? "–" : cents(amount)),
  });
  return [
    {
      name: "cap",
      title: "Projected",
      kind: "text",
      value: ({ cap }) => cap,
      words: (row) => nameWindow(row, timezone),
      fit: { flexible: true },
    },
    {
      name: "occurrences",
      title: "Times",
      kind: "count",
      value: ({ occurrences }) => occurrences,
      fit: { spare: 3 },
    },
    capped("limit"),
    amountColumn("spent", { spare: 1 }),
    amountColumn("held", { spare: 2 }),
    amountColumn("planned"),
    capped("left"),
    {
      name: "verdict",
      heading: "",
      kind: "text",
      value: ({ verdict }) => verdict,
      words: ({ limit, verdict }) => (limit === null ? "no cap" : verdict),
      tone: ({ limit, verdict }) => (limit === null ? null : VERDICT_TONES[verdict]),
    },
  ];
}

/** `0 1 * * 1-5 in Europe/London; each time all of it is bought anew; what is missed is skipped.` */
export function describeSchedule({ cron, timezone, mode, missed }: Schedule): string {
  const does =
    mode === "repeat" ? "each time all of it is bought anew" : "each time the campaign continues";
  const late = missed === "skip" ? "skipped" : "caught up";
  return `${toPrintable(cron)} in ${timezone}; ${does}; what is missed is ${late}.`;
}

function nameWindow({ cap, from }: ProjectedWindow, timezone: string): string {
  if (from === null) return "cap";
  const day = toLocalDate(from, timezone);
  return cap === "per_week" ? `week from ${day}` : `month ${day.slice(0, 7)}`;
}

function makeVerdict(list: ScheduleList): Block {
  const times = formatCount(list.occurrences.length, "occurrence");
  const lines = list.occurrences.reduce((total, one) => total + one.lines, 0);
  const planned = cents(list.windows.at(-1)?.planned ?? list.left.cost);
  const size = `${times}, ${formatCount(lines, "line")}, ${planned}`;
  return findNotFitting(list).length === 0
    ? { is: "paragraph", strong: "Fits.", text: `${size}.`, tone: "good" }
    : { is: "paragraph", strong: "Over budget.", text: `${size} of it fits.`, tone: "bad" };
}

function describeHeldBack({ cap, of, limit, waits, lines, cost }: HeldBack): string {
  const what = `${formatCount(lines, "line")} for ${cents(cost)}`;
  const by = `${formatCapName({ cap, of })} of ${dollars(limit)}`;
  return waits ? `${by}: ${what} wait` : `over ${by}: not ${what}`;
}

/** Describes what does not fit, as an error. */
export function describeNotFitting({
  local,
  heldBack,
}: ReturnType<typeof findNotFitting>[number]): string {
  const { cap, of, limit, lines, cost } = heldBack;
  const what = `${formatCount(lines, "line")} for ${dollars(cost)}`;
  const by = `${formatCapName({ cap, of })} of ${dollars(limit)}`;
  return `${by} is reached at ${formatLocalTime(local)}: ${what} would not be bought then`;
}

/** Encodes `topsheet/schedule@1`. */
function encodeSchedule(list: ScheduleList): object {
  const { schedule, occurrences, windows, left, timezone } = list;
  const { cron, timezone: zone, mode, missed } = schedule;
  return {
    schema: "topsheet/schedule@1",
    campaign: list.campaign,
    currency: "USD",
    timezone,
    ledger: list.ledger === null ? null : { id: list.ledger },
    ...(list.rehearsal ? { rehearsal: true } : {}),
    schedule: { cron, timezone: zone, mode, missed },
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
      ...encodeRow(declareWindowColumns(timezone), row),
    })),
    left: { lines: left.lines, cost: exact(left.cost) },
  };
}

function nameWeekday(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short" }).format(at);
}
