import { shortened } from "../../diagnostics/printable.ts";
import { html, type Html } from "./html.ts";

// Longer than this, a prompt is folded: the card stays a card, and paper shows all of it.
const LONG = 260;

/** One prompt, or the parts of a multi-shot one. */
export type Prompted = readonly Part[];

interface Part {
  readonly prompt: string;
  /** Null where the part is the whole. */
  readonly seconds: string | null;
}

export function promptedBy(input: Readonly<Record<string, unknown>>): Prompted {
  const { prompt, multi_prompt: shots } = input;
  if (typeof prompt === "string") return [{ prompt, seconds: null }];
  return Array.isArray(shots) ? shots.map(partOf) : [];
}

function partOf(shot: unknown): Part {
  const { prompt, duration } = typeof shot === "object" && shot !== null ? fieldsOf(shot) : {};
  return {
    prompt: typeof prompt === "string" ? prompt : "",
    seconds: typeof duration === "string" ? duration : null,
  };
}

function fieldsOf(shot: object): Readonly<Record<string, unknown>> {
  return { ...shot };
}

export function promptText(prompted: Prompted): Html {
  const [only] = prompted;
  if (only !== undefined && prompted.length === 1 && only.seconds === null)
    return words(only.prompt);
  return html`<ol class="parts">
    ${prompted.map(
      ({ prompt, seconds }) =>
        html`<li>${seconds === null ? null : html`<b>${seconds} s</b>`}${words(prompt)}</li>`,
    )}
  </ol>`;
}

function words(prompt: string): Html {
  if (prompt.length <= LONG) return html`<p class="prompt" dir="auto">${prompt}</p>`;
  return html`<details class="prompt">
    <summary dir="auto">${shortened(prompt, LONG)}</summary>
    <p dir="auto">${prompt}</p>
  </details>`;
}
