import type { UnderWay } from "../cli/buying/run-board.ts";
import { capitalize, formatCount } from "../diagnostics/printable.ts";
import { trustMarkup, html, type Html, type Piece, isolate } from "./html.ts";
import { STYLE } from "./style.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:";

/** The parts of a page: its header, and the sections below it. */
interface Page {
  /** What it is about, such as a campaign; empty if that is not known. */
  readonly name: string;
  /** What it is, such as `top sheet`; stands above its name. Empty if that says nothing. */
  readonly what: string;
  /** When and from what it was made; stands below its name. */
  readonly made: Piece;
  readonly sections: Piece;
  /** Null for a page that is a file. */
  readonly served?: Served | null;
}

/** What a page needs in addition while it is served. */
export interface Served {
  /** The only script that may run. It contains no text from outside. */
  readonly script: string;
  /** The Content-Security-Policy that allows that script and no other. */
  readonly policy: string;
  readonly underWay: readonly UnderWay[];
}

/**
 * Renders a page that stands alone: it has no script and makes no request, and its policy forbids both. It opens only
 * videos on this machine. A page that is served has the one script that keeps it up to date.
 */
export function renderPage({ name, what, made, sections, served = null }: Page): string {
  const live = html`<p id="live" role="status">Reload this page to see the latest.</p>`;
  const heading = name === "" ? "topsheet" : name;
  const title = what === "" ? heading : `${heading} · ${what}`;
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${served?.policy ?? POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${served === null ? null : html`<link rel="icon" href="data:," />`}
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header>
          <p class="kicker">${capitalize(what)}</p>
          <h1>${isolate(heading)}</h1>
          <p class="quiet">${made}</p>
          ${served === null ? null : live}
        </header>
        <main>${sections}</main>
        ${served === null ? null : trustMarkup(`<script>${served.script}</script>`)}
      </body>
    </html> `;
  return document.toString();
}

/** A part of a page under its own heading. */
export function renderSection(id: string, heading: Piece, body: Piece): Html {
  return html`<section id="${id}">
    <h2>${heading}</h2>
    ${body}
  </section>`;
}

/** The two or three figures for which people open a page. */
export function renderAnswers(list: Piece): Html {
  return html`<section class="answers" aria-label="In short">${list}</section>`;
}

/** One of these figures. `standing` gives its colour. */
export function renderAnswer(
  heading: string,
  figure: Piece,
  words: Piece,
  standing: "" | "ok" | "warn" | "over" = "",
): Html {
  return html`<div class="answer ${standing}">
    <h2>${heading}</h2>
    <p class="figure">${figure}</p>
    ${words}
  </div> `;
}

/** Says how many things are not shown, and what has them all. Returns null if all are shown. */
export function renderRest(left: number, thing: string, all?: string): Html | null {
  if (left <= 0) return null;
  const where = all === undefined ? "" : `; ${all} has them all`;
  return html`<p class="quiet">And ${formatCount(left, `more ${thing}`)}${where}.</p>`;
}

/** The end of each page: what its figures are based on. */
export function renderNotes(
  list: readonly Piece[],
  facts: readonly (readonly [name: string, value: Piece])[],
): Html {
  const body = html`<ul>
      ${list.map((note) => html`<li>${note}</li> `)}
    </ul>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div> `,
      )}
    </dl>`;
  return renderSection("origin", "Notes", body);
}
