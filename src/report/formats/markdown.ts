import { toPrintable } from "../../diagnostics/printable.ts";
import { explainBriefly } from "./diagnostics-text.ts";
import {
  type Block,
  type Blocks,
  selectBlocks,
  type Document,
  isRightAligned,
  type Item,
  makeReadable,
  type Table,
  chooseHeading,
} from "../document.ts";

/** Renders a document as Markdown, for a pull request, a README or a wiki. */
export function renderMarkdown({ title, what, blocks }: Document): string {
  const head =
    title === null ? [] : [`## ${escapeText(title === "" ? "topsheet" : title)}: ${what}`];
  return `${[...head, ...renderBlocks(blocks)].join("\n\n")}\n`;
}

function renderBlocks(blocks: Blocks): readonly string[] {
  return selectBlocks("page", blocks)
    .map(renderBlock)
    .filter((one) => one !== "");
}

function renderBlock(block: Block): string {
  switch (block.is) {
    case "heading":
      return `### ${escapeText(block.text)}`;
    case "table":
      return renderTable(block.table);
    case "paragraph":
      return renderSentence(block);
    case "notes":
      return block.notes
        .map((note) =>
          block.ours === true ? escapeText(note).replaceAll("&#58;//", "://") : escapeText(note),
        )
        .join("<br>\n");
    case "list":
      return [
        ...(block.title === undefined ? [] : [`### ${escapeText(block.title)}`]),
        block.items.map(renderItem).join("\n"),
      ].join("\n\n");
    case "lines":
      return block.lines.map((line) => `    ${toPrintable(line)}`).join("\n");
    case "diagnostics":
      return block.diagnostics.map((one) => `- ${escapeText(explainBriefly(one))}`).join("\n");
    case "folded":
      return [
        `<details><summary>${escapeText(block.summary)}</summary>`,
        ...renderBlocks(block.blocks),
        "</details>",
      ].join("\n\n");
  }
}

function renderItem({ more = [], ...about }: Item): string {
  return [`- ${renderSentence(about)}`, ...more.map((line) => `  ${escapeText(line)}`)].join("\n");
}

function renderSentence({ strong = "", text: rest = "" }: Partial<Item>): string {
  const first = strong === "" ? [] : [`**${escapeText(strong)}**`];
  return [...first, ...(rest === "" ? [] : [escapeText(rest)])].join(" ");
}

function renderTable(table: Table): string {
  const { columns, rows } = makeReadable(table, "page");
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(chooseHeading)),
    line(columns.map((column) => (isRightAligned(column) ? "---:" : "---"))),
    ...rows.map(({ is, cells }) =>
      line(
        cells.map(({ words }, index) => {
          const column = columns[index];
          if (words === "") return "";
          if (is === "total" && (index === 0 || column?.kind === "usd"))
            return `**${escapeText(words)}**`;
          return is === "row" && column?.code === true ? setAsCode(words) : escapeText(words);
        }),
      ),
    ),
  ].join("\n");
}

/**
 * Escapes text from outside, so that nothing in it is mark-up, a link, a mention or an issue. GitHub finds the last two
 * after Markdown is rendered, so an escape does not stop them, but a character in between does.
 */
function escapeText(raw: string): string {
  return toPrintable(raw)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_{}[\]>|~]/g, "\\$&")
    .replace(/[@#]/g, "$&&#8203;")
    .replaceAll("://", "&#58;//")
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}&#8203;.`);
}

/** Sets text from outside as code, with a fence longer than any run of backticks inside. */
function setAsCode(raw: string): string {
  const inner = toPrintable(raw).replaceAll("|", "\\|");
  const longest = [...inner.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${inner}${fence}` : `${fence} ${inner} ${fence}`;
}
