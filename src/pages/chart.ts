import * as echarts from "echarts";
import { toPrintable, shorten } from "../diagnostics/printable.ts";
import { cents, microUsd } from "../money.ts";
import { trustMarkup, html, type Html, type Piece } from "./html.ts";

/** The colours of the style sheet, so that one drawing fits light, dark and paper. */
export const PAINT = {
  ink: "var(--ink)",
  quiet: "var(--quiet)",
  rule: "var(--rule)",
  band: "var(--band)",
  paper: "var(--paper)",
  planned: "var(--accent)",
  later: "var(--later)",
  spent: "var(--spent)",
  held: "var(--held)",
  over: "var(--over)",
} as const;

export const LETTERS = { fontFamily: "inherit", fontSize: 13, color: PAINT.quiet } as const;

/** An axis of amounts, with lines across the chart. */
export const USD_AXIS = {
  type: "value",
  splitNumber: 3,
  axisTick: { show: false },
  axisLine: { show: false },
  splitLine: { lineStyle: { color: PAINT.rule } },
  axisLabel: {
    ...LETTERS,
    formatter: (micros: number): string => cents(microUsd(Math.round(micros))),
  },
} as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws a chart as SVG without a script. echarts escapes its text. Screen readers skip it: show its figures too. */
export function drawChart(
  option: echarts.EChartsOption,
  size: Size,
  { stretched = false }: { readonly stretched?: boolean } = {},
): Html {
  const drawing = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    drawing.setOption({ ...option, animation: false, textStyle: LETTERS });
    return trustMarkup(tidySvg(drawing.renderToSVGString(), size, stretched));
  } finally {
    // A chart that is not disposed of keeps the process alive.
    drawing.dispose();
  }
}

/** Lets the page size the drawing, hides it from screen readers, and removes what only echarts' script needs. */
function tidySvg(svg: string, { width, height }: Size, stretched: boolean): string {
  const fit = stretched ? ` preserveAspectRatio="none"` : "";
  return svg
    .replace(/<svg [^>]*>/, `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true"${fit}>`)
    .replace(/<style[^]*?<\/style>/, "")
    .replace(/ (?:ecmeta_\w+|class|pointer-events|dominant-baseline-ie)="[^"]*"/g, "")
    .replace(/\n+/g, "");
}

/** A bar of consecutive parts, with a label at its end. A part painted "none" is a gap. */
export interface Bar {
  readonly name: string;
  readonly parts: readonly { readonly paint: string; readonly size: number }[];
  readonly label: string;
}

// More bars cannot be told apart; the table below them has all figures.
const MOST_BARS = 14;

/** Keeps the dearest rows that a chart has room for, in their order. */
export function keepDearest<Row>(rows: readonly Row[], cost: (row: Row) => number): readonly Row[] {
  const kept = new Set(rows.toSorted((a, b) => cost(b) - cost(a)).slice(0, MOST_BARS));
  return rows.filter((row) => kept.has(row));
}

/** In pixels: the room for names and for labels, the height of a row, and of the bar in it. */
interface BarLayout {
  readonly names?: number;
  readonly labels?: number;
  readonly row?: number;
  readonly bar?: number;
}

/** Draws horizontal bars, the first on top; every row has the same number of parts. */
export function drawBars(
  rows: readonly Bar[],
  width: number,
  { names = 142, labels = 76, row = 27, bar = 15 }: BarLayout = {},
): Html {
  const series = { type: "bar", stack: "row", silent: true, barWidth: bar } as const;
  // An axis has a length even if all sizes are 0.
  const most = Math.max(
    1,
    ...rows.map(({ parts }) => parts.reduce((all, { size }) => all + size, 0)),
  );
  const [first] = rows;
  return drawChart(
    {
      grid: { left: names, right: labels, top: 0, bottom: 0 },
      xAxis: { type: "value", show: false, max: most },
      yAxis: {
        type: "category",
        inverse: true,
        data: rows.map(({ name }) => toPrintable(shorten(name, 40))),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          ...LETTERS,
          color: PAINT.ink,
          align: "left",
          margin: names,
          width: names - 10,
          overflow: "truncate",
          interval: 0,
        },
      },
      series: [
        ...(first?.parts ?? []).map((_, part) => ({
          ...series,
          data: rows.map(({ parts }) => ({
            value: parts[part]?.size ?? 0,
            itemStyle: { color: parts[part]?.paint ?? "none" },
          })),
        })),
        {
          ...series,
          itemStyle: { color: "none" },
          data: rows.map(({ label }) => ({ value: 0, label: { formatter: label } })),
          label: { ...LETTERS, show: true, position: "right", color: PAINT.ink },
        },
      ],
    },
    { width, height: rows.length * row },
  );
}

/** What a colour of a chart means: its class in the style sheet, and the word. */
export type Key = readonly [key: string, word: string];

interface Figure {
  readonly caption: Piece;
  readonly keys?: readonly Key[];
  /** The caption explains what is drawn, and stands below it. */
  readonly below?: true;
  /** The chart for a desk and for a phone. */
  readonly wide: Html;
  readonly narrow: Html;
  readonly note?: Piece;
  /** The same figures as a table, folded away. */
  readonly figures?: { readonly of: string; readonly table: Html };
}

/** A chart with its caption, the meaning of its colours, and its figures as a table. */
export function renderFigure(parts: Figure): Html {
  const { caption, keys = [], below, wide, narrow, note = null, figures } = parts;
  const legend = html`<span class="legend">
    ${keys.map(([key, word]) => html`<span><i class="key ${key}"></i>${word}</span> `)}
  </span>`;
  return html`<figure class="chart">
    ${below ? null : html`<figcaption>${caption} ${keys.length === 0 ? null : legend}</figcaption>`}
    <div class="wide">${wide}</div>
    <div class="narrow">${narrow}</div>
    ${below ? html`<figcaption class="quiet">${caption}</figcaption>` : null}
    ${note === null ? null : html`<p class="quiet">${note}</p>`}
    ${
      figures === undefined
        ? null
        : html`<details>
            <summary>Figures: ${figures.of}</summary>
            ${figures.table}
          </details>`
    }
  </figure>`;
}
