import { modelNamed } from "../../catalogue/models.ts";
import type { AdmittedLine } from "../../plan/plan.ts";
import { html, type Html } from "./html.ts";

const HEIGHT = 72;

/** Empty frames in the shapes that a shot is made in, each once. */
export function frames(lines: readonly AdmittedLine[]): Html {
  const ratios = [...new Set(lines.map(ratioOf))];
  return html`${ratios.map(frame)}`;
}

/** As fal will make it: stated, or the model's own default. */
function ratioOf({ input, endpoint }: Pick<AdmittedLine, "input" | "endpoint">): string | null {
  const stated = input["aspect_ratio"];
  if (typeof stated === "string") return stated;
  const usual = modelNamed(endpoint)?.input.shape["aspect_ratio"]?.safeParse(undefined).data;
  return typeof usual === "string" ? usual : null;
}

function frame(ratio: string | null): Html {
  const [width = 0, height = 0] = (ratio ?? "").split(":").map(Number);
  // What no page says, such as an image's own shape, is drawn as nothing.
  if (ratio === null || !(width > 0 && height > 0))
    return html`<span class="frame none">any shape</span>`;
  const across = Math.round((HEIGHT * width) / height);
  return html`<span class="frame" style="width:${across}px;aspect-ratio:${width}/${height}"
    >${ratio}</span
  >`;
}
