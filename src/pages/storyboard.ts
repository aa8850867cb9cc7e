import { findModel } from "../catalogue/models.ts";
import { readPrompts } from "../catalogue/rules/prompts.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { formatCount, shorten } from "../diagnostics/printable.ts";
import { sum } from "../money.ts";
import { groupBy } from "../plan/group-by.ts";
import type { AdmittedLine } from "../plan/plan.ts";
import { describeBasis, describeLineState } from "../report/top-sheet.ts";
import { makeCardId, renderDiagnostics } from "./attention.ts";
import { type FilmScene, type FilmShot, splitIntoScenes } from "./timeline.ts";
import { html, type Html, renderMoney, type Piece, formatRunningTime, isolate } from "./html.ts";

/** Diagnostics by the id of their shot; null is the key of those about no shot. */
export type Remarks = ReadonlyMap<string | null, readonly Diagnostic[]>;

// A page of more cards would take too long to open.
const MOST_CARDS = 2_000;

/** Shows a card for each shot in the order of the film; a scene's name stands above its first shot. */
export function renderStoryboard(shots: readonly FilmShot[], remarks: Remarks): Html {
  const rest = shots.slice(MOST_CARDS);
  const scenes = splitIntoScenes(shots.slice(0, MOST_CARDS));
  return html`<div class="cards">
      ${scenes.flatMap((scene) =>
        scene.shots.map(
          (shot, index) =>
            html`<div>
              ${index === 0 ? renderHeading(scene) : null}${renderCard(shot, remarks.get(shot.id) ?? [])}
            </div> `,
        ),
      )}
    </div>
    ${
      rest.length === 0
        ? null
        : html`<p class="quiet">
            And ${formatCount(rest.length, "more shot")} for
            ${renderMoney(sum(rest.map(({ cost }) => cost)))}; the CSV has them all.
          </p>`
    }`;
}

function renderHeading({ scene, shots, seconds, cost }: FilmScene): Html {
  const count = formatCount(shots.length, "shot");
  return html`<h3>
    ${scene === null ? "No scene" : ["Scene ", isolate(scene)]}
    <small>${count} · ${seconds} s of film · ${renderMoney(cost)}</small>
  </h3>`;
}

function renderCard(
  { id, lines, from, seconds, cost }: FilmShot,
  remarks: readonly Diagnostic[],
): Html {
  return html`<article class="card" id="${makeCardId(id)}">
    <h4>${isolate(id)} <b>${renderMoney(cost)}</b></h4>
    <div class="shape">
      ${renderFrames(lines)}
      <p class="facts">
        ${seconds} s,
        ${formatRunningTime(from)}–${formatRunningTime(from + seconds)}${listSharedFacts(lines).map((fact) => html`<br />${fact}`)}
      </p>
    </div>
    ${renderLines(lines)}${renderDiagnostics(remarks)}
  </article>`;
}

const LONGEST_VALUE = 120;

