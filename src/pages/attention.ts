import type { Diagnostic, Place, Severity } from "../diagnostics/diagnostic.ts";
import { capitalize, formatCount } from "../diagnostics/printable.ts";
import type { AdmittedPlan } from "../plan/admit.ts";
import type { LineState, FindShot } from "../plan/plan.ts";
import { renderRest, renderSection } from "./document.ts";
import { html, type Html, isolate, type Piece } from "./html.ts";

/** Something that a person should look at before the plan is run. */
export interface Todo {
  readonly words: string;
  readonly advice: string | null;
  /** Null if it is about the state of lines, not about the text of a manifest. */
  readonly diagnostic: Diagnostic | null;
}

/** Returns errors first, then lines whose outcome is open, then warnings in the order of the text. */
export function collectTodos(plan: AdmittedPlan, unapproved: string | null): readonly Todo[] {
  const said = plan.diagnostics.map((diagnostic) => ({
    words: diagnostic.message,
    advice: diagnostic.hint,
    diagnostic,
  }));
  return [
    ...said.filter(({ diagnostic }) => diagnostic.severity === "error"),
    ...STATES.flatMap(({ state, words, advice }) => {
      const found = plan.lines.filter((line) => line.state === state).length;
      return found === 0
        ? []
        : [{ words: `${formatCount(found, "line")} ${words}`, advice, diagnostic: null }];
    }),
    ...(unapproved === null ? [] : [{ words: unapproved, advice: null, diagnostic: null }]),
    ...said.filter(({ diagnostic }) => diagnostic.severity === "warning"),
  ];
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
    advice: "run with --retry-failed to take up again what cost nothing",
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

export function renderTodos(todo: readonly Todo[], findShot: FindShot): Html {
  const list = html`${renderRemarks(todo.slice(0, MOST).map((one) => renderTodo(one, findShot)))}
  ${renderRest(todo.length - MOST, "thing", "the JSON")}`;
  return renderSection("attention", "What needs attention", list);
}

function renderTodo({ words, advice, diagnostic }: Todo, findShot: FindShot): Html {
  if (diagnostic === null) return renderRemark("warning", isolate(words), advice);
  return renderDiagnostic(
    diagnostic,
    diagnostic.place === null ? null : findShot(diagnostic.place),
  );
}

/** The id of a shot's card on the page. A shot's id needs no escaping in an address. */
export function cardId(shot: string): string {
  return `shot-${shot}`;
}

/** Renders a diagnostic as a list item, with a link to the card of its shot. */
export function renderDiagnostic(
  { severity, message, hint, place }: Diagnostic,
  shot: string | null = null,
): Html {
  const words = html`<b>${capitalize(severity)}:</b> ${isolate(message)}`;
  return renderRemark(severity, words, hint, [
    place === null ? null : html` <code class="place">${formatPlace(place)}</code>`,
    shot === null ? null : html` <a href="#${cardId(shot)}">${isolate(shot)}</a>`,
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
