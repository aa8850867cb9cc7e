import { printable } from "../../diagnostics/printable.ts";
import { explainedBriefly } from "../diagnostics-text.ts";
import {
  type Block,
  blocksOn,
  type Document,
  isRight,
  type Item,
  readable,
  type Table,
  headingOf,
} from "../document.ts";

/** A document as Markdown, to be posted: in a pull request, a README, a wiki. */
export function markdown({ title, what, blocks }: Document): string {
  const head = title === null ? [] : [`## ${text(title === "" ? "topsheet" : title)}: ${what}`];
  return `${[...head, ...parts(blocks)].join("\n\n")}\n`;
}

function parts(blocks: readonly Block[]): readonly string[] {
  return blocksOn("page", blocks)
    .map(part)
    .filter((one) => one !== "");
}

function part(block: Block): string {
  switch (block.is) {
    case "heading":
      return `### ${text(block.text)}`;
    case "table":
      return markdownTable(block.table);
    case "paragraph":
      return sentence(block);
    case "notes":
      return block.notes
        .map((note) => (block.ours === true ? text(note).replaceAll("&#58;//", "://") : text(note)))
        .join("<br>\n");
    case "list":
      return [
        ...(block.title === undefined ? [] : [`### ${text(block.title)}`]),
        block.items.map(item).join("\n"),
      ].join("\n\n");
    case "lines":
      return block.lines.map((line) => `    ${printable(line)}`).join("\n");
    case "diagnostics":
      return block.diagnostics.map((one) => `- ${text(explainedBriefly(one))}`).join("\n");
    case "folded":
      return [
        `<details><summary>${text(block.summary)}</summary>`,
        ...parts(block.blocks),
        "</details>",
      ].join("\n\n");
  }
}

function item({ more = [], ...about }: Item): string {
  return [`- ${sentence(about)}`, ...more.map((line) => `  ${text(line)}`)].join("\n");
}

function sentence({ strong = "", text: rest = "" }: Partial<Item>): string {
  const first = strong === "" ? [] : [`**${text(strong)}**`];
  return [...first, ...(rest === "" ? [] : [text(rest)])].join(" ");
}

function markdownTable(table: Table): string {
  const { columns, rows } = readable(table, "page");
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(headingOf)),
    line(columns.map((column) => (isRight(column) ? "---:" : "---"))),
    ...rows.map(({ is, cells }) =>
      line(
        cells.map(({ words }, index) => {
          const column = columns[index];
          if (words === "") return "";
          if (is === "total" && (index === 0 || column?.kind === "usd"))
            return `**${text(words)}**`;
          return is === "row" && column?.code === true ? code(words) : text(words);
        }),
      ),
    ),
  ].join("\n");
}

/**
 * Text from outside as Markdown text: nothing in it is mark-up, a link, a mention or an issue. GitHub looks for
 * the last two after Markdown is done, so an escape does not stop them; something in between does.
 */
function text(raw: string): string {
  return printable(raw)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_{}[\]>|~]/g, "\\$&")
    .replace(/[@#]/g, "$&&#8203;")
    .replaceAll("://", "&#58;//")
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}&#8203;.`);
}

/** Text from outside as code: the fence is longer than any run of backticks inside. */
function code(raw: string): string {
  const inner = printable(raw).replaceAll("|", "\\|");
  const longest = [...inner.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${inner}${fence}` : `${fence} ${inner} ${fence}`;
}
