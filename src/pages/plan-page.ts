import { formatDiagnostic } from "../diagnostics/diagnostic.ts";
import { formatCount, formatMinute } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { hashPriceBook } from "../plan/fingerprint.ts";
import { groupBy } from "../plan/group-by.ts";
import type { PlanGate } from "../plan/check-gates.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { formatSeverityCounts } from "../report/formats/diagnostics-text.ts";
import { markRehearsal } from "../report/document.ts";
import { describeGate } from "../report/gates.ts";
import { judgeCap, declareTopSheetColumns } from "../report/plan-columns.ts";
import type { Planned } from "../report/subjects.ts";
import {
  type ShownCap,
  type TopSheet,
  makeTopSheet,
  type TopSheetRow,
  describeVerdict,
} from "../report/top-sheet.ts";
import { renderTodos, type Todo, collectTodos } from "./attention.ts";
import { renderCaps, describeCap, renderLeft } from "./cap-gauges.ts";
import { renderChanges } from "./diff-page.ts";
import { renderCostChart, splitCost, sumShare } from "./cost-chart.ts";
import {
  renderAnswer,
  renderAnswers,
  renderRest,
  renderNotes,
  renderPage,
  renderSection,
} from "./document.ts";
import { html, type Html, renderMoney, type Piece, isolate } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";
import { type Remarks, renderStoryboard } from "./storyboard.ts";
import { arrangeFilm, renderTimeline } from "./timeline.ts";

/** The page of a plan, for people who never open a terminal: top sheet, caps, film and storyboard. */
export function renderPlanPage(planned: Planned): string {
  const { made, admitted, beside, base, said, unapproved, now } = planned;
  if (admitted === null) return renderRefusal(made, now);
  const sheet = makeTopSheet(admitted);
  const todo = collectTodos(admitted, unapproved);
  const film = arrangeFilm(admitted.lines);
  const length = film.reduce((seconds, shot) => seconds + shot.seconds, 0);
  const { name } = admitted.campaign;
  const { difference, gates } = beside;
  const against = html`What changes <small>against ${isolate(base ?? "the plan before")}</small>`;
  const cost = html`<div class="split">
    ${renderTopSheet(sheet, admitted)}
    <div>${renderCostCharts(admitted)}</div>
  </div>`;
  const filmTitle = html`The film <small>${formatCount(film.length, "shot")} · ${length} s</small>`;
  return renderPage({
    name,
    what: markRehearsal("top sheet", admitted.rehearsal, "is"),
    made: [
      `Made ${formatMinute(now)} from `,
      admitted.manifests.map(({ path }, index) => [index > 0 ? ", " : "", isolate(path)]),
    ],
    sections: [
      renderAnswers([
        renderCostAnswer(admitted),
        renderFitAnswer(admitted, sheet, gates ?? []),
        renderTodoAnswer(todo),
      ]),
      todo.length === 0 ? null : renderTodos(todo, admitted.findShot),
      difference === null ? null : renderSection("changes", against, renderChanges(difference)),
      renderSection("cost", "Cost", cost),
      sheet.caps.length === 0 ? null : renderSection("caps", "Caps", renderCaps(sheet)),
      film.length === 0 ? null : renderSection("film", filmTitle, renderTimeline(film)),
      film.length === 0
        ? null
        : renderSection("storyboard", "Storyboard", renderStoryboard(film, groupByShot(admitted))),
      renderOrigin(admitted, sheet.notes, said),
    ],
  });
}

const MOST_COMPLAINTS = 200;

/** The page of a manifest that has no plan: every mistake with its place. */
function renderRefusal({ origin: { campaign }, diagnostics }: MadePlan, now: number): string {
  const priced = "Nothing is priced, and nothing would be bought.";
  const complaints = html`${diagnostics
    .slice(0, MOST_COMPLAINTS)
    .map(
      (diagnostic) => html`<pre dir="ltr">${formatDiagnostic(diagnostic)}</pre> `,
    )}${renderRest(diagnostics.length - MOST_COMPLAINTS, "mistake", "the JSON")}`;
  return renderPage({
    name: campaign.name,
    what: "top sheet",
    made: formatMinute(now),
    sections: [
      renderAnswers(
        renderAnswer(
          "There is no plan",
          "The manifest is wrong.",
          html`<p>${formatSeverityCounts(diagnostics)}. ${priced}</p>`,
          "over",
        ),
      ),
      renderSection("complaints", "What is wrong", complaints),
    ],
  });
}

function renderTopSheet({ rows }: TopSheet, { totals }: AdmittedPlan): Html {
  const staged = rows.some((row) => row.scene !== null);
  // Shown once for the rows of a scene; screen readers and copies have it in each row.
  const again = new Set(rows.filter((row, index) => row.scene === rows[index - 1]?.scene));
  const scene = (row: TopSheetRow): Piece => {
    const name = isolate(row.scene ?? "–");
    return again.has(row) ? html`<span class="unseen">${name}</span>` : name;
  };
  return renderTable<TopSheetRow>({
    caption: "Top sheet: every scene and model with its lines, seconds and cost",
    look: "sheet",
    columns: declareTopSheetColumns(staged).flatMap(
      (column): readonly PageColumn<TopSheetRow>[] => {
        if (column.name !== "scene") return [column];
        return staged ? [{ ...column, shown: scene }] : [];
      },
    ),
    rows,
    total: { label: "Total", row: { ...totals, scene: null, model: "" } },
  });
}

