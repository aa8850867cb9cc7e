import { printable } from "../diagnostics/printable.ts";

/** Text from outside as Markdown text: nothing in it is mark-up, a mention or a link. */
export function text(raw: string): string {
  return printable(raw)
    .replace(/[\\`*_{}[\]<>()#+!|~@]/g, (character) =>
      character === "<" ? "&lt;" : character === "@" ? "&#64;" : `\\${character}`,
    )
    .replace(/:\/\//g, "&#58;//");
}

/** Text from outside as code: the fence is longer than any run of backticks inside. */
export function code(raw: string): string {
  const inner = printable(raw).replaceAll("|", "\\|");
  const longest = Math.max(0, ...[...inner.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${inner}${fence}` : `${fence} ${inner} ${fence}`;
}

/** Titles that end in a colon head columns of figures. */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const head = titles.map((title) => title.replace(/:$/, ""));
  const rule = titles.map((title) => (title.endsWith(":") ? "---:" : "---"));
  return [row(head), row(rule), ...rows.map(row)].join("\n");
}
