import { purchaseKey } from "../budget/purchase.ts";
import { formatCount, formatDuration } from "../diagnostics/printable.ts";
import type { Entry } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { groupBy } from "../plan/group-by.ts";
import { chooseTitle } from "../report/document.ts";
import { describeState } from "../report/status.ts";
import { type Bar, drawBars, renderFigure, type Key, PAINT } from "./chart.ts";
import type { Html } from "./html.ts";
import { type PageColumn, renderScrollingTable } from "./table.ts";

// More bars cannot be told apart; the table below them has all figures.
const MOST_BARS = 40;

/** A stage of a line: its column, its class in the style sheet, its colour, and the times between which it lies. */
interface Stage {
  readonly name: string;
  readonly key: string;
  readonly paint: string;
  readonly from: Moment;
  readonly to: Moment;
}

const STAGES: readonly Stage[] = [
  { name: "waiting", key: "held", paint: PAINT.held, from: "reserved", to: "sent" },
  { name: "being_sent", key: "later", paint: PAINT.later, from: "sent", to: "accepted" },
  { name: "being_made", key: "", paint: PAINT.planned, from: "accepted", to: "ended" },
  { name: "downloading", key: "spent", paint: PAINT.spent, from: "ended", to: "here" },
];

/** Shows the stages of each line of a run, and how it ended. */
export function renderGantt(lines: readonly LineStages[]): Html {
  const shown = lines.slice(0, MOST_BARS);
  return renderFigure({
    caption: "From the first line reserved to the last that ended",
    keys: [
      ...STAGES.map((stage): Key => [stage.key, chooseTitle(stage)]),
      ["waiting", "Failed or unknown"],
    ],
    wide: drawLines(shown, 920),
    narrow: drawLines(shown, 330),
    note:
      shown.length < lines.length
        ? `The first ${shown.length} of ${formatCount(lines.length, "line")}.`
        : null,
    figures: {
      of: "the run, line by line",
      table: renderScrollingTable({
        caption: "The run, line by line",
        look: "figures",
        columns: COLUMNS,
        rows: lines,
      }),
    },
  });
}

function hasFailed({ state }: Hold): boolean {
  return state === "failed" || state === "unknown";
}

function labelLine({ hold, tryNumber, tries }: LineStages): string {
  return tries === 1 ? hold.key : `${hold.key}, try ${tryNumber} of ${tries}`;
}

function drawLines(lines: readonly LineStages[], width: number): Html {
  const began = lines.reduce((first, { reserved }) => Math.min(first, reserved), Infinity);
  const ended = lines.reduce((last, { here }) => Math.max(last, here), began);
  // A stage without a length still is a thin line.
  const hair = Math.max(1, (ended - began) / 150);
  const rows = lines.map((line): Bar => {
    return {
      name: labelLine(line),
      parts: [
        { paint: "none", size: line.reserved - began },
        ...STAGES.map(({ name, paint, from, to }) => {
          const size = line[to] - line[from];
          if (name !== "being_made") return { paint, size };
          return { paint: hasFailed(line.hold) ? PAINT.over : paint, size: Math.max(hair, size) };
        }),
      ],
      label: describeEnd(line),
    };
  });
  const narrow = width < 500;
  return drawBars(rows, width, {
    names: narrow ? 100 : 160,
    labels: narrow ? 110 : 150,
    row: 22,
    bar: 12,
  });
}

/** Returns how long a settled line took to be made; of another line, its state. */
function describeEnd({ hold, accepted, ended }: LineStages): string {
  return hold.state === "settled" ? formatDuration(ended - accepted) : describeState(hold);
}

const COLUMNS: readonly PageColumn<LineStages>[] = [
  { name: "line", kind: "text", value: labelLine },
  {
    name: "reserved",
    kind: "count",
    value: ({ reserved }) => new Date(reserved).toISOString().slice(11, 19),
  },
  ...STAGES.map(({ name, from, to }): PageColumn<LineStages> => ({
    name,
    kind: "count",
    value: (line) => formatStage(line[to] - line[from]),
  })),
  { name: "state", kind: "text", value: ({ hold }) => describeState(hold) },
];

/** Shows a dash for a stage that a line never reached. */
function formatStage(ms: number): string {
  return ms === 0 ? "–" : formatDuration(ms);
}

/** A time between two stages of a hold. */
type Moment = "reserved" | "sent" | "accepted" | "ended" | "here";

/** The moments of a hold in milliseconds UTC. A stage that it never reached has no length. */
type Moments = Readonly<Record<Moment, number>>;

interface LineStages extends Moments {
  readonly hold: Hold;
  /** The number of this hold among those of its purchase, and how many there are. */
  readonly tryNumber: number;
  readonly tries: number;
}

/** A video that was delivered later than this after the line ended was not downloading all that time. */
const DOWNLOAD_MS = 3_600_000;

/** Returns when the video of each hold was first delivered. */
export function findDeliveryTimes(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { fact, hold, at } of entries) {
    if (fact.kind === "delivered" && hold !== null && !first.has(hold)) first.set(hold, at);
  }
  return first;
}

/** Returns the stages of the newest run's holds; tries are counted over all runs. `now` in milliseconds UTC. */
export function listLatestStages(
  holds: readonly Hold[],
  delivered: ReadonlyMap<string, number>,
  now: number,
): readonly LineStages[] {
  const tries = groupBy(holds, purchaseKey);
  const run = holds.at(-1)?.run;
  return holds
    .filter((hold) => hold.run === run)
    .map((hold) => {
      const own = tries.get(purchaseKey(hold)) ?? [hold];
      const moments = findMoments(hold, delivered.get(hold.id) ?? null, now);
      return { hold, tryNumber: own.indexOf(hold) + 1, tries: own.length, ...moments };
    });
}

function findMoments(hold: Hold, delivered: number | null, now: number): Moments {
  const { state, reservedAt: reserved, sentAt, submittedAt, endedAt } = hold;
  const open = state === "reserved" || state === "sending" || state === "submitted";
  const over = endedAt ?? (open ? now : null);
  const sent = Math.max(reserved, sentAt ?? over ?? reserved);
  const accepted = sentAt === null ? sent : Math.max(sent, submittedAt ?? over ?? sent);
  const ended = Math.max(accepted, over ?? accepted);
  const here = Math.max(ended, delivered ?? ended);
  return { reserved, sent, accepted, ended, here: here - ended > DOWNLOAD_MS ? ended : here };
}
