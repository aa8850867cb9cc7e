import { counted } from "../../diagnostics/printable.ts";
import { sum } from "../../money/usd.ts";
import type { AdmittedLine } from "../../plan/plan.ts";
import { starredBasis, stateInWords } from "../top-sheet.ts";
import { money, theirs } from "./figures.ts";
import { html, type Html, type Piece } from "./html.ts";
import { promptedBy, promptText } from "./prompt.ts";

const MOST_LINES = 8;
const MOST_PROMPTS = 6;

/** A shot's prompts, each with the lines that are generated from it: their arithmetic, cost and state. */
export function linesOf(lines: readonly AdmittedLine[]): Html {
  const groups = [...byPrompt(lines)];
  const shown = groups.slice(0, MOST_PROMPTS);
  const rest = groups.slice(MOST_PROMPTS);
  return html`${shown.map(group)}${
    rest.length === 0
      ? null
      : html`<details>
          <summary>and ${counted(rest.length, "more prompt")}</summary>
          ${rest.map(group)}
        </details>`
  }`;
}

function byPrompt(lines: readonly AdmittedLine[]): Iterable<readonly AdmittedLine[]> {
  const groups = new Map<string, AdmittedLine[]>();
  for (const line of lines) {
    const key = JSON.stringify(promptedBy(line.input));
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [line]);
    else own.push(line);
  }
  return groups.values();
}

function group(lines: readonly AdmittedLine[]): Html {
  const [first] = lines;
  const oneTake = lines.every(({ take }) => take === 1);
  const rows = lines.map((line) => row(line, oneTake));
  const rest = lines.slice(MOST_LINES);
  return html`${first === undefined ? null : promptText(promptedBy(first.input))}
    <ul class="lines">
      ${rows.slice(0, MOST_LINES)}
    </ul>
    ${
      rest.length === 0
        ? null
        : html`<details>
            <summary>
              and ${counted(rest.length, "more line")} for
              ${money(sum(rest.map(({ cost }) => cost)))}
            </summary>
            <ul class="lines">
              ${rows.slice(MOST_LINES)}
            </ul>
          </details>`
    }`;
}

function row(line: AdmittedLine, oneTake: boolean): Html {
  return html`<li>
    <span>${labelOf(line, oneTake)}</span><span>${starredBasis(line)}</span>${money(line.cost)}<i
      class="${line.state}"
      >${stateInWords(line.state)}</i
    >
  </li>`;
}

/** Which of its shot's lines it is: `16:9 · silver · take 2`. */
function labelOf({ variant, take }: AdmittedLine, oneTake: boolean): Piece {
  const values = Object.entries(variant).map(([name, value]) =>
    // A bare number or a yes says nothing without its name.
    /^(?:[\d.]+|true|false)$/.test(value) ? `${name} ${value}` : value,
  );
  if (values.length > 0 && oneTake) return values.map(between);
  return [...values, `take ${take}`].map(between);
}

function between(part: string, index: number): Piece {
  return [index > 0 ? " · " : null, theirs(part)];
}
