import type { AdmittedPlan } from "../../plan/admit.ts";
import { priceBookPrint } from "../../plan/price-book-print.ts";
import { theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";

/** What the figures rest on: prices, notes, approvals, and the prints of what was read. */
export function origin(
  plan: AdmittedPlan,
  notes: readonly string[],
  said: readonly string[],
): Html {
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
  return html`<section id="origin">
    <h2>Notes</h2>
    <ul>
      ${[...said, ...notes].map((note) => html`<li>${theirs(note)}</li>`)}
    </ul>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
