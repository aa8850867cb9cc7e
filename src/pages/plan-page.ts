import { explained } from "../diagnostics/diagnostic.ts";
import { counted, minute } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import { priceBookPrint } from "../plan/fingerprint.ts";
import { groupBy } from "../plan/group-by.ts";
import type { Gate } from "../plan/gate.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { tally } from "../report/diagnostics-text.ts";
import { gateInWords } from "../report/gates.ts";
import { standingOf, topSheetColumns } from "../report/plan-columns.ts";
import type { Planned } from "../report/subjects.ts";
import {
  rehearsalInWords,
  type ShownCap,
  type TopSheet,
  topSheet,
  type TopSheetRow,
  verdictInWords,
} from "../report/top-sheet.ts";
import { attentionList, type Todo, todoOf } from "./attention.ts";
import { capGauges, holdsInWords, leftOf } from "./cap-gauges.ts";
import { changes } from "./diff-page.ts";
import { costChart, costShares, shareOf } from "./cost-chart.ts";
import { answer, answers, more, notes, page, section } from "./document.ts";
import { html, type Html, money, type Piece, theirs } from "./html.ts";
import { type PageColumn, table } from "./table.ts";
import { type Remarks, storyboard } from "./storyboard.ts";
import { filmOf, timeline } from "./timeline.ts";

/** The top sheet, the caps, the film and its storyboard on one page, for someone who never opens a terminal. */
export function planPage(planned: Planned): string {
  const { made, admitted, beside, base, said, unapproved, now } = planned;
  if (admitted === null) return refusal(made, now);
  const sheet = topSheet(admitted);
  const todo = todoOf(admitted, unapproved);
  const film = filmOf(admitted.lines);
  const length = film.reduce((seconds, shot) => seconds + shot.seconds, 0);
  const { name } = admitted.campaign;
  const rehearsal = rehearsalInWords(admitted);
  const { difference, gates } = beside;
  const against = html`What changes <small>against ${theirs(base ?? "the plan before")}</small>`;
  const cost = html`<div class="split">
    ${sheetTable(sheet, admitted)}
    <div>${charts(admitted)}</div>
  </div>`;
  const filmTitle = html`The film <small>${counted(film.length, "shot")} · ${length} s</small>`;
  return page({
    title: `${name} · top sheet${rehearsal}`,
    kicker: `Top sheet${rehearsal}`,
    name,
    made: [
      `Made ${minute(now)} from `,
      admitted.manifests.map(({ path }, index) => [index > 0 ? ", " : "", theirs(path)]),
    ],
    sections: [
      answers([
        costAnswer(admitted),
        fitAnswer(admitted, sheet, gates ?? []),
        attentionAnswer(todo),
      ]),
      todo.length === 0 ? null : attentionList(todo, admitted.shotAt),
      difference === null ? null : section("changes", against, changes(difference)),
      section("cost", "Cost", cost),
      sheet.caps.length === 0 ? null : section("caps", "Caps", capGauges(sheet)),
      film.length === 0 ? null : section("film", filmTitle, timeline(film)),
      film.length === 0
        ? null
        : section("storyboard", "Storyboard", storyboard(film, remarksByShot(admitted))),
      origin(admitted, sheet.notes, said),
    ],
  });
}

const MOST_COMPLAINTS = 200;

/** Why there is no plan: every mistake, with its place. */
function refusal({ origin: { campaign }, diagnostics }: MadePlan, now: number): string {
  const name = campaign.name === "" ? "topsheet" : campaign.name;
  const priced = "Nothing is priced, and nothing would be bought.";
  const complaints = html`${diagnostics
    .slice(0, MOST_COMPLAINTS)
    .map(
      (diagnostic) => html`<pre dir="ltr">${explained(diagnostic)}</pre> `,
    )}${more(diagnostics.length - MOST_COMPLAINTS, "more; the JSON has them all.")}`;
  return page({
    title: `${name} · no plan`,
    kicker: "Top sheet",
    name,
    made: minute(now),
    sections: [
      answers(
        answer(
          "There is no plan",
          "The manifest is wrong.",
          html`<p>${tally(diagnostics)}. ${priced}</p>`,
          "over",
        ),
      ),
      section("complaints", "What is wrong", complaints),
    ],
  });
}

function sheetTable({ rows }: TopSheet, { totals }: AdmittedPlan): Html {
  const staged = rows.some((row) => row.scene !== null);
  // Written once for the rows of a scene, and there for whoever hears the table or copies it.
  const again = new Set(rows.filter((row, index) => row.scene === rows[index - 1]?.scene));
  const scene = (row: TopSheetRow): Piece => {
    const name = theirs(row.scene ?? "–");
    return again.has(row) ? html`<span class="unseen">${name}</span>` : name;
  };
  return table<TopSheetRow>({
    caption: "Top sheet: every scene and model with its lines, seconds and cost",
    look: "sheet",
    columns: topSheetColumns(staged).flatMap((column): readonly PageColumn<TopSheetRow>[] => {
      if (column.name !== "scene") return [column];
      return staged ? [{ ...column, shown: scene }] : [];
    }),
    rows,
    total: { label: "Total", row: { ...totals, scene: null, model: "" } },
  });
}

