import { cents, type MicroUsd } from "../money.ts";
import { signed } from "../report/diff.ts";
import { chart, LETTERS, PAINT } from "./chart.ts";
import type { Html } from "./html.ts";

/** A bar of a waterfall: a whole from nothing, or what is added to or taken from the bar before. */
export interface Step {
  readonly name: string;
  readonly amount: MicroUsd;
  readonly whole: boolean;
}

const BAR_HEIGHT = 27;
const NAME_WIDTH = 132;
const COST_WIDTH = 84;

/** From one sum to another, step by step, the first on top. */
export function waterfall(steps: readonly Step[], width: number): Html {
  let reached = 0;
  const bars = steps.map(({ name, amount, whole }) => {
    const from = whole ? 0 : reached;
    const to = from + amount;
    reached = to;
    return { name, amount, whole, from: Math.min(from, to), size: Math.abs(amount) };
  });
  const most = bars.reduce((end, { from, size }) => Math.max(end, from + size), 1);
  const bar = { type: "bar", stack: "steps", silent: true, barWidth: 15 } as const;
  return chart(
    {
      grid: { left: NAME_WIDTH, right: COST_WIDTH, top: 0, bottom: 0 },
      xAxis: { type: "value", show: false, max: most },
      yAxis: {
        type: "category",
        inverse: true,
        data: bars.map(({ name }) => name),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { ...LETTERS, color: PAINT.ink, align: "left", margin: NAME_WIDTH, interval: 0 },
      },
      series: [
        { ...bar, data: bars.map(({ from }) => from), itemStyle: { color: "none" } },
        {
          ...bar,
          data: bars.map(({ size, whole, amount }) => ({
            value: size,
            itemStyle: { color: whole ? PAINT.spent : amount > 0 ? PAINT.planned : PAINT.later },
            label: { formatter: whole ? cents(amount) : signed(amount, cents) },
          })),
          label: { ...LETTERS, show: true, position: "right", color: PAINT.ink },
        },
      ],
    },
    { width, height: bars.length * BAR_HEIGHT },
  );
}
