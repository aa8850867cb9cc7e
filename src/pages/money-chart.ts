import { cents, microUsd, type MicroUsd } from "../money.ts";
import { DAY_COLUMNS } from "../report/cost-document.ts";
import { hasMoney, type MoneyDay, type MoneyOverTime } from "../report/cost-report.ts";
import { drawChart, renderFigure, LETTERS, PAINT, USD_AXIS } from "./chart.ts";
import type { Html } from "./html.ts";
import { renderTable } from "./table.ts";

// The drawing has no pixels for more.
const MOST_POINTS = 600;
const LEFT = 62;

/** Shows the money over time under the cap, and day by day under the cap of a day. */
export function renderMoneyChart(over: MoneyOverTime, planned: MicroUsd | null): Html {
  const { days } = over;
  const held = days.some((day) => day.held > 0);
  const hasCap = days.some(({ cap, perDay }) => cap !== null || perDay !== null);
  return renderFigure({
    caption: "Spent and held so far, and below it day by day",
    keys: [
      ["spent", "Spent"],
      ...(held ? [["held", "Held"] as const] : []),
      ...(planned === null ? [] : [["planned", "Planned"] as const]),
      ...(hasCap ? [["cap", "Cap"] as const] : []),
    ],
    wide: drawMoney(over, planned, { width: 920, height: 330 }),
    narrow: drawMoney(over, planned, { width: 340, height: 330 }),
    note: "Money counts from the moment it is reserved. Caps are the current ones, with the overages added by each day.",
    figures: { of: "money day by day", table: renderFigures(days) },
  });
}

function drawMoney(
  { days, moments }: MoneyOverTime,
  planned: MicroUsd | null,
  size: { readonly width: number; readonly height: number },
): Html {
  const each = Math.ceil(moments.length / MOST_POINTS);
  const kept = moments.filter((_, index) => index % each === 0 || index === moments.length - 1);
  const end = days.length;
  const stepped = (of: "spent" | "held"): number[][] => [
    ...kept.map((moment) => [moment.at, moment[of]]),
    [end, moments.at(-1)?.[of] ?? 0],
  ];
  const grid = { left: LEFT, right: 6 };
  const hidden = { type: "value", show: false, min: 0, max: end } as const;
  const area = {
    type: "line",
    step: "end",
    stack: "so far",
    silent: true,
    showSymbol: false,
    lineStyle: { width: 0 },
  } as const;
  const bar = { type: "bar", stack: "day", silent: true, barMaxWidth: 46 } as const;
  const below = { xAxisIndex: 1, yAxisIndex: 1 };
  return drawChart(
    {
      grid: [
        { ...grid, top: 20, height: 170 },
        { ...grid, top: 222, height: 80 },
      ],
      xAxis: [
        { ...hidden, gridIndex: 0 },
        {
          type: "category",
          gridIndex: 1,
          data: days.map(({ date }) => (size.width < 500 ? date.slice(5) : date)),
          axisLine: { lineStyle: { color: PAINT.quiet } },
          axisTick: { show: false },
          axisLabel: { ...LETTERS, hideOverlap: true },
        },
        { ...hidden, gridIndex: 1 },
      ],
      yAxis: [
        { ...USD_AXIS, gridIndex: 0 },
        { ...USD_AXIS, gridIndex: 1, splitNumber: 2 },
      ],
      series: [
        { ...area, data: stepped("spent"), areaStyle: { color: PAINT.spent, opacity: 1 } },
        { ...area, data: stepped("held"), areaStyle: { color: PAINT.held, opacity: 1 } },
        ...drawLimit(days, ({ cap }) => cap, {
          name: "Cap",
          paint: PAINT.over,
          label: "left",
        }),
        ...drawLimit(days, () => planned, {
          name: "Planned",
          paint: PAINT.planned,
          label: "right",
          dashed: true,
        }),
        {
          ...bar,
          ...below,
          data: days.map(({ spent }) => spent),
          itemStyle: { color: PAINT.spent },
        },
        { ...bar, ...below, data: days.map(({ held }) => held), itemStyle: { color: PAINT.held } },
        ...drawLimit(days, ({ perDay }) => perDay, {
          name: "A day",
          paint: PAINT.over,
          label: "left",
        }).map((line) => ({ ...line, xAxisIndex: 2, yAxisIndex: 1 })),
      ],
    },
    size,
  );
}

interface Line {
  readonly name: string;
  readonly paint: string;
  /** The end at which its name stands, so that the names of two lines at the same height do not overlap. */
  readonly label: "left" | "right";
  readonly dashed?: true;
}

/** Returns the steps of a limit from day to day. A day without a limit has none. */
function drawLimit(
  days: readonly MoneyDay[],
  of: (day: MoneyDay) => MicroUsd | null,
  { name, paint, label, dashed }: Line,
) {
  const points = days.flatMap((day, index) => {
    const amount = of(day);
    const isStart = index === 0 || of(days[index - 1] ?? day) !== amount;
    const isEnd = index === days.length - 1 || of(days[index + 1] ?? day) !== amount;
    if (amount === null) return [];
    return [...(isStart ? [[index, amount]] : []), ...(isEnd ? [[index + 1, amount]] : [])];
  });
  const first = points[0];
  // The last step begins here.
  const changed = points.at(-2);
  if (first === undefined || changed === undefined) return [];
  const named =
    label === "right"
      ? [[days.length, changed[1] ?? 0]]
      : [first, ...(changed[1] === first[1] ? [] : [changed])];
  return [
    {
      type: "line" as const,
      silent: true,
      showSymbol: false,
      data: points,
      lineStyle: { color: paint, width: 2, type: dashed === true ? "dashed" : "solid" } as const,
      markPoint: {
        silent: true,
        symbolSize: 0,
        data: named.map((coord) => ({
          name,
          coord,
          label: {
            ...LETTERS,
            show: true,
            position: "inside" as const,
            align: label,
            verticalAlign: "bottom" as const,
            offset: [label === "left" ? 4 : -4, -3],
            color: PAINT.ink,
            textBorderColor: PAINT.paper,
            textBorderWidth: 3,
            formatter: `${name} ${cents(microUsd(coord[1] ?? 0))}`,
          },
        })),
      },
    },
  ];
}

function renderFigures(days: readonly MoneyDay[]): Html {
  const capped = days.some(({ cap }) => cap !== null);
  const paced = days.some(({ perDay }) => perDay !== null);
  return renderTable<MoneyDay>({
    caption: "Money day by day",
    look: "figures",
    columns: DAY_COLUMNS.filter(
      ({ name }) => (capped || name !== "cap") && (paced || name !== "per_day"),
    ),
    rows: days.filter(hasMoney),
  });
}
