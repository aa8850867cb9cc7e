import { counted, printable, shortened } from "../../diagnostics/printable.ts";
import type { Hold } from "../../ledger/hold.ts";
import { duration } from "../duration.ts";
import { standing } from "../status.ts";
import { chart, LETTERS, PAINT } from "./chart.ts";
import { theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";

// More bars than this are a texture; the table behind has them all.
const MOST_BARS = 40;
const BAR_HEIGHT = 22;
const NAME_WIDTH = 160;
const LABEL_WIDTH = 150;

/** A run as its lines went: waiting their turn, then at fal, to whatever became of them. `now` in milliseconds UTC. */
export function gantt(holds: readonly Hold[], now: number): Html {
  const shown = holds.slice(0, MOST_BARS);
  return html`<figure class="chart">
    <figcaption>
      From the first line reserved to the last that ended
      <span class="legend">
        <span><i class="key held"></i>Waiting</span>
        <span><i class="key"></i>At fal</span>
        <span><i class="key waiting"></i>Failed or unknown</span>
      </span>
    </figcaption>
    <div class="wide">${drawing(shown, now, 920)}</div>
    <div class="narrow">${drawing(shown, now, 330)}</div>
    ${
      shown.length < holds.length
        ? html`<p class="quiet">The first ${shown.length} of ${counted(holds.length, "line")}.</p>`
        : null
    }
    <details>
      <summary>Figures: the run, line by line</summary>
      ${table(holds, now)}
    </details>
  </figure>`;
}

/** Milliseconds from the run's beginning: to be sent, and to the end. What is unknown ends where it was sent. */
function timesOf(hold: Hold, now: number) {
  const sent = hold.sentAt ?? hold.reservedAt;
  const open = hold.state === "submitted" || hold.state === "sending";
  const end = hold.endedAt ?? (open ? now : sent);
  return { reserved: hold.reservedAt, sent, end: Math.max(sent, end) };
}

function wentWrong({ state }: Hold): boolean {
  return state === "failed" || state === "unknown";
}

function drawing(holds: readonly Hold[], now: number, width: number): Html {
  const times = holds.map((hold) => timesOf(hold, now));
  const began = times.reduce((first, { reserved }) => Math.min(first, reserved), Infinity);
  const ended = times.reduce((last, { end }) => Math.max(last, end), began);
  // What ended where it began is a line thin as a hair, and there.
  const hair = Math.max(1, (ended - began) / 150);
  const narrow = width < 500;
  const bar = { type: "bar", stack: "line", silent: true, barWidth: 12 } as const;
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
        data: holds.map(({ key }) => printable(shortened(key, 40))),
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
        {
          ...bar,
          data: times.map(({ reserved }) => reserved - began),
          itemStyle: { color: "none" },
        },
        {
          ...bar,
          data: times.map(({ reserved, sent }) => sent - reserved),
          itemStyle: { color: PAINT.held },
        },
        {
          ...bar,
          data: holds.map((hold, index) => ({
            value: Math.max(hair, (times[index]?.end ?? 0) - (times[index]?.sent ?? 0)),
            itemStyle: { color: wentWrong(hold) ? PAINT.over : PAINT.planned },
            label: { formatter: endOf(hold, now) },
          })),
          label: { ...LETTERS, show: true, position: "right", color: PAINT.ink },
        },
      ],
    },
    { width, height: holds.length * BAR_HEIGHT },
  );
}

function endOf(hold: Hold, now: number): string {
  const { sent, end } = timesOf(hold, now);
  return hold.state === "settled" ? duration(end - sent) : standing(hold);
}

function table(holds: readonly Hold[], now: number): Html {
  return html`<table class="figures">
    <caption class="unseen">
      The run, line by line
    </caption>
    <thead>
      <tr>
        <th scope="col">Line</th>
        <th scope="col">Reserved</th>
        <th scope="col">Waiting</th>
        <th scope="col">At fal</th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      ${holds.map((hold) => {
        const { reserved, sent, end } = timesOf(hold, now);
        return html`<tr>
          <th scope="row">${theirs(hold.key)}</th>
          <td>${new Date(reserved).toISOString().slice(11, 19)}</td>
          <td>${duration(sent - reserved)}</td>
          <td>${hold.state === "unknown" ? "–" : duration(end - sent)}</td>
          <td>${standing(hold)}</td>
        </tr> `;
      })}
    </tbody>
  </table>`;
}
