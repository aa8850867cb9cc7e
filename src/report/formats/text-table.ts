import Table from "cli-table3";
import stringWidth from "string-width";
import type { Fit } from "../document.ts";

export interface TextColumn extends Fit {
  readonly title: string;
  readonly align?: "left" | "right";
}

const GAP = 2;
const NARROWEST = 8;

// Tables have no lines, so that a producer can copy them into mails.
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

/** Lays out a table within `width` columns of a terminal: drops spare columns first, then folds flexible ones. */
export function layOutTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const widths = columns.map((column, index) =>
    rows.reduce(
      (most, row) => Math.max(most, stringWidth(row[index] ?? "")),
      stringWidth(column.title),
    ),
  );
  const kept = chooseColumns(columns, widths, width);
  const rooms = shareWidth(columns, kept, widths, width);
  const cell = (text: string, index: number): string => {
    const room = rooms.get(index);
    if (room === undefined) return text;
    if (columns[index]?.prose !== true) return foldAnywhere(text, room);
    const lines = foldWords(text, room).split("\n");
    return lines.map((line) => foldAnywhere(line, room)).join("\n");
  };
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

function chooseColumns(
  columns: readonly TextColumn[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  let kept = [...columns.keys()];
  const least = (index: number): number =>
    Math.min(widths[index] ?? 0, columns[index]?.least ?? Infinity);
  const needed = (): number => kept.reduce((sum, index) => sum + least(index) + GAP, -GAP);
  while (needed() > width) {
    const spare = kept
      .filter((index) => columns[index]?.spare !== undefined)
      .toSorted((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0))[0];
    if (spare === undefined) break;
    kept = kept.filter((index) => index !== spare);
  }
  return kept;
}

/** Shares the width that fixed columns leave among the flexible ones, none of which gets more than it needs. */
function shareWidth(
  columns: readonly TextColumn[],
  kept: readonly number[],
  widths: readonly number[],
  width: number,
): ReadonlyMap<number, number> {
  const [flexible, fixed] = [true, false].map((wanted) =>
    kept.filter((index) => (columns[index]?.flexible === true) === wanted),
  );
  const of = (index: number): number => widths[index] ?? 0;
  let room = width - GAP * (kept.length - 1);
  for (const index of fixed ?? []) room -= of(index);
  // The narrowest comes first: the others share what it does not need.
  const order = (flexible ?? []).toSorted((a, b) => of(a) - of(b));
  return new Map(
    order.map((index, turn): [number, number] => {
      const share = Math.max(NARROWEST, Math.floor(room / (order.length - turn)));
      room -= Math.min(share, of(index));
      return [index, share];
    }),
  );
}

/**
 * Folds text over several lines. Never cuts it, for two keys must not look alike. Counts columns of the screen, not
 * characters: an ideograph takes two.
 */
function foldAnywhere(text: string, width: number): string {
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

/** Folds prose into lines of at most `width` columns, between words if possible. */
export function foldWords(text: string, width: number): string {
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
