import { counted, shortened } from "../../diagnostics/printable.ts";
import type { AdmittedLine } from "../../plan/plan.ts";
import { theirs } from "./figures.ts";
import { html, type Piece } from "./html.ts";

const LONGEST_VALUE = 120;

/** What all lines of a shot share, beside its prompt and its frame: what differs stands at each line. */
export function factsOf(lines: readonly AdmittedLine[]): readonly Piece[] {
  const [first] = lines;
  if (first === undefined) return [];
  const models = [...new Set(lines.map(({ model }) => model))];
  const shared = Object.entries(first.input).filter(([field, value]) =>
    lines.every(({ input }) => input === first.input || isSame(input[field], value)),
  );
  return [
    ...models,
    ...shared.flatMap(([field, value]) => sent(field, value)),
    ...(first.priority === 0 ? [] : [`priority ${first.priority}`]),
    ...first.tags.map((tag) => theirs(`#${tag}`)),
  ];
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** An input field in words; nothing of what the card shows elsewhere. */
function sent(field: string, value: unknown): readonly Piece[] {
  switch (field) {
    case "prompt":
    case "multi_prompt":
    case "duration":
    case "aspect_ratio":
      return [];
    case "generate_audio":
      return [value === true ? "audio on" : "audio off"];
    case "shot_type":
      // What it always is, and what the parts of the prompt show.
      return value === "customize" ? [] : [named(field, value)];
    case "elements":
      return [counted(Array.isArray(value) ? value.length : 1, "element")];
    case "image_urls":
      return [counted(Array.isArray(value) ? value.length : 1, "image")];
    default:
      return [named(field, value)];
  }
}

function named(field: string, value: unknown): Piece {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return html`<span><code>${field}</code> ${theirs(shortened(text, LONGEST_VALUE))}</span>`;
}
