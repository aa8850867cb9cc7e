import { getCapKind } from "../budget/caps.ts";
import { formatCount, toPrintable } from "../diagnostics/printable.ts";
import { cents, exact, microUsd, NOTHING, subtract, sum } from "../money.ts";
import { formatCapName } from "../plan/check-caps.ts";
import type { ShownCap, TopSheet } from "../report/top-sheet.ts";
import { CAP_COLUMNS, judgeCap } from "../report/plan-columns.ts";
import { drawChart, PAINT } from "./chart.ts";
import { html, type Html, renderMoney, type Piece, isolate } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";

/** Shows a row for each cap: what it limits, how full it is, and what is left of it. */
export function renderCaps({ caps, capsLeftOut }: Pick<TopSheet, "caps" | "capsLeftOut">): Html {
  return html`${renderTable({
    caption: "Every cap with what is spent, held, planned and left",
    look: "caps",
    columns: COLUMNS,
    rows: caps,
    classOf: judgeCap,
  })}
  ${
    capsLeftOut === 0
      ? null
      : html`<p class="quiet">${formatCount(capsLeftOut, "more cap")}, each with more left.</p>`
  }`;
}

const COLUMNS = CAP_COLUMNS.flatMap((column): readonly PageColumn<ShownCap>[] => {
  switch (column.name) {
    case "cap": {
      const cap = (row: ShownCap): Piece =>
        html`${describeCap(row)} <code>${formatCapName(row)}</code>`;
      return [
        { ...column, shown: cap },
        { name: "gauge", heading: "How full", kind: "text", value: () => null, shown: drawGauge },
      ];
    }
    case "limit":
      return [column];
    case "left":
      return [{ ...column, shown: renderLeft }];
    case "spent":
    case "held":
    case "planned":
      return [{ ...column, key: column.name }];
    default:
      return [];
  }
});

/** Shows a word with the amount: the trades disagree about what a bare sign means. */
export function renderLeft(cap: ShownCap): Html {
  if (cap.tooSmall) return html`<b>never</b> <small>a line alone costs more</small>`;
  if (cap.takes !== null) return html`<b>takes ${cap.takes}</b>`;
  if (cap.left < 0) {
    const over = cents(subtract(NOTHING, cap.left));
    return html`<b><data value="${exact(cap.left)}">${over}</data> over</b>`;
  }
  return html`${renderMoney(cap.left)}
  left${cap.verdict === "warn" ? html` <small>near its limit</small>` : null}`;
}

/** Says what a cap limits, for readers who have never seen a manifest. */
export function describeCap({ cap, of }: Pick<ShownCap, "cap" | "of">): Html {
  const { title } = getCapKind(cap);
  return of === null ? html`${title}` : html`${title} ${isolate(toPrintable(of))}`;
}

const GAUGE = { width: 200, height: 12 };

/** Draws spent, held and planned from the left; a mark shows the limit if more than that is planned. */
function drawGauge(cap: ShownCap): Html {
  const used = sum([cap.spent, cap.held]);
  const room = Math.max(0, subtract(cap.limit, used));
  const fits = microUsd(Math.min(cap.planned, room));
  const beyond = subtract(cap.planned, fits);
  const whole = Math.max(cap.limit, used + cap.planned, 1);
  const parts = [
    { paint: PAINT.spent, size: cap.spent },
    { paint: PAINT.held, size: cap.held },
    { paint: PAINT.planned, size: fits },
    // What does not fit under a cap on pace today will fit tomorrow.
    { paint: cap.takes === null || cap.tooSmall ? PAINT.over : PAINT.later, size: beyond },
  ];
  return drawChart(
    {
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { type: "value", show: false, max: whole },
      yAxis: { type: "category", show: false, data: [""] },
      series: parts
        .filter(({ size }) => size > 0)
        .map(({ paint, size }, index) => ({
          type: "bar",
          stack: "gauge",
          silent: true,
          barWidth: GAUGE.height,
          data: [size],
          itemStyle: { color: paint },
          ...(index === 0 && whole > cap.limit
            ? {
                markLine: {
                  silent: true,
                  symbol: "none",
                  label: { show: false },
                  lineStyle: { color: PAINT.ink, type: "solid", width: 2 },
                  data: [{ xAxis: cap.limit }],
                },
              }
            : {}),
        })),
    },
    GAUGE,
    { stretched: true },
  );
}