function charts({ lines }: AdmittedPlan): Html {
  const total = shareOf(null, lines);
  const scenes = costShares(lines, ({ scene }) => scene);
  const models = costShares(lines, ({ model }) => model).toSorted((a, b) => b.cost - a.cost);
  const staged = scenes.some(({ name }) => name !== null);
  return html`${
    staged ? costChart({ title: "Cost by scene", of: "Scene", shares: scenes, total }) : null
  }${costChart({ title: "Cost by model", of: "Model", shares: models, total })}`;
}

function remarksByShot({ diagnostics, shotAt }: AdmittedPlan): Remarks {
  return groupBy(diagnostics, ({ place }) => (place === null ? null : shotAt(place)));
}

function costAnswer({ totals, verdict }: AdmittedPlan): Html {
  const all = totals.cost === totals.toSpend;
  return answer(
    "What it costs",
    money(totals.cost),
    html`<p>
      ${counted(totals.lines, "line")}, ${totals.seconds} s of video;
      ${all ? "all of it" : money(totals.toSpend)} to
      spend${verdict === "over-budget" ? " under the caps" : ""}.
    </p>`,
  );
}

function fitAnswer(plan: AdmittedPlan, sheet: TopSheet, gates: readonly Gate[]): Html {
  const failed = gates.filter(({ passed }) => !passed);
  const count = plan.moneyCaps.length + plan.paceCaps.length;
  const standing = { ok: "ok", warn: "warn", "over-budget": "over" } as const;
  const waiting = plan.lines.filter(({ state }) => state === "over-cap").length;
  const tightest = tightestOf(sheet.caps);
  return answer(
    "Does it fit",
    verdictInWords(plan),
    html`<p>
        ${waiting === 0 ? null : html`${counted(waiting, "line")} would not start. `}${
          tightest === undefined
            ? null
            : html`${count > 1 ? `The tightest of ${count} caps` : "Its cap"}:
              ${holdsInWords(tightest)}, ${inShort(tightest)}.`
        }${count === 0 ? "State a budget in the manifest, and the plan is held against it." : null}
      </p>
      ${failed.map((gate) => html`<p class="failed"><b>Failed:</b> ${gateInWords(gate)}.</p>`)}`,
    failed.length > 0 ? "over" : standing[plan.verdict],
  );
}

function inShort(cap: ShownCap): Html {
  if (cap.tooSmall) return html`is less than a single line costs`;
  if (cap.takes !== null) return html`${money(cap.limit)}, takes ${cap.takes}`;
  return html`${leftOf(cap)} ${cap.left < 0 ? null : "of"} ${money(cap.limit)}`;
}

const RANK: Readonly<Record<ShownCap["verdict"], number>> = { over: 0, warn: 1, ok: 2 };

/** The worst first; among those, the one that the smallest part is left of. */
function tightestOf(caps: readonly ShownCap[]): ShownCap | undefined {
  const part = ({ left, limit }: ShownCap): number => left / Math.max(limit, 1);
  return caps.toSorted((a, b) => RANK[standingOf(a)] - RANK[standingOf(b)] || part(a) - part(b))[0];
}

const MOST_TODO = 3;

function attentionAnswer(todo: readonly Todo[]): Html {
  const heading = "What needs attention";
  if (todo.length === 0) {
    const words = html`<p>No warning, and no line that waits for someone.</p>`;
    return answer(heading, "Nothing.", words, "ok");
  }
  return answer(
    heading,
    `${counted(todo.length, "thing")}.`,
    html`<ul>
        ${todo.slice(0, MOST_TODO).map(({ words }) => html`<li>${theirs(words)}</li>`)}
      </ul>
      <p>
        <a href="#attention">${todo.length > MOST_TODO ? `All ${todo.length}` : "What to do"}</a>
      </p>`,
    "warn",
  );
}

/** What the figures rest on: prices, notes, approvals, and the prints of what was read. */
function origin(plan: AdmittedPlan, list: readonly string[], said: readonly string[]): Html {
  const { priceBook, priceFile, manifests, ledger, campaign } = plan;
  const facts: readonly (readonly [string, Html])[] = [
    [
      "Prices",
      html`List of
        ${priceBook.asOf}${priceBook.ownAsOf === null ? null : html`, your own of ${priceBook.ownAsOf}`}${priceFile === null ? null : html` (${theirs(priceFile)})`},
        print <code>${priceBookPrint(priceBook)}</code>`,
    ],
    ...manifests.map(
      ({ path, sha256 }) =>
        ["Manifest", html`${theirs(path)}, SHA-256 <code>${sha256 ?? "unknown"}</code>`] as const,
    ),
    [
      "Ledger",
      ledger === null ? html`none: everything counts as unbought` : html`<code>${ledger}</code>`,
    ],
    ["Time zone", html`${campaign.timezone}`],
  ];
  return notes([...said, ...list].map(theirs), facts);
}
