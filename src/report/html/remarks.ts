import type { Diagnostic, Place } from "../../diagnostics/diagnostic.ts";
import { theirs } from "./figures.ts";
import { html, type Html } from "./html.ts";

/** Where a shot's card is on the page; ids of shots are names, fit for an address. */
export function cardOf(shot: string): string {
  return `shot-${shot}`;
}

/** A complaint as an item of a list: what, what to do, where it was written, and the way to the shot's card. */
export function remark(
  { severity, message, hint, place }: Diagnostic,
  shot: string | null = null,
): Html {
  return html`<li class="${severity}">
    <b>${severity === "error" ? "Error" : "Warning"}:</b> ${theirs(message)}${
      hint === null ? null : html` <span class="hint">${theirs(hint)}</span>`
    }${place === null ? null : html` <code class="place">${placeInWords(place)}</code>`}${
      shot === null ? null : html` <a href="#${cardOf(shot)}">${theirs(shot)}</a>`
    }
  </li> `;
}

/** `shots.yaml:12`: a producer can name the line to whoever keeps the file. */
function placeInWords({ source, start }: Place): string {
  return `${source.name}:${source.lineOf(start)}`;
}
