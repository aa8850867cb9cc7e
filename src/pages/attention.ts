import type { Diagnostic, Place, Severity } from "../diagnostics/diagnostic.ts";
import { capitalize, formatCount } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { LineState, FindShot } from "../plan/plan.ts";
import { renderRest, renderSection } from "./document.ts";
import { html, type Html, isolate, type Piece } from "./html.ts";

/** Something that a person should look at before the plan is run. */
export type Todo = Omit<Diagnostic, "code">;

/** Returns errors first, then lines whose outcome is open, then warnings in the order of the text. */
export function collectTodos(
  { diagnostics, lines }: AdmittedPlan,
  unapproved: string | null,
): readonly Todo[] {
  const open = STATES.flatMap(({ state, words, advice }) => {
    const found = lines.filter((line) => line.state === state).length;
    return found === 0 ? [] : [makeTodo(`${formatCount(found, "line")} ${words}`, advice)];
  });
  return [
    ...diagnostics.filter(({ severity }) => severity === "error"),
    ...open,
    ...(unapproved === null ? [] : [makeTodo(unapproved, null)]),
    ...diagnostics.filter(({ severity }) => severity === "warning"),
  ];
}

function makeTodo(message: string, hint: string | null): Todo {
  return { severity: "warning", message, hint, place: null };
}

const STATES: readonly {
  readonly state: LineState;
  readonly words: string;
  readonly advice: string;
}[] = [
  {
    state: "unknown",
    words: "of unknown outcome: the money stays held",
    advice: "topsheet status says where to look and what to paste",
  },
  {
    state: "failed",
    words: "failed",
    advice: "run with --retry-failed to retry those that cost nothing",
  },
  {
    state: "changed",
    words: "bought before, with other input",
    advice: "a run asks before it buys them again",
  },
  { state: "in-flight", words: "in flight", advice: "a run collects them" },
];

// A wrongly generated manifest can have a hundred thousand; the JSON has them all.
const MOST = 200;

export function renderTodos(todos: readonly Todo[], findShot: FindShot): Html {
  const shown = renderDiagnostics(todos.slice(0, MOST), findShot);
  const rest = renderRest(todos.length - MOST, "thing", "the JSON");
  return renderSection("attention", "What needs attention", [shown, rest]);
}

/** The id of a shot's card on the page. A shot's id needs no escaping in an address. */
export function makeCardId(shot: string): string {
  return `shot-${shot}`;
}

/** Renders diagnostics as a list; with `findShot`, each with a link to the card of its shot. */
export function renderDiagnostics(
  diagnostics: readonly Todo[],
  findShot: FindShot = () => null,
): Html | null {
  return renderRemarks(diagnostics.map((one) => renderDiagnostic(one, findShot)));
}

function renderDiagnostic({ severity, message, hint, place }: Todo, findShot: FindShot): Html {
  const shot = place === null ? null : findShot(place);
  const words = html`<b>${capitalize(severity)}:</b> ${isolate(message)}`;
  return renderRemark(severity, words, hint, [
    place === null ? null : html` <code class="place">${formatPlace(place)}</code>`,
    shot === null ? null : html` <a href="#${makeCardId(shot)}">${isolate(shot)}</a>`,
  ]);
}

/** Renders remarks as a list. Returns null if there is none. */
export function renderRemarks(remarks: readonly Html[]): Html | null {
  return remarks.length === 0
    ? null
    : html`<ul class="remarks">
        ${remarks}
      </ul>`;
}

/** Renders a remark with its hint, and what stands behind them. */
export function renderRemark(
  severity: Severity,
  words: Piece,
  hint: string | null = null,
  end: Piece = null,
): Html {
  return html`<li class="${severity}">
    ${words}${hint === null ? null : html` <span class="hint">${isolate(hint)}</span>`}${end}
  </li> `;
}

/** Returns `shots.yaml:12`: a producer can name the line to the owner of the file. */
function formatPlace({ source, start }: Place): string {
  return `${source.name}:${source.findLine(start)}`;
}