/** Returns the input that all lines of a shot share. What differs is shown at each line. */
function listSharedFacts(lines: readonly AdmittedLine[]): readonly Piece[] {
  const [first] = lines;
  if (first === undefined) return [];
  const models = [...new Set(lines.map(({ model }) => model))];
  const shared = Object.entries(first.input).filter(([field, value]) =>
    lines.every(({ input }) => input === first.input || isSame(input[field], value)),
  );
  return [
    ...models,
    ...shared.flatMap(([field, value]) => renderField(field, value)),
    ...(first.priority === 0 ? [] : [`priority ${first.priority}`]),
    ...first.tags.map((tag) => isolate(`#${tag}`)),
  ];
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Renders an input field, unless the card shows it elsewhere. */
function renderField(field: string, value: unknown): readonly Piece[] {
  switch (field) {
    case "prompt":
    case "multi_prompt":
    case "duration":
    case "aspect_ratio":
      return [];
    case "generate_audio":
      return [value === true ? "audio on" : "audio off"];
    case "shot_type":
      // This is its only value, and the parts of the prompt show it.
      return value === "customize" ? [] : [renderNamed(field, value)];
    case "elements":
      return [formatCount(Array.isArray(value) ? value.length : 1, "element")];
    case "image_urls":
      return [formatCount(Array.isArray(value) ? value.length : 1, "image")];
    default:
      return [renderNamed(field, value)];
  }
}

function renderNamed(field: string, value: unknown): Piece {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return html`<span><code>${field}</code> ${isolate(shorten(text, LONGEST_VALUE))}</span>`;
}

const HEIGHT = 72;

/** Draws an empty frame for each aspect ratio of a shot. */
function renderFrames(lines: readonly AdmittedLine[]): Html {
  const ratios = [...new Set(lines.map(findRatio))];
  return html`${ratios.map(renderFrame)}`;
}

/** Returns the stated ratio, or the model's default. */
function findRatio({ input, endpoint }: Pick<AdmittedLine, "input" | "endpoint">): string | null {
  const stated = input["aspect_ratio"];
  if (typeof stated === "string") return stated;
  const usual = findModel(endpoint)?.input.shape["aspect_ratio"]?.safeParse(undefined).data;
  return typeof usual === "string" ? usual : null;
}

function renderFrame(ratio: string | null): Html {
  const [width = 0, height = 0] = (ratio ?? "").split(":").map(Number);
  // A ratio that is not known, such as that of an image, has no frame.
  if (ratio === null || !(width > 0 && height > 0))
    return html`<span class="frame none">any shape</span>`;
  const across = Math.round((HEIGHT * width) / height);
  return html`<span class="frame" style="width:${across}px;aspect-ratio:${width}/${height}"
    >${ratio}</span
  >`;
}

// A longer prompt is folded on a screen and shown in full on paper.
const LONG = 260;

function renderPrompts({ input }: AdmittedLine): Html {
  const parts = readPrompts(input);
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && only.seconds === null) {
    return renderPrompt(only.prompt);
  }
  return html`<ol class="parts">
    ${parts.map(
      ({ prompt, seconds }) =>
        html`<li>
          ${seconds === null ? null : html`<b>${seconds} s</b>`}${renderPrompt(prompt)}
        </li>`,
    )}
  </ol>`;
}

function renderPrompt(prompt: string): Html {
  if (prompt.length <= LONG) return html`<p class="prompt" dir="auto">${prompt}</p>`;
  return html`<details class="prompt">
    <summary dir="auto">${shorten(prompt, LONG)}</summary>
    <p dir="auto">${prompt}</p>
  </details>`;
}

const MOST_LINES = 8;
const MOST_PROMPTS = 6;

/** Shows each prompt of a shot with the lines that are generated from it. */
function renderLines(lines: readonly AdmittedLine[]): Html {
  const byPrompt = groupBy(lines, ({ input }) => JSON.stringify(readPrompts(input)));
  const groups = [...byPrompt.values()].map(renderGroup);
  const rest = groups.slice(MOST_PROMPTS);
  return html`${groups.slice(0, MOST_PROMPTS)}${foldRest(rest, "more prompt", null, rest)}`;
}

/** Folds away what there is no room for. Returns null if there is room for everything. */
function foldRest(rest: readonly unknown[], thing: string, cost: Piece, body: Piece): Html | null {
  if (rest.length === 0) return null;
  return html`<details>
    <summary>and ${formatCount(rest.length, thing)}${cost}</summary>
    ${body}
  </details>`;
}

function renderGroup(lines: readonly [AdmittedLine, ...AdmittedLine[]]): Html {
  const oneTake = lines.every(({ take }) => take === 1);
  const rows = lines.map((line) => renderLine(line, oneTake));
  const rest = lines.slice(MOST_LINES);
  const cost = html` for ${renderMoney(sum(rest.map((line) => line.cost)))}`;
  const list = (items: Piece): Html =>
    html`<ul class="lines">
      ${items}
    </ul>`;
  return html`${renderPrompts(lines[0])}${list(rows.slice(0, MOST_LINES))}
  ${foldRest(rest, "more line", cost, list(rows.slice(MOST_LINES)))}`;
}

function renderLine(line: AdmittedLine, oneTake: boolean): Html {
  return html`<li>
    <span>${renderLabel(line, oneTake)}</span
    ><span>${describeBasis(line)}</span>${renderMoney(line.cost)}<i class="${line.state}"
      >${describeLineState(line.state)}</i
    >
  </li>`;
}

/** Returns what tells a line from others of its shot: `16:9 · silver · take 2`. */
function renderLabel({ variant, take }: AdmittedLine, oneTake: boolean): Piece {
  const values = Object.entries(variant).map(([name, value]) =>
    // A number or a yes means nothing without its name.
    /^(?:[\d.]+|true|false)$/.test(value) ? `${name} ${value}` : value,
  );
  if (values.length > 0 && oneTake) return values.map(renderPartOfLabel);
  return [...values, `take ${take}`].map(renderPartOfLabel);
}

function renderPartOfLabel(part: string, index: number): Piece {
  return [index > 0 ? " · " : null, isolate(part)];
}
