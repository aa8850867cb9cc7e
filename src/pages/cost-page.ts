import { counted, minute, shortened } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Purpose } from "../ledger/ledger.ts";
import { cents, exact, type MicroUsd, NOTHING } from "../money.ts";
import {
  type CostReport,
  type Costs,
  leftInWords,
  notesOf,
  type SceneCosts,
} from "../report/cost-report.ts";
import { standing } from "../report/status.ts";
import { needsPerson, whereToLook } from "../report/where-to-look.ts";
import { type BarRow, bars, PAINT } from "./chart.ts";
import { documentOf, type Served } from "./document.ts";
import { gantt, latestStages } from "./gantt.ts";
import { html, type Html, money, type Piece, theirs } from "./html.ts";
import { moneyChart } from "./money-chart.ts";
import { underWay, videos } from "./videos.ts";

// More bars than this are a texture; the table below has them all.
const MOST_BARS = 14;
// What no one reads to the end; status has them all.
const MOST_TOLD = 50;

/** What the ledger has of the lines that a report is about. */
export interface LedgerLines {
  /** Oldest first, as the next run will find them. */
  readonly holds: readonly Hold[];
  /** The ledger as a command to paste has to name it; null where it finds it by itself. */
  readonly named: string | null;
  /** When each hold's video was first here. */
  readonly delivered: ReadonlyMap<string, number>;
  /** Where each delivered hold's video is, from the page's own folder; null where its file is not there. */
  readonly addresses: ReadonlyMap<string, string | null>;
}

