import type { UnderWay } from "../cli/buying/run-board.ts";
import { trusted, html, type Html, type Piece, isolate } from "./html.ts";
import { STYLE } from "./style.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:";

/** What a page says first, and what follows. */
interface Page {
  readonly title: string;
  /** What kind of page it is, above its name. */
  readonly kicker: Piece;
  readonly name: string;
  /** When, and from what, below its name. */
  readonly made: Piece;
  readonly sections: Piece;
  /** Null for a page that is a file. */
  readonly served?: Served | null;
}

/** What a page has beside its own while it is served. */
export interface Served {
  /** The one script that may run: nothing that a person wrote. */
  readonly script: string;
  /** Its Content-Security-Policy, which lets that script run and no other. */
  readonly policy: string;
  readonly underWay: readonly UnderWay[];
}

/**
 * A page that stands alone: no script, no request to anywhere, and should one get in, it is not allowed to run. Only
 * videos on this machine are opened, from where they are. One that is served has the script that keeps it up to date.
 */
export function renderPage({ title, kicker, name, made, sections, served = null }: Page): string {
  const live = html`<p id="live" role="status">Reload this page to see how it goes on.</p>`;
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
          <p class="kicker">${kicker}</p>
          <h1>${isolate(name)}</h1>
          <p class="quiet">${made}</p>
          ${served === null ? null : live}
        </header>
        <main>${sections}</main>
        ${served === null ? null : trusted(`<script>${served.script}</script>`)}
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

/** What a page is opened for: two or three figures with what they mean. */
export function renderAnswers(list: Piece): Html {
  return html`<section class="answers" aria-label="In short">${list}</section>`;
}

/** One of them; `standing` colours its figure. */
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

/** How many are not shown, and where they are; nothing if all are. */
export function renderRest(left: number, rest = "more."): Html | null {
  return left > 0 ? html`<p class="quiet">And ${left} ${rest}</p>` : null;
}

/** What the figures rest on, at the end of each page. */
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
