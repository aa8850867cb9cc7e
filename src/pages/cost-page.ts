import { formatCount, formatMinute, shorten } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Purpose } from "../ledger/ledger.ts";
import { cents, exact } from "../money.ts";
import { type CostReport, type Costs } from "../report/cost-report.ts";
import {
  declareMoneyColumns,
  describeNoCosts,
  describeVariance,
  makeCostNotes,
  nameCostReport,
} from "../report/cost-document.ts";
import { describeState } from "../report/status.ts";
import { needsPerson, adviseWhereToLook } from "../report/where-to-look.ts";
import { renderRemark, renderRemarks } from "./attention.ts";
import { type Bar, drawBars, keepDearest, renderFigure, PAINT } from "./chart.ts";
import {
  renderAnswer,
  renderAnswers,
  renderRest,
  renderNotes,
  renderPage,
  renderSection,
  type Served,
} from "./document.ts";
import { renderGantt, listLatestStages } from "./gantt.ts";
import { html, type Html, renderMoney, type Piece, isolate } from "./html.ts";
import { renderMoneyChart } from "./money-chart.ts";
import { type PageColumn, renderTable } from "./table.ts";
import { renderUnderWay, renderVideos } from "./videos.ts";

// Nobody reads more to the end; `topsheet status` has them all.
const MOST_TOLD = 50;

/** What the ledger knows about the lines of a report. */
export interface LedgerLines {
  /** Oldest first, as the next run will find them. */
  readonly holds: readonly Hold[];
  /** How a command to paste has to name the ledger; null if it finds the ledger itself. */
  readonly named: string | null;
  /** When each hold's video was first delivered. */
  readonly delivered: ReadonlyMap<string, number>;
  /** Where each delivered video is, relative to the page; null if its file is missing. */
  readonly addresses: ReadonlyMap<string, string | null>;
}

/** The page of a cost report: the final cost, over or under, and where. */
export function renderCostPage(
  report: CostReport,
  lines: LedgerLines,
  served: Served | null = null,
): string {
  const { campaign, purpose, day, scenes, ledger, timezone, now } = report;
  const when =
    day === null ? formatMinute(now) : `${formatMinute(day.from)} to ${formatMinute(day.to)}`;
  return renderPage({
    name: campaign,
    what: nameCostReport(report),
    made: `${when} (${timezone})`,
    served,
    sections: [
      renderCostAnswers(report),
      renderAttention(lines, purpose),
      renderUnderWay(served?.underWay ?? []),
      scenes.length === 0
        ? html`<section><p>${describeNoCosts(report)}</p></section>`
        : [
            renderOverTime(report),
            renderSection("scenes", "By scene", renderSceneChart(report)),
            renderSection("accounts", "By account", renderAccounts(report)),
          ],
      renderLatestRun(lines, now),
      renderVideos(lines.holds, lines.addresses, served === null),
      renderNotes(
        [
          ...makeCostNotes(report).map(isolate),
          "Actual is settled; committed is held for lines in flight or of unknown outcome.",
          day === null
            ? "ETC: estimate to complete. EFC: estimated final cost, which is actual + committed + ETC."
            : "The budget is the planned cost of yesterday's lines.",
        ],
        [["Ledger", html`<code>${ledger}</code>`]],
      ),
    ],
  });
}

function renderCostAnswers({ total, unknown, day }: CostReport): Html {
  const { budget, overages, actual, committed, etc, efc, left } = total;
  const planned = budget !== null && etc !== null && efc !== null && left !== null;
  return renderAnswers([
    renderAnswer(
      day === null ? "Spent so far" : "Spent yesterday",
      renderMoney(actual),
      html`<p>${renderMoney(committed)} committed.</p>`,
    ),
    planned && day === null
      ? renderAnswer(
          "What it will come to",
          renderMoney(efc),
          html`<p>${renderMoney(etc)} still to come.</p>`,
        )
      : null,
    planned
      ? renderAnswer(
          "Over or under",
          describeVariance(left, cents),
          html`<p>
            ${renderMoney(budget)}
            budget${overages > 0 ? html` and ${renderMoney(overages)} of overages` : null}.
          </p>`,
          left < 0 ? "over" : "ok",
        )
      : null,
    unknown > 0
      ? renderAnswer(
          "What needs attention",
          renderMoney(unknown),
          html`<p>of unknown outcome. <a href="#attention">What to do</a></p>`,
          "warn",
        )
      : null,
  ]);
}

