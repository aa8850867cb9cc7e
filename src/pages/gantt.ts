import { counted, printable, shortened } from "../diagnostics/printable.ts";
import type { Entry } from "../ledger/entry.ts";
import { type Hold, purchaseKey } from "../ledger/hold.ts";
import { standing } from "../report/status.ts";
import { duration } from "../report/text-table.ts";
import { chart, LETTERS, PAINT } from "./chart.ts";
import { html, type Html, theirs } from "./html.ts";

// More bars than this are a texture; the table behind has them all.
const MOST_BARS = 40;
const BAR_HEIGHT = 22;
const NAME_WIDTH = 160;
const LABEL_WIDTH = 150;

/** A run as its lines went: waiting their turn, being sent, at fal, coming here; to whatever became of them. */
export function gantt(lines: readonly LineStages[]): Html {
  const shown = lines.slice(0, MOST_BARS);
  return html`<figure class="chart">
    <figcaption>
      From the first line reserved to the last that ended
      <span class="legend">
        <span><i class="key held"></i>Waiting</span>
        <span><i class="key later"></i>Being sent</span>
        <span><i class="key"></i>At fal</span>
        <span><i class="key spent"></i>Downloading</span>
        <span><i class="key waiting"></i>Failed or unknown</span>
      </span>
    </figcaption>
    <div class="wide">${drawing(shown, 920)}</div>
    <div class="narrow">${drawing(shown, 330)}</div>
    ${
      shown.length < lines.length
        ? html`<p class="quiet">The first ${shown.length} of ${counted(lines.length, "line")}.</p>`
        : null
    }
    <details>
      <summary>Figures: the run, line by line</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="The run, line by line">
        ${table(lines)}
      </div>
    </details>
  </figure>`;
}

function wentWrong({ state }: Hold): boolean {
  return state === "failed" || state === "unknown";
}

function nameOf({ hold, tryNumber, tries }: LineStages): string {
  return tries === 1 ? hold.key : `${hold.key}, try ${tryNumber} of ${tries}`;
}

function drawing(lines: readonly LineStages[], width: number): Html {
  const began = lines.reduce((first, { reserved }) => Math.min(first, reserved), Infinity);
  const ended = lines.reduce((last, { here }) => Math.max(last, here), began);
  // What ended where it began is a line thin as a hair, and there.
  const hair = Math.max(1, (ended - began) / 150);
  const narrow = width < 500;
  const bar = { type: "bar", stack: "line", silent: true, barWidth: 12 } as const;
  const part = (length: (line: LineStages) => number, color: string) => ({
    ...bar,
    data: lines.map(length),
    itemStyle: { color },
  });
  return chart(
    {
      grid: {
        left: narrow ? 100 : NAME_WIDTH,
        right: narrow ? 110 : LABEL_WIDTH,
        top: 0,
        bottom: 0,
      },
      xAxis: { type: "value", show: false, max: Math.max(1, ended - began) + hair },
      yAxis: {
        type: "category",
        inverse: true,
        data: lines.map((line) => printable(shortened(nameOf(line), 40))),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          ...LETTERS,
          color: PAINT.ink,
          align: "left",
          margin: narrow ? 100 : NAME_WIDTH,
          width: (narrow ? 100 : NAME_WIDTH) - 10,
          overflow: "truncate",
          interval: 0,
        },
      },
      series: [
        part(({ reserved }) => reserved - began, "none"),
        part(({ reserved, sent }) => sent - reserved, PAINT.held),
        part(({ sent, atFal }) => atFal - sent, PAINT.later),
        {
          ...bar,
          data: lines.map(({ hold, atFal, ended: end }) => ({
            value: Math.max(hair, end - atFal),
            itemStyle: { color: wentWrong(hold) ? PAINT.over : PAINT.planned },
          })),
        },
        {
          ...bar,
          itemStyle: { color: PAINT.spent },
          data: lines.map((line) => ({
            value: line.here - line.ended,
            label: { formatter: endOf(line) },
          })),
          label: { ...LETTERS, show: true, position: "right", color: PAINT.ink },
        },
      ],
    },
    { width, height: lines.length * BAR_HEIGHT },
  );
}

