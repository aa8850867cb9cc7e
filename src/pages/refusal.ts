import { explained } from "../diagnostics/diagnostic.ts";
import { minute } from "../diagnostics/printable.ts";
import type { MadePlan } from "../plan/make-plan.ts";
import { tally } from "../report/diagnostics-text.ts";
import { documentOf } from "./document.ts";
import { html, theirs } from "./html.ts";

const MOST = 200;

/** Why there is no plan: every mistake, with its place. */
export function refusal({ origin, diagnostics }: MadePlan, now: number): string {
  const name = origin.campaign.name === "" ? "topsheet" : origin.campaign.name;
  const left = diagnostics.length - MOST;
  return documentOf(
    `${name} · no plan`,
    html`<header>
        <p class="kicker">Top sheet</p>
        <h1>${theirs(name)}</h1>
        <p class="quiet">${minute(now)}</p>
      </header>
      <main>
        <section class="answers" aria-label="In short">
          <div class="answer over">
            <h2>There is no plan</h2>
            <p class="figure">The manifest is wrong.</p>
            <p>${tally(diagnostics)}. Nothing is priced, and nothing would be bought.</p>
          </div>
        </section>
        <section>
          <h2>What is wrong</h2>
          ${diagnostics
            .slice(0, MOST)
            .map(
              (diagnostic) => html`<pre dir="ltr">${explained(diagnostic)}</pre> `,
            )}${left > 0 ? html`<p class="quiet">And ${left} more; the JSON has them all.</p>` : null}
        </section>
      </main>`,
  );
}