/** Shows unknown and failed lines, with what to do about them. */
function renderAttention({ holds, named }: LedgerLines, purpose: Purpose): Html | null {
  const where = { ledger: named, rehearsal: purpose === "rehearsal" };
  const waiting = holds.filter(needsPerson);
  const failed = holds.filter((hold) => hold.state === "failed" && !needsPerson(hold));
  if (waiting.length + failed.length === 0) return null;
  const shown = failed.slice(0, Math.max(0, MOST_TOLD - waiting.length)).map((hold) => {
    const why = hold.why === null ? null : html`: ${isolate(shorten(hold.why, 300))}`;
    return renderRemark("error", html`<b>${isolate(hold.key)}</b> ${describeState(hold)}${why}`);
  });
  const body = html`${waiting
    .slice(0, MOST_TOLD)
    .map(
      (hold) =>
        html`<pre tabindex="0" dir="ltr">
${adviseWhereToLook(hold, where, waiting).join("\n")}</pre> `,
    )}
  ${renderRemarks(shown)}
  ${renderRest(waiting.length + failed.length - MOST_TOLD, "line", "topsheet status")}`;
  return renderSection("attention", "What needs attention", body);
}

/** Shows the run of the newest line. */
function renderLatestRun({ holds, delivered }: LedgerLines, now: number): Html | null {
  const lines = listLatestStages(holds, delivered, now);
  if (lines.length === 0) return null;
  const began = formatMinute(lines[0]?.reserved ?? now);
  const heading = html`The latest run
    <small>${formatCount(lines.length, "line")}, ${began}</small>`;
  return renderSection("run", heading, renderGantt(lines));
}

function renderOverTime({ overTime: over, total, timezone }: CostReport): Html | null {
  if (over === null) return null;
  const heading = html`Over time <small>days of ${timezone}</small>`;
  return renderSection("over-time", heading, renderMoneyChart(over, total.budget));
}

function renderSceneChart({ scenes, planned, day }: CostReport): Html {
  const withEtc = planned && day === null;
  const kept = keepDearest(scenes, ({ efc, actual }) => efc ?? actual);
  const rows = kept.map((scene): Bar => ({
    name: scene.scene ?? "–",
    parts: [
      { paint: PAINT.spent, size: scene.actual },
      { paint: PAINT.held, size: scene.committed },
      ...(withEtc ? [{ paint: PAINT.planned, size: scene.etc ?? 0 }] : []),
    ],
    label: scene.left === null ? cents(scene.actual) : describeVariance(scene.left, cents),
  }));
  return renderFigure({
    caption: "Actual, committed and to complete, with what is over or under",
    keys: [["spent", "Actual"], ["held", "Committed"], ...(withEtc ? [["", "ETC"] as const] : [])],
    wide: drawBars(rows, 920, { labels: 130 }),
    narrow: drawBars(rows, 330, { labels: 100 }),
    note:
      kept.length < scenes.length ? `The ${kept.length} dearest of ${scenes.length} scenes.` : null,
  });
}

function declareAccountColumns(report: CostReport): readonly PageColumn<Account>[] {
  return [
    { name: "account", kind: "text", value: ({ name }) => name },
    ...declareMoneyColumns(report).map((column): PageColumn<Account> =>
      column.name === "left"
        ? { ...column, heading: "Over or under", shown: renderVariance }
        : column,
    ),
  ];
}

/** Shows "over" or "under", with the exact difference for programs. */
function renderVariance({ left }: Account): Piece {
  if (left === null) return "–";
  const words = html`<data value="${exact(left)}">${describeVariance(left, cents)}</data>`;
  return left < 0 ? html`<b class="bad">${words}</b>` : words;
}

interface Account extends Costs {
  readonly name: string;
  readonly depth: "shot" | "take";
}

/** Shows a table of scenes, and for each scene a folded table of its shots and takes. */
function renderAccounts(report: CostReport): Html {
  const columns = declareAccountColumns(report);
  const renderAccountTable = (caption: string, rows: readonly Account[], costs: Costs): Html =>
    renderTable<Account>({
      caption,
      look: "costs",
      columns,
      rows,
      classOf: ({ depth }) => depth,
      total: { label: "Total", row: { ...costs, name: "", depth: "shot" } },
    });
  const scenes = report.scenes.map((costs): Account => ({
    ...costs,
    name: costs.scene === null ? "No scene" : `Scene ${costs.scene}`,
    depth: "shot",
  }));
  return html`${renderAccountTable("Cost by scene", scenes, report.total)}
  ${report.scenes.map((scene, index) => {
    const name = scenes[index]?.name ?? "";
    const rows = scene.shots.flatMap(({ shot, takes, ...costs }): readonly Account[] => [
      { ...costs, name: shot, depth: "shot" },
      ...takes.map((take) => ({ ...take, name: take.key, depth: "take" }) as const),
    ]);
    return html`<details class="account">
      <summary>${isolate(name)}, shot by shot</summary>
      ${renderAccountTable(`${name}, shot by shot`, rows, scene)}
    </details>`;
  })}`;
}
