import { counted } from "../../diagnostics/printable.ts";
import { cents, exact, type MicroUsd, NOTHING, sum } from "../../money/usd.ts";
import type { PlanDiff, Reason, ShotDiff } from "../../plan/diff.ts";
import { movedBy, signed, why } from "../diff.ts";
import { money, theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";
import { type Step, waterfall } from "./waterfall.ts";

// A page of more rows is read by no one.
const MOST_ROWS = 2_000;

/** What moves a cost, summed by reason, then shot by shot. */
export function changes(diff: PlanDiff): Html {
  if (diff.shots.length === 0) return html`<p>Nothing differs.</p>`;
  const moved = movesOf(diff.shots);
  const steps: readonly Step[] = [
    { name: "Before", amount: diff.before.cost, whole: true },
    ...moved.map(({ name, amount }) => ({ name, amount, whole: false })),
    { name: "After", amount: diff.after.cost, whole: true },
  ];
  return html`<figure class="chart">
      <figcaption>From before to after, by reason</figcaption>
      <div class="wide">${waterfall(steps, 920)}</div>
      <div class="narrow">${waterfall(steps, 330)}</div>
      <details>
        <summary>Figures: by reason</summary>
        ${reasonTable(diff, moved)}
      </details>
    </figure>
    ${shotTable(diff)}`;
}

interface Move {
  readonly name: string;
  readonly lines: number;
  readonly amount: MicroUsd;
}

/** Reasons that move nothing are told at their shots. */
function movesOf(shots: readonly ShotDiff[]): readonly Move[] {
  const moves = new Map<string, Reason[]>();
  for (const { change, reasons } of shots) {
    for (const reason of reasons) {
      if (reason.amount === NOTHING) continue;
      const name = reasonName(reason.what, change);
      moves.set(name, [...(moves.get(name) ?? []), reason]);
    }
  }
  return [...moves].map(([name, reasons]) => ({
    name,
    lines: reasons.reduce((count, { lines }) => count + lines, 0),
    amount: sum(reasons.map(({ amount }) => amount)),
  }));
}

function reasonName(what: Reason["what"], change: ShotDiff["change"]): string {
  switch (what) {
    case "shot":
      return change === "added" ? "Shots added" : "Shots dropped";
    case "matrix":
      return "Combinations";
    case "takes":
      return "Takes";
    case "seconds":
      return "Seconds";
    case "model":
      return "Model";
    case "audio":
      return "Audio";
    case "elements":
      return "Elements";
    case "price":
      return "Price book";
    case "input":
      return "Input";
  }
}

function reasonTable({ before, after }: PlanDiff, moves: readonly Move[]): Html {
  return html`<table class="figures">
    <caption class="unseen">
      From before to after, by reason
    </caption>
    <thead>
      <tr>
        <th scope="col">Reason</th>
        <th scope="col">Lines</th>
        <th scope="col">Moves</th>
      </tr>
    </thead>
    <tbody>
      <tr>
        <th scope="row">Before</th>
        <td>${before.lines}</td>
        <td>${money(before.cost)}</td>
      </tr>
      ${moves.map(
        ({ name, lines, amount }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${lines}</td>
            <td>${move(amount)}</td>
          </tr> `,
      )}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">After</th>
        <td>${after.lines}</td>
        <td>${money(after.cost)}</td>
      </tr>
    </tfoot>
  </table>`;
}

function shotTable({ shots, same, before, after }: PlanDiff): Html {
  const shown = shots.slice(0, MOST_ROWS);
  const left = shots.length - shown.length;
  const columns = ["Shot", "Change", "Before", "After", "Moves", "Why"];
  return html`<table class="moves" role="table">
      <caption class="unseen">
        Every shot that changes, with its cost before and after, and why
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${shown.map(shotRow)}
      </tbody>
      <tfoot role="rowgroup">
        <tr role="row">
          <th role="rowheader" scope="row">Total</th>
          <td role="cell"></td>
          <td role="cell" data-title="Before">${money(before.cost)}</td>
          <td role="cell" data-title="After">${money(after.cost)}</td>
          <td role="cell" data-title="Moves">${move(movedBy({ before, after }))}</td>
          <td role="cell"></td>
        </tr>
      </tfoot>
    </table>
    ${left === 0 ? null : html`<p class="quiet">And ${counted(left, "more shot")}; the JSON has them all.</p>`}
    ${same === 0 ? null : html`<p class="quiet">${counted(same, "shot")} the same.</p>`}`;
}

function shotRow(shot: ShotDiff): Html {
  const { before, after, change } = shot;
  return html`<tr role="row">
    <th role="rowheader" scope="row">${theirs(shot.shot)}</th>
    <td role="cell" class="change">${change}</td>
    <td role="cell" data-title="Before">${change === "added" ? null : money(before.cost)}</td>
    <td role="cell" data-title="After">${change === "dropped" ? null : money(after.cost)}</td>
    <td role="cell" data-title="Moves">${move(movedBy(shot))}</td>
    <td role="cell" class="why">${theirs(why(shot))}</td>
  </tr> `;
}

/** An amount with its sign: what is more, and what is less. */
function move(amount: MicroUsd): Html {
  return html`<data value="${exact(amount)}">${signed(amount, cents)}</data>`;
}
