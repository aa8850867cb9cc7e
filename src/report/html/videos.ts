import type { Hold } from "../../ledger/hold.ts";
import { warningsOf } from "../run-report.ts";
import { theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";

// A page of more players would be too long to open.
const MOST_VIDEOS = 500;

/** Every delivered video with its player, from its path: a page that lies where the run was started finds them. */
export function videos(
  holds: readonly Hold[],
  at: (hold: Hold) => string = besideThePage,
): Html | null {
  const delivered = holds.filter(({ delivery }) => delivery !== null);
  if (delivered.length === 0) return null;
  const left = delivered.length - MOST_VIDEOS;
  return html`<section id="videos">
    <h2>Videos</h2>
    <div class="cards videos">
      ${delivered.slice(0, MOST_VIDEOS).map((hold) => video(hold, at))}
    </div>
    ${left > 0 ? html`<p class="quiet">And ${left} more.</p>` : null}
  </section>`;
}

function video(hold: Hold, at: (hold: Hold) => string): Html | null {
  const { key, delivery, seconds } = hold;
  if (delivery === null) return null;
  const { width, height, bytes } = delivery;
  const shape = width !== null && height !== null && height > 0 ? `${width}/${height}` : "16/9";
  const facts = [
    `${delivery.seconds ?? "?"} s of ${seconds} s`,
    ...(width === null || height === null ? [] : [`${width} × ${height}`]),
    ...(delivery.audio === null ? [] : [delivery.audio ? "sound" : "no sound"]),
    bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`,
  ];
  const warnings = warningsOf(hold);
  return html`<div>
    <article class="card">
      <h3>${theirs(key)}</h3>
      <video
        controls
        preload="none"
        src="${at(hold)}"
        style="aspect-ratio:${shape}"
        aria-label="${key}"
      ></video>
      <p class="facts">${facts.join(" · ")}</p>
      ${
        warnings.length === 0
          ? null
          : html`<ul class="remarks">
              ${warnings.map((warning) => html`<li class="warning">${theirs(warning)}</li>`)}
            </ul>`
      }
    </article>
  </div> `;
}

/** A path as an address beside the page's own: `javascript:` in it is the name of a folder. */
function besideThePage({ delivery }: Hold): string {
  const path = delivery?.path ?? "";
  const encoded = path.split(/[/\\]/).map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${encoded}` : `./${encoded}`;
}
