import { createColors } from "picocolors";
import { toPrintable } from "../../diagnostics/printable.ts";
import { diagnosticsText } from "./diagnostics-text.ts";
import {
  type Block,
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

/** A document for a terminal: no wider than that, and without mark-up, so that it can be copied into a mail. */
export function renderText({ title, what, blocks }: Document, screen: Screen): string {
  const colours = createColors(screen.colour);
  const paint = { good: colours.green, warning: colours.yellow, bad: colours.red };
  const parts = partsOf(blocks);
  if (parts.length === 0) return "";
  const head = title === null ? [] : [`${colours.bold(toPrintable(title))} · ${what}`];
  return `${[...head, ...parts].join("\n\n")}\n`;

  function partsOf(all: readonly Block[]): readonly string[] {
    return selectBlocks("terminal", all)
      .flatMap((block) => (block.is === "folded" ? partsOf(block.blocks) : [part(block)]))
      .filter((one) => one !== "");
  }

  function part(block: Exclude<Block, { readonly is: "folded" }>): string {
    switch (block.is) {
      case "heading":
        return sentence(block.text);
      case "table":
        return table(block.table);
      case "paragraph":
        return paragraph(block);
      case "notes":
        return block.notes.map(block.ours === true ? toPrintable : sentence).join("\n");
      case "list":
        return [...(block.title === undefined ? [] : [block.title]), ...block.items.map(item)].join(
          "\n",
        );
      case "lines":
        return block.lines.join("\n");
      case "diagnostics":
        return diagnosticsText(block.diagnostics, screen.colour).trimEnd();
    }
  }

  function item({ strong, text: rest, more = [] }: Item): string {
    const first = ["-", ...(strong === undefined ? [] : [strong]), rest].join(" ");
    return [first, ...more.map((line) => `  ${line}`)].map(toPrintable).join("\n");
  }

  function sentence(raw: string): string {
    return foldWords(toPrintable(raw), screen.width);
  }

  function paragraph({ strong = "", text: rest = "", tone }: Extract<Block, { is: "paragraph" }>) {
    const first = toPrintable(strong);
    const told = sentence([first, rest].filter((one) => one !== "").join(" "));
    // Painted last: a colour has no width, and folding puts a line's end in place of a space.
    return painted(tone ?? null, told.slice(0, first.length)) + told.slice(first.length);
  }

  function table(one: Table): string {
    const { columns, rows } = makeReadable(one, "terminal");
    const shown = layOutTable(
      columns.map((column) => ({
        ...column.fit,
        title: chooseHeading(column),
        align: isRightAligned(column) ? "right" : "left",
      })),
      rows.map(({ cells }) => cells.map(({ words, tone }) => painted(tone, toPrintable(words)))),
      screen.width,
    );
    const { more = "" } = one.shown ?? {};
    return more === "" ? shown : `${shown}\n${more}`;
  }

  function painted(tone: Tone | null, words: string): string {
    return tone === null || words === "" ? words : paint[tone](words);
  }
}
