import { counted, minute } from "../../diagnostics/printable.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { Gate } from "../../plan/gate.ts";
import type { MadePlan } from "../../plan/make-plan.ts";
import { rehearsalInWords, type TopSheet, topSheet } from "../top-sheet.ts";
import { answers } from "./answers.ts";
import { attentionList, todoOf } from "./attention.ts";
import type { PlanDiff } from "../../plan/diff.ts";
import { capGauges } from "./cap-gauges.ts";
import { changes } from "./changes.ts";
import { costChart } from "./cost-chart.ts";
import { costShares, shareOf } from "./cost-shares.ts";
import { documentOf } from "./document.ts";
import { money, theirs } from "./figures.ts";
import { filmOf } from "./film.ts";
import { html, type Html } from "./html.ts";
import { origin } from "./origin.ts";
import { refusal } from "./refusal.ts";
import { type Remarks, storyboard } from "./storyboard.ts";
import { timeline } from "./timeline.ts";

/** What stands beside a plan on its page. */
export interface AroundPlan {
  readonly gates: readonly Gate[];
  /** What it costs that the one before does not; null where there is none before. */
  readonly difference: PlanDiff | null;
  /** The plan before, as a person names it; null for none. */
  readonly base: string | null;
  /** Approvals in words, and what the campaign's last run adds to its terms. */
  readonly said: readonly string[];
  /** That lines need an approval which they have not; null where none do. */
  readonly unapproved: string | null;
  /** Milliseconds UTC. */
  readonly now: number;
}

/** The top sheet, the caps, the film and its storyboard on one page, for someone who never opens a terminal. */
export function planPage(
  made: MadePlan,
  admitted: AdmittedPlan | null,
  around: AroundPlan,
): string {
  if (admitted === null) return refusal(made, around.now);
  const sheet = topSheet(admitted);
  const todo = todoOf(admitted, around.unapproved);
  const film = filmOf(admitted.lines);
  const length = film.reduce((seconds, shot) => seconds + shot.seconds, 0);
  const { name } = admitted.campaign;
  const rehearsal = rehearsalInWords(admitted);
  return documentOf(
    `${name} · top sheet${rehearsal}`,
    html`<header>
        <p class="kicker">Top sheet${rehearsal}</p>
        <h1>${theirs(name)}</h1>
        <p class="quiet">
          Made ${minute(around.now)} from
          ${admitted.manifests.map(({ path }, index) => [index > 0 ? ", " : "", theirs(path)])}
        </p>
      </header>
      <main>
        ${answers(admitted, sheet, around.gates, todo)}
        ${todo.length === 0 ? null : attentionList(todo, admitted.shotAt)}
        ${
          around.difference === null
            ? null
            : html`<section id="changes">
                <h2>
                  What changes <small>against ${theirs(around.base ?? "the plan before")}</small>
                </h2>
                ${changes(around.difference)}
              </section>`
        }
        <section id="cost">
          <h2>Cost</h2>
          <div class="split">
            ${sheetTable(sheet, admitted)}
            <div>${charts(admitted)}</div>
          </div>
        </section>
        ${
          sheet.caps.length === 0
            ? null
            : html`<section id="caps">
                <h2>Caps</h2>
                ${capGauges(sheet)}
              </section>`
        }
        ${
          film.length === 0
            ? null
            : html`<section id="film">
                  <h2>The film <small>${counted(film.length, "shot")} · ${length} s</small></h2>
                  ${timeline(film)}
                </section>
                <section id="storyboard">
                  <h2>Storyboard</h2>
                  ${storyboard(film, remarksByShot(admitted))}
                </section>`
        }
        ${origin(admitted, sheet.notes, around.said)}
      </main>`,
  );
}

function sheetTable(sheet: TopSheet, { totals }: AdmittedPlan): Html {
  const scenes = sheet.rows.some((row) => row.scene !== null);
  return html`<table class="sheet">
    <caption class="unseen">
      Top sheet: every scene and model with its lines, seconds and cost
    </caption>
    <thead>
      <tr>
        ${scenes ? html`<th scope="col">Scene</th>` : null}
        <th scope="col">Model</th>
        <th scope="col">Lines</th>
        <th scope="col">Seconds</th>
        <th scope="col">Cost</th>
      </tr>
    </thead>
    <tbody>
      ${sheet.rows.map(
        (row, index) =>
          html`<tr>
            ${scenes ? sceneCell(row.scene, sheet.rows[index - 1]?.scene) : null}
            <td>${row.model}</td>
            <td>${row.lines}</td>
            <td>${row.seconds}</td>
            <td>${money(row.cost)}</td>
          </tr> `,
      )}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row" ${scenes ? html` colspan="2"` : null}>Total</th>
        <td>${totals.lines}</td>
        <td>${totals.seconds}</td>
        <td>${money(totals.cost)}</td>
      </tr>
    </tfoot>
  </table>`;
}

/** Written once for the rows of a scene, and there for whoever hears the table or copies it. */
function sceneCell(scene: string | null, above: string | null | undefined): Html {
  const name = theirs(scene ?? "–");
  return html`<td>${scene === above ? html`<span class="unseen">${name}</span>` : name}</td>`;
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
  const remarks = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const shot = diagnostic.place === null ? null : shotAt(diagnostic.place);
    if (shot === null) continue;
    const own = remarks.get(shot);
    if (own === undefined) remarks.set(shot, [diagnostic]);
    else own.push(diagnostic);
  }
  return remarks;
}
