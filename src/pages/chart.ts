import * as echarts from "echarts";
import { printable, shortened } from "../diagnostics/printable.ts";
import type { MicroUsd } from "../money.ts";
import { drawn, type Html } from "./html.ts";

/** What the page's style sheet calls its colours: one drawing is right in light, in dark and on paper. */
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

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A chart as SVG without a script. Its text is ours or escaped by echarts; whoever shows it puts a table behind it. */
export function chart(
  option: echarts.EChartsOption,
  size: Size,
  { stretched = false }: { readonly stretched?: boolean } = {},
): Html {
  const drawing = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    drawing.setOption({ ...option, animation: false, textStyle: LETTERS });
    return drawn(tidy(drawing.renderToSVGString(), size, stretched));
  } finally {
    // A chart that is not disposed of keeps the process alive for ever.
    drawing.dispose();
  }
}

/** Sized by the page, silent to a screen reader, and without what echarts adds for its own script. */
function tidy(svg: string, { width, height }: Size, stretched: boolean): string {
  const fit = stretched ? ` preserveAspectRatio="none"` : "";
  return svg
    .replace(/<svg [^>]*>/, `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true"${fit}>`)
    .replace(/<style[^]*?<\/style>/, "")
    .replace(/ (?:ecmeta_\w+|class|pointer-events|dominant-baseline-ie)="[^"]*"/g, "")
    .replace(/\n+/g, "");
}

/** A bar of parts one after the other, and what stands at its end. */
export interface BarRow {
  readonly name: string;
  readonly parts: readonly { readonly paint: string; readonly amount: MicroUsd }[];
  readonly label: string;
}

const BAR_HEIGHT = 27;
const NAME_WIDTH = 142;
const LABEL_WIDTH = 76;

/** Horizontal bars, the first on top; every row has the same parts. */
export function bars(
  rows: readonly BarRow[],
  width: number,
  labelWidth: number = LABEL_WIDTH,
): Html {
  const bar = { type: "bar", stack: "row", silent: true, barWidth: 15 } as const;
  const most = rows.reduce(
    (amount, { parts }) =>
      Math.max(
        amount,
        parts.reduce((all, part) => all + part.amount, 0),
      ),
    // Costs that are all nothing still have an axis.
    1,
  );
  const [first] = rows;
  return chart(
    {
      grid: { left: NAME_WIDTH, right: labelWidth, top: 0, bottom: 0 },
      xAxis: { type: "value", show: false, max: most },
      yAxis: {
        type: "category",
        inverse: true,
        data: rows.map(({ name }) => printable(shortened(name, 40))),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          ...LETTERS,
          color: PAINT.ink,
          align: "left",
          margin: NAME_WIDTH,
          width: NAME_WIDTH - 10,
          overflow: "truncate",
          interval: 0,
        },
      },
      series: [
        ...(first?.parts ?? []).map(({ paint }, part) => ({
          ...bar,
          data: rows.map(({ parts }) => parts[part]?.amount ?? 0),
          itemStyle: { color: paint },
        })),
        {
          ...bar,
          data: rows.map(({ label }) => ({ value: 0, label: { formatter: label } })),
          label: { ...LETTERS, show: true, position: "right", color: PAINT.ink },
        },
      ],
    },
    { width, height: rows.length * BAR_HEIGHT },
  );
}
