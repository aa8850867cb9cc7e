import { printable, shortened } from "../../diagnostics/printable.ts";
import type { MicroUsd } from "../../money/usd.ts";
import { chart, LETTERS, PAINT } from "./chart.ts";
import type { Html } from "./html.ts";

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
