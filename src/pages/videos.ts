import { findVendor } from "../catalogue/models.ts";
import type { UnderWay } from "../cli/buying/run-board.ts";
import { formatCount, formatDuration } from "../diagnostics/printable.ts";
import type { Hold } from "../ledger/hold.ts";
import { listWarnings } from "../report/run-report.ts";
import { renderRemark, renderRemarks } from "./attention.ts";
import { renderRest, renderSection } from "./document.ts";
import { html, type Html, isolate } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";

// A page of more players would take too long to open.
const MOST_VIDEOS = 500;

// Only so many load their first frame with the page, which they slow down; others load when play is pressed.
const MOST_FIRST_FRAMES = 40;
const HEIGHT = 300;

/** Shows a player for each delivered video, or says that its file is missing. Addresses by hold. */
export function renderVideos(
  holds: readonly Hold[],
  addresses: ReadonlyMap<string, string | null>,
  /** False if a server would have to send them again with each update. */
  firstFrames = true,
): Html | null {
  const delivered = holds.filter(({ delivery }) => delivery !== null);
  if (delivered.length === 0) return null;
  const cards = html`<div class="cards videos">
      ${delivered
        .slice(0, MOST_VIDEOS)
        .map((hold, index) =>
          renderVideo(
            hold,
            addresses.get(hold.id) ?? null,
            firstFrames && index < MOST_FIRST_FRAMES,
          ),
        )}
    </div>
    ${renderRest(delivered.length - MOST_VIDEOS, "video")}`;
  return renderSection("videos", "Videos", cards);
}

function renderVideo(hold: Hold, address: string | null, firstFrame: boolean): Html | null {
  const { key, delivery, seconds } = hold;
  if (delivery === null) return null;
  const { path, width, height, bytes } = delivery;
  const [across, down] =
    width !== null && height !== null && height > 0 ? [width, height] : [16, 9];
  const shape = `width:${Math.round((HEIGHT * across) / down)}px;aspect-ratio:${across}/${down}`;
  const facts = [
    `${delivery.seconds ?? "?"} s of ${seconds} s`,
    ...(width === null || height === null ? [] : [`${width} × ${height}`]),
    ...(delivery.audio === null ? [] : [delivery.audio ? "sound" : "no sound"]),
    bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`,
  ];
  const warnings = listWarnings(hold);
  return html`<div>
    <article class="card">
      <h3>${isolate(key)}</h3>
      ${
        address === null
          ? html`<p class="gone" style="${shape}">
              <span>
                <b>Missing:</b> ${isolate(path)}<br />
                <code>topsheet fetch</code> downloads it while ${findVendor(hold.endpoint).name}
                still has it.
              </span>
            </p>`
          : html`<video
              controls
              preload="${firstFrame ? "metadata" : "none"}"
              src="${encodePath(address)}"
              style="${shape}"
              aria-label="${key}"
            ></video>`
      }
      <p class="facts">${facts.join(" · ")}</p>
      ${renderRemarks(warnings.map((warning) => renderRemark("warning", isolate(warning))))}
    </article>
  </div> `;
}

/** Returns a path as an address relative to the page. `javascript:` in it stays the name of a folder. */
function encodePath(path: string): string {
  const address = path.split(/[/\\]/).map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${address}` : `./${address}`;
}

// Nobody can read more rows while they change.
const MOST_LINES = 40;

const COLUMNS: readonly PageColumn<UnderWay>[] = [
  { name: "line", kind: "text", value: ({ key }) => key },
  { name: "stage", kind: "text", value: ({ stage }) => stage },
  {
    name: "for",
    kind: "count",
    value: ({ took, usually }) =>
      `${took === null ? "–" : formatDuration(took)}${usually === null ? "" : ` of about ${formatDuration(usually)}`}`,
  },
];

/** Shows what the run that serves the page is working on. */
export function renderUnderWay(lines: readonly UnderWay[]): Html | null {
  if (lines.length === 0) return null;
  const rows = lines.slice(0, MOST_LINES);
  const shown = renderTable({
    caption: "Lines under way",
    look: "figures",
    columns: COLUMNS,
    rows,
  });
  const heading = html`Under way <small>${formatCount(lines.length, "line")}</small>`;
  return renderSection("under-way", heading, [
    shown,
    renderRest(lines.length - MOST_LINES, "line"),
  ]);
}
