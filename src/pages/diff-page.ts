import { formatCount, formatMinute } from "../diagnostics/printable.ts";
import { cents, type MicroUsd, NOTHING, sum } from "../money.ts";
import type { PlanDiff, Reason, ShotDiff } from "../plan/diff.ts";
import type { PlanSize } from "../plan/plan.ts";
import { groupBy } from "../plan/group-by.ts";
import type { PlanGate } from "../plan/check-gates.ts";
import { dropSign, subtractCosts, SHOT_COLUMNS, addSign } from "../report/diff.ts";
import { describeGate } from "../report/gates.ts";
import type { Compared } from "../report/subjects.ts";
import { renderDiagnostics } from "./attention.ts";
import { type Bar, drawBars, renderFigure, PAINT } from "./chart.ts";
import { renderAnswer, renderAnswers, renderPage, renderRest, renderSection } from "./document.ts";
import { html, type Html, renderMoney, isolate } from "./html.ts";
import { type PageColumn, renderTable } from "./table.ts";

/** The page of a difference: what a change costs, and why. */
export function renderDiffPage(compared: Compared): string {
  const { diff, campaign, before, after, gates, warnings, now } = compared;
  const remarks = renderDiagnostics(warnings);
  return renderPage({
    name: campaign,
    what: "what changes",
    made: [`Made ${formatMinute(now)} from `, isolate(before), " to ", isolate(after)],
    sections: [
      renderAnswers([
        renderCostAnswer(diff),
        renderShotsAnswer(diff),
        renderGateAnswer(gates ?? [], warnings.length),
      ]),
      remarks === null
        ? null
        : renderSection("warnings", "Warnings about the second plan", remarks),
      renderSection("changes", "What moves the cost", renderChanges(diff)),
    ],
  });
}

function renderCostAnswer(diff: PlanDiff): Html {
  const moved = subtractCosts(diff);
  const way = moved > 0 ? "more" : "less";
  return renderAnswer(
    "What it costs",
    moved === 0 ? "The same" : `${cents(dropSign(moved))} ${way}`,
    html`<p>${renderMoney(diff.before.cost)} before, ${renderMoney(diff.after.cost)} after.</p>`,
  );
}

function renderShotsAnswer({ shots, same, before, after }: PlanDiff): Html {
  const count = (change: string): number => shots.filter((shot) => shot.change === change).length;
  const kinds = (["added", "changed", "dropped"] as const)
    .filter((change) => count(change) > 0)
    .map((change) => `${count(change)} ${change}`);
  return renderAnswer(
    "What changes",
    shots.length === 0 ? "Nothing." : formatCount(shots.length, "shot"),
    html`<p>
      ${kinds.length === 0 ? null : `${kinds.join(", ")}; `}${formatCount(same, "shot")} the same.
      ${formatCount(before.lines, "line")}, ${before.seconds} s before;
      ${formatCount(after.lines, "line")}, ${after.seconds} s after.
    </p>`,
  );
}

function renderGateAnswer(gates: readonly PlanGate[], warnings: number): Html {
  const failed = gates.filter(({ passed }) => !passed);
  const warned = warnings > 0 ? formatCount(warnings, "warning") : "Nothing.";
  return renderAnswer(
    "What needs attention",
    failed.length > 0 ? "Failed." : warned,
    [
      [...failed, ...gates.filter(({ passed }) => passed)].map(
        (gate) =>
          html`<p>${gate.passed ? "Passed" : html`<b>Failed</b>`}: ${describeGate(gate)}.</p>`,
      ),
      gates.length === 0 ? html`<p>No limit was set.</p>` : null,
    ],
    failed.length > 0 ? "over" : warnings > 0 ? "warn" : "ok",
  );
}

// Nobody reads a page of more rows.
const MOST_ROWS = 2_000;

/** Shows what moves the cost, by reason and then by shot. */
export function renderChanges(diff: PlanDiff): Html {
  if (diff.shots.length === 0) return html`<p>Nothing differs.</p>`;
  const before = makeSum("Before", diff.before);
  const after = makeSum("After", diff.after);
  const steps = [before, ...sumByReason(diff.shots), after];
  const caption = "From before to after, by reason";
  const table = renderTable({
    caption,
    look: "figures",
    columns: STEP_COLUMNS,
    rows: steps.slice(0, -1),
    total: { label: after.name, row: after },
  });
  return html`${renderFigure({
    caption,
    wide: drawWaterfall(steps, 920),
    narrow: drawWaterfall(steps, 330),
    figures: { of: "by reason", table },
  })}
  ${renderShots(diff)}`;
}

/** A bar of a waterfall: either a whole sum, or a change of the bar before it. */
interface Step {
  readonly name: string;
  readonly lines: number;
  readonly amount: MicroUsd;
  readonly whole: boolean;
}

const STEP_COLUMNS: readonly PageColumn<Step>[] = [
  { name: "reason", kind: "text", value: ({ name }) => name },
  { name: "lines", kind: "count", value: ({ lines }) => lines },
  { name: "moves", kind: "usd", value: ({ amount }) => amount, words: describeStep },
];

function describeStep({ amount, whole }: Step): string {
  return whole ? cents(amount) : addSign(amount, cents);
}

function makeSum(name: string, { lines, cost }: PlanSize): Step {
  return { name, lines, amount: cost, whole: true };
}

/** Draws the way from one sum to another, the first step on top. */
function drawWaterfall(steps: readonly Step[], width: number): Html {
  let reached = 0;
  const rows = steps.map((step): Bar => {
    const { name, amount, whole } = step;
    const from = whole ? 0 : reached;
    reached = from + amount;
    const paint = whole ? PAINT.spent : amount > 0 ? PAINT.planned : PAINT.later;
    return {
      name,
      parts: [
        { paint: "none", size: Math.min(from, reached) },
        { paint, size: Math.abs(amount) },
      ],
      label: describeStep(step),
    };
  });
  return drawBars(rows, width, { names: 132, labels: 84 });
}

/** Leaves out reasons that move no cost: the table of shots has them. */
function sumByReason(shots: readonly ShotDiff[]): readonly Step[] {
  const reasons = shots.flatMap((shot) =>
    shot.reasons
      .filter(({ amount }) => amount !== NOTHING)
      .map((reason) => ({ ...reason, name: nameReason(reason.what, shot.change) })),
  );
  return [...groupBy(reasons, ({ name }) => name)].map(([name, own]) => ({
    name,
    lines: own.reduce((count, { lines }) => count + lines, 0),
    amount: sum(own.map(({ amount }) => amount)),
    whole: false,
  }));
}

const REASONS: Readonly<Record<Exclude<Reason["what"], "shot">, string>> = {
  matrix: "Combinations",
  takes: "Takes",
  seconds: "Seconds",
  model: "Model",
  audio: "Audio",
  elements: "Elements",
  price: "Price book",
  input: "Input",
};

function nameReason(what: Reason["what"], change: ShotDiff["change"]): string {
  if (what !== "shot") return REASONS[what];
  return change === "added" ? "Shots added" : "Shots dropped";
}

function renderShots({ shots, same, before, after }: PlanDiff): Html {
  return html`${renderTable({
    caption: "Every shot that changes, with its cost before and after, and why",
    look: "moves",
    columns: SHOT_COLUMNS,
    rows: shots.slice(0, MOST_ROWS),
    none: "",
    total: { label: "Total", row: { shot: "", change: "changed", before, after, reasons: [] } },
  })}
  ${renderRest(shots.length - MOST_ROWS, "shot", "the JSON")}
  ${same === 0 ? null : html`<p class="quiet">${formatCount(same, "shot")} the same.</p>`}`;
}
