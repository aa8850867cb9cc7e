import { counted } from "../../diagnostics/printable.ts";
import type { AdmittedPlan } from "../../plan/admit.ts";
import type { Gate } from "../../plan/gate.ts";
import { gateInWords } from "../gates.ts";
import { type ShownCap, type TopSheet, verdictInWords } from "../top-sheet.ts";
import type { Todo } from "./attention.ts";
import { holdsInWords, leftOf, type Standing, standingOf } from "./cap-gauges.ts";
import { money, theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";

/** What someone opens the page for: what it costs, whether it fits, and what there is to do. */
export function answers(
  plan: AdmittedPlan,
  sheet: TopSheet,
  gates: readonly Gate[],
  todo: readonly Todo[],
): Html {
  return html`<section class="answers" aria-label="In short">
    ${costAnswer(plan)} ${fitAnswer(plan, sheet, gates)} ${attentionAnswer(todo)}
  </section>`;
}

function costAnswer({ totals, verdict }: AdmittedPlan): Html {
  const all = totals.cost === totals.toSpend;
  return html`<div class="answer">
    <h2>What it costs</h2>
    <p class="figure">${money(totals.cost)}</p>
    <p>
      ${counted(totals.lines, "line")}, ${totals.seconds} s of video;
      ${all ? "all of it" : money(totals.toSpend)} to
      spend${verdict === "over-budget" ? " under the caps" : ""}.
    </p>
  </div>`;
}

function fitAnswer(plan: AdmittedPlan, sheet: TopSheet, gates: readonly Gate[]): Html {
  const failed = gates.filter(({ passed }) => !passed);
  const count = plan.moneyCaps.length + plan.paceCaps.length;
  const standing = { ok: "ok", warn: "warn", "over-budget": "over" }[plan.verdict];
  const waiting = plan.lines.filter(({ state }) => state === "over-cap").length;
  const tightest = tightestOf(sheet.caps);
  return html`<div class="answer ${failed.length > 0 ? "over" : standing}">
    <h2>Does it fit</h2>
    <p class="figure">${verdictInWords(plan)}</p>
    <p>
      ${waiting === 0 ? null : html`${counted(waiting, "line")} would not start. `}${
        tightest === undefined
          ? null
          : html`${count > 1 ? `The tightest of ${count} caps` : "Its cap"}:
            ${holdsInWords(tightest)}, ${inShort(tightest)}.`
      }${count === 0 ? "State a budget in the manifest, and the plan is held against it." : null}
    </p>
    ${failed.map((gate) => html`<p class="failed"><b>Failed:</b> ${gateInWords(gate)}.</p>`)}
  </div>`;
}

function inShort(cap: ShownCap): Html {
  if (cap.tooSmall) return html`is less than a single line costs`;
  if (cap.takes !== null) return html`${money(cap.limit)}, takes ${cap.takes}`;
  return html`${leftOf(cap)} ${cap.left < 0 ? null : "of"} ${money(cap.limit)}`;
}

const RANK: Readonly<Record<Standing, number>> = { over: 0, warn: 1, ok: 2 };

/** The worst first; among those, the one that the smallest part is left of. */
function tightestOf(caps: readonly ShownCap[]): ShownCap | undefined {
  const part = ({ left, limit }: ShownCap): number => left / Math.max(limit, 1);
  return caps.toSorted((a, b) => RANK[standingOf(a)] - RANK[standingOf(b)] || part(a) - part(b))[0];
}

function attentionAnswer(todo: readonly Todo[]): Html {
  return html`<div class="answer ${todo.length === 0 ? "ok" : "warn"}">
    <h2>What needs attention</h2>
    <p class="figure">${todo.length === 0 ? "Nothing." : `${counted(todo.length, "thing")}.`}</p>
    ${
      todo.length === 0
        ? html`<p>No warning, and no line that waits for someone.</p>`
        : html`<ul>
              ${todo.slice(0, MOST).map(({ words }) => html`<li>${theirs(words)}</li>`)}
            </ul>
            <p>
              <a href="#attention">${todo.length > MOST ? `All ${todo.length}` : "What to do"}</a>
            </p>`
    }
  </div>`;
}

const MOST = 3;
