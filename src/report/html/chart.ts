import * as echarts from "echarts";
import { drawn, type Html } from "./html.ts";

/** What the page's style sheet calls its colours: one drawing is right in light, in dark and on paper. */
export const PAINT = {
  ink: "var(--ink)",
  quiet: "var(--quiet)",
  rule: "var(--rule)",
  band: "var(--band)",
  paper: "var(--paper)",
  planned: "var(--accent)",
  later: "var(--later)",
  spent: "var(--spent)",
  held: "var(--held)",
  over: "var(--over)",
} as const;

export const LETTERS = { fontFamily: "inherit", fontSize: 13, color: PAINT.quiet } as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A chart as SVG without a script. Its text is ours or escaped by echarts; whoever shows it puts a table behind it. */
export function chart(
  option: echarts.EChartsOption,
  size: Size,
  { stretched = false }: { readonly stretched?: boolean } = {},
): Html {
  const drawing = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    drawing.setOption({ ...option, animation: false, textStyle: LETTERS });
    return drawn(tidy(drawing.renderToSVGString(), size, stretched));
  } finally {
    // A chart that is not disposed of keeps the process alive for ever.
    drawing.dispose();
  }
}

/** Sized by the page, silent to a screen reader, and without what echarts adds for its own script. */
function tidy(svg: string, { width, height }: Size, stretched: boolean): string {
  const fit = stretched ? ` preserveAspectRatio="none"` : "";
  return svg
    .replace(/<svg [^>]*>/, `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true"${fit}>`)
    .replace(/<style[^]*?<\/style>/, "")
    .replace(/ (?:ecmeta_\w+|class|pointer-events|dominant-baseline-ie)="[^"]*"/g, "")
    .replace(/\n+/g, "");
}