function renderCostCharts({ lines }: AdmittedPlan): Html {
  const total = sumShare(null, lines);
  const scenes = splitCost(lines, ({ scene }) => scene);
  const models = splitCost(lines, ({ model }) => model).toSorted((a, b) => b.cost - a.cost);
  const staged = scenes.some(({ name }) => name !== null);
  return html`${
    staged ? renderCostChart({ title: "Cost by scene", of: "Scene", shares: scenes, total }) : null
  }${renderCostChart({ title: "Cost by model", of: "Model", shares: models, total })}`;
}

function groupByShot({ diagnostics, findShot }: AdmittedPlan): Remarks {
  return groupBy(diagnostics, ({ place }) => (place === null ? null : findShot(place)));
}

function renderCostAnswer({ totals, verdict }: AdmittedPlan): Html {
  const all = totals.cost === totals.toSpend;
  return renderAnswer(
    "What it costs",
    renderMoney(totals.cost),
    html`<p>
      ${formatCount(totals.lines, "line")}, ${totals.seconds} s of video;
      ${all ? "all of it" : renderMoney(totals.toSpend)} to
      spend${verdict === "over-budget" ? " under the caps" : ""}.
    </p>`,
  );
}

function renderFitAnswer(plan: AdmittedPlan, sheet: TopSheet, gates: readonly PlanGate[]): Html {
  const failed = gates.filter(({ passed }) => !passed);
  const count = plan.moneyCaps.length + plan.paceCaps.length;
  const standing = { ok: "ok", warn: "warn", "over-budget": "over" } as const;
  const waiting = plan.lines.filter(({ state }) => state === "over-cap").length;
  const tightest = findTightest(sheet.caps);
  return renderAnswer(
    "Does it fit",
    describeVerdict(plan),
    html`<p>
        ${waiting === 0 ? null : html`${formatCount(waiting, "line")} would not start. `}${
          tightest === undefined
            ? null
            : html`${count > 1 ? `The tightest of ${count} caps` : "Its cap"}:
              ${describeCap(tightest)}, ${describeTightest(tightest)}.`
        }${count === 0 ? "State a budget in the manifest to have the plan checked against it." : null}
      </p>
      ${failed.map((gate) => html`<p class="failed"><b>Failed:</b> ${describeGate(gate)}.</p>`)}`,
    failed.length > 0 ? "over" : standing[plan.verdict],
  );
}

function describeTightest(cap: ShownCap): Html {
  if (cap.tooSmall) return html`is less than a single line costs`;
  if (cap.takes !== null) return html`${renderMoney(cap.limit)}, takes ${cap.takes}`;
  return html`${renderLeft(cap)} ${cap.left < 0 ? null : "of"} ${renderMoney(cap.limit)}`;
}

const RANK: Readonly<Record<ShownCap["verdict"], number>> = { over: 0, warn: 1, ok: 2 };

/** Returns the cap with the worst verdict; among equals, the one with the smallest share left. */
function findTightest(caps: readonly ShownCap[]): ShownCap | undefined {
  const part = ({ left, limit }: ShownCap): number => left / Math.max(limit, 1);
  return caps.toSorted((a, b) => RANK[judgeCap(a)] - RANK[judgeCap(b)] || part(a) - part(b))[0];
}

const MOST_TODO = 3;

function renderTodoAnswer(todo: readonly Todo[]): Html {
  const heading = "What needs attention";
  if (todo.length === 0) {
    const words = html`<p>No warning, and no line that waits for someone.</p>`;
    return renderAnswer(heading, "Nothing.", words, "ok");
  }
  return renderAnswer(
    heading,
    `${formatCount(todo.length, "thing")}.`,
    html`<ul>
        ${todo.slice(0, MOST_TODO).map(({ message }) => html`<li>${isolate(message)}</li>`)}
      </ul>
      <p>
        <a href="#attention">${todo.length > MOST_TODO ? `All ${todo.length}` : "What to do"}</a>
      </p>`,
    "warn",
  );
}

/** Lists what the figures are based on: prices, notes, approvals, and the hashes of what was read. */
function renderOrigin(plan: AdmittedPlan, list: readonly string[], said: readonly string[]): Html {
  const { priceBook, priceFile, manifests, ledger, campaign } = plan;
  const facts: readonly (readonly [string, Html])[] = [
    [
      "Prices",
      html`List of
        ${priceBook.asOf}${priceBook.ownAsOf === null ? null : html`, your own of ${priceBook.ownAsOf}`}${priceFile === null ? null : html` (${isolate(priceFile)})`},
        print <code>${hashPriceBook(priceBook)}</code>`,
    ],
    ...manifests.map(
      ({ path, sha256 }) =>
        ["Manifest", html`${isolate(path)}, SHA-256 <code>${sha256 ?? "unknown"}</code>`] as const,
    ),
    [
      "Ledger",
      ledger === null ? html`none: nothing counts as bought` : html`<code>${ledger}</code>`,
    ],
    ["Time zone", html`${campaign.timezone}`],
  ];
  return renderNotes([...said, ...list].map(isolate), facts);
}
