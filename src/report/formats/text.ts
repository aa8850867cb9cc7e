import { createColors } from "picocolors";
import { toPrintable } from "../../diagnostics/printable.ts";
import { formatDiagnostics } from "./diagnostics-text.ts";
import {
  type Block,
  type Blocks,
  selectBlocks,
  type Document,
  isRightAligned,
  type Item,
  makeReadable,
  type Screen,
  type Table,
  chooseHeading,
  type Tone,
} from "../document.ts";
import { layOutTable, foldWords } from "./text-table.ts";

/** Renders a document for a terminal: no wider than that, and without mark-up, so that it can be copied into a mail. */
export function renderText({ title, what, blocks }: Document, screen: Screen): string {
  const colours = createColors(screen.colour);
  const paints = { good: colours.green, warning: colours.yellow, bad: colours.red };
  const parts = renderBlocks(blocks);
  if (parts.length === 0) return "";
  const head = title === null ? [] : [`${colours.bold(toPrintable(title))} · ${what}`];
  return `${[...head, ...parts].join("\n\n")}\n`;

  function renderBlocks(all: Blocks): readonly string[] {
    return selectBlocks("terminal", all)
      .flatMap((block) =>
        block.is === "folded" ? renderBlocks(block.blocks) : [renderBlock(block)],
      )
      .filter((one) => one !== "");
  }

  function renderBlock(block: Exclude<Block, { readonly is: "folded" }>): string {
    switch (block.is) {
      case "heading":
        return fold(block.text);
      case "table":
        return renderTable(block.table);
      case "paragraph":
        return renderParagraph(block);
      case "notes":
        return block.notes.map(block.ours === true ? toPrintable : fold).join("\n");
      case "list":
        return [
          ...(block.title === undefined ? [] : [block.title]),
          ...block.items.map(renderItem),
        ].join("\n");
      case "lines":
        return block.lines.join("\n");
      case "diagnostics":
        return formatDiagnostics(block.diagnostics, screen.colour).trimEnd();
    }
  }

  function renderItem({ strong, text: rest, more = [] }: Item): string {
    const first = ["-", ...(strong === undefined ? [] : [strong]), rest].join(" ");
    return [first, ...more.map((line) => `  ${line}`)].map(toPrintable).join("\n");
  }

  function fold(raw: string): string {
    return foldWords(toPrintable(raw), screen.width);
  }

  function renderParagraph({
    strong = "",
    text: rest = "",
    tone,
  }: Extract<Block, { is: "paragraph" }>) {
    const first = toPrintable(strong);
    const told = fold([first, rest].filter((one) => one !== "").join(" "));
    // Colours come last, for they have no width; folding keeps the length, since a line end replaces a space.
    return colour(tone ?? null, told.slice(0, first.length)) + told.slice(first.length);
  }

  function renderTable(one: Table): string {
    const { columns, rows } = makeReadable(one, "terminal");
    const shown = layOutTable(
      columns.map((column) => ({
        ...column.fit,
        title: chooseHeading(column),
        align: isRightAligned(column) ? "right" : "left",
      })),
      rows.map(({ cells }) => cells.map(({ words, tone }) => colour(tone, toPrintable(words)))),
      screen.width,
    );
    const { more = "" } = one.shown ?? {};
    return more === "" ? shown : `${shown}\n${more}`;
  }

  function colour(tone: Tone | null, words: string): string {
    return tone === null || words === "" ? words : paints[tone](words);
  }
}
