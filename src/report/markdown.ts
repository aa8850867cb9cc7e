import { printable } from "../diagnostics/printable.ts";

/**
 * Text from outside as Markdown text: nothing in it is mark-up, a link, a mention or an issue. GitHub looks for
 * the last two after Markdown is done, so an escape does not stop them; something in between does.
 */
export function text(raw: string): string {
  return printable(raw)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_{}[\]>|~]/g, "\\$&")
    .replace(/[@#]/g, "$&&#8203;")
    .replaceAll("://", "&#58;//")
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}&#8203;.`);
}

/** Text from outside as code: the fence is longer than any run of backticks inside. */
export function code(raw: string): string {
  const inner = printable(raw).replaceAll("|", "\\|");
  const longest = [...inner.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
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