/** How long it was at fal, where it was made; else what became of it. */
function endOf({ hold, atFal, ended }: LineStages): string {
  return hold.state === "settled" ? duration(ended - atFal) : standing(hold);
}

function table(lines: readonly LineStages[]): Html {
  return html`<table class="figures">
    <caption class="unseen">
      The run, line by line
    </caption>
    <thead>
      <tr>
        <th scope="col">Line</th>
        <th scope="col">Reserved</th>
        <th scope="col">Waiting</th>
        <th scope="col">Being sent</th>
        <th scope="col">At fal</th>
        <th scope="col">Downloading</th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map((line) => {
        const { hold, reserved, sent, atFal, ended, here } = line;
        return html`<tr>
          <th scope="row">${theirs(nameOf(line))}</th>
          <td>${new Date(reserved).toISOString().slice(11, 19)}</td>
          <td>${took(sent - reserved)}</td>
          <td>${took(atFal - sent)}</td>
          <td>${took(ended - atFal)}</td>
          <td>${took(here - ended)}</td>
          <td>${standing(hold)}</td>
        </tr> `;
      })}
    </tbody>
  </table>`;
}

/** A stage that never was is not one of no time. */
function took(ms: number): string {
  return ms === 0 ? "–" : duration(ms);
}

/** A hold as its time went, milliseconds UTC: each stage ends where the next begins, and one that never was has no length. */
interface LineStages {
  readonly hold: Hold;
  /** Which hold of its purchase it is, and of how many. */
  readonly tryNumber: number;
  readonly tries: number;
  readonly reserved: number;
  readonly sent: number;
  readonly atFal: number;
  readonly ended: number;
  readonly here: number;
}

/** A video that was brought later than this after it was paid for was not downloading all that time. */
const DOWNLOAD_MS = 3_600_000;

/** When the video of each hold was first here. */
export function deliveredAt(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { fact, hold, at } of entries) {
    if (fact.kind === "delivered" && hold !== null && !first.has(hold)) first.set(hold, at);
  }
  return first;
}

/** The stages of the newest run's holds; tries are counted over every run. `now` in milliseconds UTC. */
export function latestStages(
  holds: readonly Hold[],
  delivered: ReadonlyMap<string, number>,
  now: number,
): readonly LineStages[] {
  const tries = new Map<string, Hold[]>();
  for (const hold of holds) {
    const own = tries.get(purchaseKey(hold));
    if (own === undefined) tries.set(purchaseKey(hold), [hold]);
    else own.push(hold);
  }
  const run = holds.at(-1)?.run;
  return holds
    .filter((hold) => hold.run === run)
    .map((hold) => {
      const own = tries.get(purchaseKey(hold)) ?? [hold];
      const times = timesOf(hold, delivered.get(hold.id) ?? null, now);
      return { hold, tryNumber: own.indexOf(hold) + 1, tries: own.length, ...times };
    });
}

function timesOf(hold: Hold, delivered: number | null, now: number) {
  const { state, reservedAt: reserved, sentAt, submittedAt, endedAt } = hold;
  const open = state === "reserved" || state === "sending" || state === "submitted";
  const over = endedAt ?? (open ? now : null);
  const sent = Math.max(reserved, sentAt ?? over ?? reserved);
  const atFal = sentAt === null ? sent : Math.max(sent, submittedAt ?? over ?? sent);
  const ended = Math.max(atFal, over ?? atFal);
  const here = Math.max(ended, delivered ?? ended);
  return { reserved, sent, atFal, ended, here: here - ended > DOWNLOAD_MS ? ended : here };
}
