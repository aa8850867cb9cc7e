import { cents, exact, type MicroUsd } from "../../money/usd.ts";
import { html, type Html } from "./html.ts";

/** An amount to the cent, with the exact one for whoever reads the page by program. */
export function money(amount: MicroUsd): Html {
  return html`<data value="${exact(amount)}">${cents(amount)}</data>`;
}

/** `1:04`: where in the film. */
export function runningTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Text from outside inside a sentence of ours: whatever its direction, it does not turn ours around. */
export function theirs(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
