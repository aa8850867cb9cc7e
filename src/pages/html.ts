import { toPrintable } from "../diagnostics/printable.ts";
import { cents, exact, type MicroUsd } from "../money.ts";

/** Markup. Only `html` and `trustMarkup` create it: a plain string is always escaped. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template accepts: markup, text to escape, a list of pieces, or null for nothing. */
export type Piece = Html | string | number | null | readonly Piece[];

/** Builds markup. Escapes everything that is not markup, in attributes too: quote those. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const between = unindent(strings);
  let markup = between[0] ?? "";
  for (const [index, piece] of pieces.entries()) {
    markup += toMarkup(piece) + (between[index + 1] ?? "");
  }
  return new Html(markup);
}

const UNINDENTED = new WeakMap<TemplateStringsArray, readonly string[]>();

/** Removes the indentation of our source, which would be a third of a long page. */
function unindent(strings: TemplateStringsArray): readonly string[] {
  const known = UNINDENTED.get(strings) ?? strings.map((part) => part.replace(/\n\s+/g, "\n"));
  UNINDENTED.set(strings, known);
  return known;
}

/** Markup that a program made and escaped: the style sheet, echarts' drawings. Never pass a person's text. */
export function trustMarkup(markup: string): Html {
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
 * The only place where text from outside becomes markup. Control characters and direction overrides are shown as on a
 * terminal, so that no prompt looks like something else. Line ends are kept.
 */
function escape(text: string): string {
  const shown = /[\u0000-\u001f\u007f-\uffff]/.test(text)
    ? text.split("\n").map(toPrintable).join("\n")
    : text;
  return shown.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
}

/** Shows an amount to the cent, with the exact amount for programs that read the page. */
export function renderMoney(amount: MicroUsd): Html {
  return html`<data value="${exact(amount)}">${cents(amount)}</data>`;
}

/** Returns a place in the film as `1:04`. */
export function formatRunningTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Isolates text from outside, so that its direction does not change that of our sentence around it. */
export function isolate(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
