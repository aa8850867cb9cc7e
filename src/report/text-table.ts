import Table from "cli-table3";
import stringWidth from "string-width";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Takes what width is left, over several lines where that is too little. One column of a table. */
  readonly flexible?: true;
  /** Left out first when the terminal is narrow: the highest goes first; without one it always stays. */
  readonly spare?: number;
}

const GAP = 2;
const NARROWEST = 8;

// No rules and no frame: a producer copies these tables into mails.
const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Rows under titles, no wider than `width` columns of a terminal: spare columns go first, then the flexible one is folded. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const widths = columns.map((column, index) =>
    rows.reduce(
      (most, row) => Math.max(most, stringWidth(row[index] ?? "")),
      stringWidth(column.title),
    ),
  );
  const kept = keptColumns(columns, widths, width);
  const fixed = kept.filter((index) => columns[index]?.flexible !== true);
  const gaps = GAP * (kept.length - 1);
  const room = width - gaps - fixed.reduce((sum, index) => sum + (widths[index] ?? 0), 0);
  const cell = (text: string, index: number): string =>
    columns[index]?.flexible === true ? onLines(text, Math.max(NARROWEST, room)) : text;
  const table = new Table({
    head: kept.map((index) => columns[index]?.title ?? ""),
    colAligns: kept.map((index) => columns[index]?.align ?? "left"),
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  table.push(...rows.map((row) => kept.map((index) => cell(row[index] ?? "", index))));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function keptColumns(
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  let kept = [...columns.keys()];
  const needed = (): number => kept.reduce((sum, index) => sum + (widths[index] ?? 0) + GAP, -GAP);
  while (needed() > width) {
    const spare = kept
      .filter((index) => columns[index]?.spare !== undefined)
      .toSorted((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0))[0];
    if (spare === undefined) break;
    kept = kept.filter((index) => index !== spare);
  }
  return kept;
}

/**
 * Over several lines, never cut: two keys that end alike must not become one. By width on the screen, not by
 * characters: an ideograph takes two columns.
 */
function onLines(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const character of text) {
    const columns = stringWidth(character);
    if (used + columns > width) {
      lines.push(line);
      [line, used] = ["", 0];
    }
    line += character;
    used += columns;
  }
  return [...lines, line].join("\n");
}

/** Prose on lines of at most `width` columns, broken between words where there are any. */
export function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && stringWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join("\n");
}
