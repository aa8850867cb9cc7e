import { counted } from "../../diagnostics/printable.ts";
import { duration } from "../duration.ts";
import { theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";

// More rows than this are no longer read while they change.
const MOST_LINES = 40;

/** A line that a run has in hand this moment. */
export interface UnderWay {
  readonly key: string;
  /** `queued, 2 before it`, `generating`, `downloading`. */
  readonly stage: string;
  /** Milliseconds since it was taken in hand; null where nobody counts. */
  readonly took: number | null;
  /** What it usually takes in all, in milliseconds; null where that is not known. */
  readonly usually: number | null;
}

/** What the run that serves the page is at. */
export function underWay(lines: readonly UnderWay[]): Html | null {
  if (lines.length === 0) return null;
  const left = lines.length - MOST_LINES;
  return html`<section id="under-way">
    <h2>Under way <small>${counted(lines.length, "line")}</small></h2>
    <table class="figures">
      <caption class="unseen">
        Lines under way
      </caption>
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">Stage</th>
          <th scope="col">For</th>
        </tr>
      </thead>
      <tbody>
        ${lines.slice(0, MOST_LINES).map(
          ({ key, stage, took, usually }) =>
            html`<tr>
              <th scope="row">${theirs(key)}</th>
              <td>${stage}</td>
              <td>
                ${took === null ? "–" : duration(took)}${
                  usually === null ? null : ` of about ${duration(usually)}`
                }
              </td>
            </tr> `,
        )}
      </tbody>
    </table>
    ${left > 0 ? html`<p class="quiet">And ${left} more.</p>` : null}
  </section>`;
}
