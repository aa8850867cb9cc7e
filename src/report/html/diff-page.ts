import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { counted, minute } from "../../diagnostics/printable.ts";
import { cents } from "../../money/usd.ts";
import type { PlanDiff } from "../../plan/diff.ts";
import type { Gate } from "../../plan/gate.ts";
import { absolute, movedBy } from "../diff.ts";
import { gateInWords } from "../gates.ts";
import { changes } from "./changes.ts";
import { documentOf } from "./document.ts";
import { money, theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";
import { remark } from "./remarks.ts";

/** What a difference is between, and what stands beside it. */
export interface AroundDiff {
  readonly campaign: string;
  /** As a person names the two. */
  readonly before: string;
  readonly after: string;
  readonly gates: readonly Gate[];
  /** What the second warns of. */
  readonly warnings: readonly Diagnostic[];
  /** Milliseconds UTC. */
  readonly now: number;
}

/** What a change costs, and why, on a page. */
export function diffPage(diff: PlanDiff, around: AroundDiff): string {
  const { campaign, before, after, warnings, now } = around;
  return documentOf(
    `${campaign} · what changes`,
    html`<header>
        <p class="kicker">What changes</p>
        <h1>${theirs(campaign)}</h1>
        <p class="quiet">Made ${minute(now)} from ${theirs(before)} to ${theirs(after)}</p>
      </header>
      <main>
        <section class="answers" aria-label="In short">
          ${movedAnswer(diff)} ${whatAnswer(diff)} ${gateAnswer(around.gates, warnings.length)}
        </section>
        ${
          warnings.length === 0
            ? null
            : html`<section>
                <h2>What the second warns of</h2>
                <ul class="remarks">
                  ${warnings.map((warning) => remark(warning))}
                </ul>
              </section>`
        }
        <section id="changes">
          <h2>What moves the cost</h2>
          ${changes(diff)}
        </section>
      </main>`,
  );
}

function movedAnswer(diff: PlanDiff): Html {
  const moved = movedBy(diff);
  const way = moved > 0 ? "more" : "less";
  return html`<div class="answer">
    <h2>What it costs</h2>
    <p class="figure">${moved === 0 ? "The same" : `${cents(absolute(moved))} ${way}`}</p>
    <p>${money(diff.before.cost)} before, ${money(diff.after.cost)} after.</p>
  </div>`;
}

function whatAnswer({ shots, same, before, after }: PlanDiff): Html {
  const count = (change: string): number => shots.filter((shot) => shot.change === change).length;
  const kinds = (["added", "changed", "dropped"] as const)
    .filter((change) => count(change) > 0)
    .map((change) => `${count(change)} ${change}`);
  return html`<div class="answer">
    <h2>What changes</h2>
    <p class="figure">${shots.length === 0 ? "Nothing." : counted(shots.length, "shot")}</p>
    <p>
      ${kinds.length === 0 ? null : `${kinds.join(", ")}; `}${counted(same, "shot")} the same.
      ${counted(before.lines, "line")}, ${before.seconds} s before; ${counted(after.lines, "line")},
      ${after.seconds} s after.
    </p>
  </div>`;
}

function gateAnswer(gates: readonly Gate[], warnings: number): Html {
  const failed = gates.filter(({ passed }) => !passed);
  const standing = failed.length > 0 ? "over" : warnings > 0 ? "warn" : "ok";
  const words =
    failed.length > 0 ? "Failed." : warnings > 0 ? counted(warnings, "warning") : "Nothing.";
  return html`<div class="answer ${standing}">
    <h2>What needs attention</h2>
    <p class="figure">${words}</p>
    ${[...failed, ...gates.filter(({ passed }) => passed)].map(
      (gate) => html`<p>${gate.passed ? "Passed" : html`<b>Failed</b>`}: ${gateInWords(gate)}.</p>`,
    )}
    ${gates.length === 0 ? html`<p>It was held against no limit.</p>` : null}
  </div>`;
}
