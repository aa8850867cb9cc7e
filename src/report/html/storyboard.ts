import { counted } from "../../diagnostics/printable.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { sum } from "../../money/usd.ts";
import { factsOf } from "./facts.ts";
import { money, runningTime, theirs } from "./figures.ts";
import { type FilmScene, type FilmShot, scenesOf } from "./film.ts";
import { frames } from "./frame.ts";
import { html, type Html } from "./html.ts";
import { linesOf } from "./lines.ts";
import { cardOf, remark } from "./remarks.ts";

/** What is said of a shot, by its id. */
export type Remarks = ReadonlyMap<string, readonly Diagnostic[]>;

// A page of more cards would be too long to open, and no one would scroll it.
const MOST_CARDS = 2_000;

/** A card for each shot in the order of the film; the first of a scene has the scene's name above it. */
export function storyboard(shots: readonly FilmShot[], remarks: Remarks): Html {
  const rest = shots.slice(MOST_CARDS);
  const scenes = scenesOf(shots.slice(0, MOST_CARDS));
  return html`<div class="cards">
      ${scenes.flatMap((scene) =>
        scene.shots.map(
          (shot, index) =>
            html`<div>
              ${index === 0 ? heading(scene) : null}${card(shot, remarks.get(shot.id) ?? [])}
            </div> `,
        ),
      )}
    </div>
    ${
      rest.length === 0
        ? null
        : html`<p class="quiet">
            And ${counted(rest.length, "more shot")} for
            ${money(sum(rest.map(({ cost }) => cost)))}; the CSV has them all.
          </p>`
    }`;
}

function heading({ scene, shots, seconds, cost }: FilmScene): Html {
  return html`<h3>
    ${scene === null ? "No scene" : ["Scene ", theirs(scene)]}
    <small>${counted(shots.length, "shot")} · ${seconds} s of film · ${money(cost)}</small>
  </h3>`;
}

function card({ id, lines, from, seconds, cost }: FilmShot, remarks: readonly Diagnostic[]): Html {
  return html`<article class="card" id="${cardOf(id)}">
    <h4>${theirs(id)} <b>${money(cost)}</b></h4>
    <div class="shape">
      ${frames(lines)}
      <p class="facts">
        ${seconds} s,
        ${runningTime(from)}–${runningTime(from + seconds)}${factsOf(lines).map((fact) => html`<br />${fact}`)}
      </p>
    </div>
    ${linesOf(lines)}${
      remarks.length === 0
        ? null
        : html`<ul class="remarks">
            ${remarks.map((one) => remark(one))}
          </ul>`
    }
  </article>`;
}
