import { printable } from "../diagnostics/printable.ts";
import { cents, exact, type MicroUsd } from "../money.ts";

/** Mark-up. Only `html` and `drawn` make it: a string is never taken for it, however often it is passed on. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: mark-up as it is, text escaped, several in a row, nothing. */
export type Piece = Html | string | number | null | readonly Piece[];

/** Text and mark-up into mark-up. Everything that is no mark-up is escaped, in attributes too: quote those. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const between = unindent(strings);
  let markup = between[0] ?? "";
  for (const [index, piece] of pieces.entries()) {
    markup += toMarkup(piece) + (between[index + 1] ?? "");
  }
  return new Html(markup);
}

const UNINDENTED = new WeakMap<TemplateStringsArray, readonly string[]>();

/** Without the indentation of our source, which would be a third of a long page. */
function unindent(strings: TemplateStringsArray): readonly string[] {
  const known = UNINDENTED.get(strings) ?? strings.map((part) => part.replace(/\n\s+/g, "\n"));
  UNINDENTED.set(strings, known);
  return known;
}

/** Mark-up that was made by a program and escaped there: the style sheet, echarts' drawings. Never a person's text. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function toMarkup(piece: Piece): string {
  if (piece === null) return "";
  if (typeof piece === "string") return escape(piece);
  if (typeof piece === "number") return String(piece);
  return piece instanceof Html ? piece.toString() : piece.map(toMarkup).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * The one place where text from outside becomes mark-up. Control characters and direction overrides show as on a
 * terminal, so that no prompt prints as something it is not; a line's end stays one.
 */
function escape(text: string): string {
  const shown = /[\u0000-\u001f\u007f-\uffff]/.test(text)
    ? text.split("\n").map(printable).join("\n")
    : text;
  return shown.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
}

/** An amount to the cent, with the exact one for whoever reads the page by program. */
export function renderMoney(amount: MicroUsd): Html {
  return html`<data value="${exact(amount)}">${cents(amount)}</data>`;
}

/** `1:04`: where in the film. */
export function formatRunningTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Text from outside inside a sentence of ours: whatever its direction, it does not turn ours around. */
export function isolate(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