/** The cost report on a page: what it will come to, over or under, and where. */
export function costPage(
  report: CostReport,
  lines: LedgerLines,
  served: Served | null = null,
): string {
  const { campaign, purpose, day, scenes, ledger, timezone, now } = report;
  const what = day === null ? "Cost report" : "Hot cost";
  const notes = notesOf(report);
  const when = day === null ? minute(now) : `${minute(day.from)} to ${minute(day.to)}`;
  return documentOf(
    `${campaign} · ${what.toLowerCase()}`,
    html`<header>
        <p class="kicker">
          ${what}${purpose === "rehearsal" ? " · REHEARSAL, nothing was bought" : null}
        </p>
        <h1>${theirs(campaign)}</h1>
        <p class="quiet">${when} (${timezone})</p>
        ${
          served === null
            ? null
            : html`<p id="live" role="status">Reload this page to see how it goes on.</p>`
        }
      </header>
      <main>
        ${answers(report)} ${attention(lines, purpose)} ${underWay(served?.underWay ?? [])}
        ${
          scenes.length === 0
            ? html`<section>
                <p>${day === null ? "Nothing was bought yet." : "Nothing was bought yesterday."}</p>
              </section>`
            : html`${overTime(report)}
                <section id="scenes">
                  <h2>By scene</h2>
                  ${sceneChart(report)}
                </section>
                <section id="accounts">
                  <h2>By account</h2>
                  ${accounts(report)}
                </section>`
        }
        ${latestRun(lines, now)} ${videos(lines.holds, lines.addresses, served === null)}
        <section id="origin">
          <h2>Notes</h2>
          <ul>
            ${notes.map((note) => html`<li>${theirs(note)}</li>`)}
            <li>Actual is settled; committed is held for lines in flight or of unknown outcome.</li>
            ${
              day === null
                ? html`<li>
                    ETC: estimate to complete. EFC: estimated final cost, which is actual +
                    committed + ETC.
                  </li>`
                : html`<li>The budget is what the plan says that yesterday's lines cost.</li>`
            }
          </ul>
          <dl>
            <div>
              <dt>Ledger</dt>
              <dd><code>${ledger}</code></dd>
            </div>
          </dl>
        </section>
      </main>`,
    served,
  );
}

function answers({ total, unknown, day }: CostReport): Html {
  const { budget, overages, actual, committed, etc, efc, left } = total;
  const standing = left === null ? "" : left < 0 ? "over" : "ok";
  return html`<section class="answers" aria-label="In short">
    <div class="answer">
      <h2>${day === null ? "Spent so far" : "Spent yesterday"}</h2>
      <p class="figure">${money(actual)}</p>
      <p>${money(committed)} committed.</p>
    </div>
    ${
      budget === null || etc === null || efc === null || left === null
        ? null
        : html`${
              day === null
                ? html`<div class="answer">
                    <h2>What it will come to</h2>
                    <p class="figure">${money(efc)}</p>
                    <p>${money(etc)} still to come.</p>
                  </div>`
                : null
            }
            <div class="answer ${standing}">
              <h2>Over or under</h2>
              <p class="figure">${leftInWords(left, cents)}</p>
              <p>
                ${money(budget)}
                budget${overages > 0 ? html` and ${money(overages)} of overages` : null}.
              </p>
            </div>`
    }
    ${
      unknown > 0
        ? html`<div class="answer warn">
            <h2>What needs attention</h2>
            <p class="figure">${money(unknown)}</p>
            <p>of unknown outcome. <a href="#attention">What to do</a></p>
          </div>`
        : null
    }
  </section>`;
}

/** Unknown and failed lines first, with what to do: that is what a report is opened for. */
function attention({ holds, named }: LedgerLines, purpose: Purpose): Html | null {
  const where = { ledger: named, rehearsal: purpose === "rehearsal" };
  const waiting = holds.filter(needsPerson);
  const failed = holds.filter((hold) => hold.state === "failed" && !needsPerson(hold));
  if (waiting.length + failed.length === 0) return null;
  const left = waiting.length + failed.length - MOST_TOLD;
  const shown = failed.slice(0, Math.max(0, MOST_TOLD - waiting.length));
  return html`<section id="attention">
    <h2>What needs attention</h2>
    ${waiting
      .slice(0, MOST_TOLD)
      .map(
        (hold) =>
          html`<pre tabindex="0" dir="ltr">${whereToLook(hold, where, waiting).join("\n")}</pre> `,
      )}
    ${
      shown.length === 0
        ? null
        : html`<ul class="remarks">
            ${shown.map(
              (hold) =>
                html`<li class="error">
                  <b>${theirs(hold.key)}</b> ${standing(hold)}${
                    hold.why === null ? null : html`: ${theirs(shortened(hold.why, 300))}`
                  }
                </li> `,
            )}
          </ul>`
    }
    ${left > 0 ? html`<p class="quiet">And ${left} more: topsheet status has them all.</p>` : null}
  </section>`;
}

/** The run that the newest line belongs to. */
function latestRun({ holds, delivered }: LedgerLines, now: number): Html | null {
  const lines = latestStages(holds, delivered, now);
  if (lines.length === 0) return null;
  return html`<section id="run">
    <h2>
      The latest run
      <small>${counted(lines.length, "line")}, ${minute(lines[0]?.reserved ?? now)}</small>
    </h2>
    ${gantt(lines)}
  </section>`;
}

function overTime({ overTime: money, total, timezone }: CostReport): Html | null {
  if (money === null) return null;
  return html`<section id="over-time">
    <h2>Over time <small>days of ${timezone}</small></h2>
    ${moneyChart(money, total.budget)}
  </section>`;
}

function sceneChart({ scenes, planned, day }: CostReport): Html {
  const withEtc = planned && day === null;
  const whole = (costs: Costs): MicroUsd => costs.efc ?? costs.actual;
  const most = [...scenes].toSorted((a, b) => whole(b) - whole(a)).slice(0, MOST_BARS);
  const kept = new Set(most);
  const rows = scenes
    .filter((scene) => kept.has(scene))
    .map((scene): BarRow => ({
      name: scene.scene ?? "–",
      parts: [
        { paint: PAINT.spent, amount: scene.actual },
        { paint: PAINT.held, amount: scene.committed },
        ...(withEtc ? [{ paint: PAINT.planned, amount: scene.etc ?? NOTHING }] : []),
      ],
      label: scene.left === null ? cents(scene.actual) : leftInWords(scene.left, cents),
    }));
  return html`<figure class="chart">
    <figcaption>
      Actual, committed and to complete, with what is over or under
      <span class="legend">
        <span><i class="key spent"></i>Actual</span>
        <span><i class="key held"></i>Committed</span>
        ${withEtc ? html`<span><i class="key"></i>ETC</span>` : null}
      </span>
    </figcaption>
    <div class="wide">${bars(rows, 920, 130)}</div>
    <div class="narrow">${bars(rows, 330, 100)}</div>
    ${kept.size < scenes.length ? html`<p class="quiet">The ${kept.size} dearest of ${scenes.length} scenes.</p>` : null}
  </figure>`;
}

interface Column {
  readonly title: string;
  readonly of: (costs: Costs) => Piece;
}

function columnsOf({ planned, day }: CostReport): readonly Column[] {
  const usd = (amount: MicroUsd | null): Piece => (amount === null ? "–" : money(amount));
  return [
    ...(planned
      ? [
          { title: "Budget", of: (costs: Costs) => usd(costs.budget) },
          { title: "Overages", of: (costs: Costs) => usd(costs.overages) },
        ]
      : []),
    { title: "Actual", of: (costs) => usd(costs.actual) },
    { title: "Committed", of: (costs) => usd(costs.committed) },
    ...(planned && day === null ? [{ title: "ETC", of: (costs: Costs) => usd(costs.etc) }] : []),
    ...(planned
      ? [
          { title: day === null ? "EFC" : "Cost", of: (costs: Costs) => usd(costs.efc) },
          { title: "Over or under", of: (costs: Costs) => variance(costs) },
        ]
      : []),
  ];
}

/** The word, and the exact difference for whoever reads by program. */
function variance({ left }: Costs): Piece {
  if (left === null) return "–";
  const words = html`<data value="${exact(left)}">${leftInWords(left, cents)}</data>`;
  return left < 0 ? html`<b class="bad">${words}</b>` : words;
}

/** Scene by scene; what a scene is made of is folded away until it is asked for. */
function accounts(report: CostReport): Html {
  const columns = columnsOf(report);
  return html`${table("Cost by scene", columns, report.scenes.map(sceneRow), report.total)}
  ${report.scenes.map((scene) => {
    const name = scene.scene === null ? "No scene" : `Scene ${scene.scene}`;
    const rows = scene.shots.flatMap(({ shot, takes, ...costs }) => [
      { name: shot, costs, depth: "shot" },
      ...takes.map((take) => ({ name: take.key, costs: take, depth: "take" })),
    ]);
    return html`<details class="account">
      <summary>${theirs(name)}, shot by shot</summary>
      ${table(`${name}, shot by shot`, columns, rows, scene)}
    </details>`;
  })}`;
}

interface Row {
  readonly name: string;
  readonly costs: Costs;
  readonly depth: string;
}

function sceneRow(scene: SceneCosts): Row {
  const name = scene.scene === null ? "No scene" : `Scene ${scene.scene}`;
  return { name, costs: scene, depth: "shot" };
}

function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
  total: Costs,
): Html {
  return html`<table class="costs" role="table">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Account</th>
        ${columns.map(({ title }) => html`<th role="columnheader" scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        ({ name, costs, depth }) =>
          html`<tr role="row" class="${depth}">
            <th role="rowheader" scope="row">${theirs(name)}</th>
            ${cells(columns, costs)}
          </tr> `,
      )}
    </tbody>
    <tfoot role="rowgroup">
      <tr role="row">
        <th role="rowheader" scope="row">Total</th>
        ${cells(columns, total)}
      </tr>
    </tfoot>
  </table>`;
}

function cells(columns: readonly Column[], costs: Costs): Html {
  return html`${columns.map(
    ({ title, of }) => html`<td role="cell" data-title="${title}">${of(costs)}</td>`,
  )}`;
}
