import { shown } from "../diagnostics/printable.ts";
import { asWritten } from "../sheet/cell-text.ts";
import { type GridCell, isUnusable } from "../sheet/grid.ts";
import { modelCell } from "./model-cell.ts";
import { ratioCell } from "./ratio-cell.ts";
import { dateText, NOTHING, type Reader, type Reading, value, wrong } from "./reading.ts";
import { secondsCell } from "./seconds-cell.ts";

/** A cell as what its column is. */
export function readCell(field: string, cell: GridCell): Reading {
  if (cell === null) return NOTHING;
  if (isUnusable(cell)) {
    return cell.unusable === "failed"
      ? wrong("its formula has failed")
      : wrong(
          "its formula's result is not in the file",
          "open the file in a spreadsheet and save it: no formula is computed here",
        );
  }
  const text = typeof cell === "string" ? asWritten(cell) : "";
  if (text === null) return NOTHING;
  if (typeof cell === "string" && text !== "" && text.trim() === "" && !EXACT_TEXT.has(field)) {
    return NOTHING;
  }
  return (READERS[field] ?? textCell)(typeof cell === "string" ? (text ?? "") : cell);
}

/** Blanks are part of what is sent. */
const EXACT_TEXT: ReadonlySet<string> = new Set(["prompt", "negative_prompt"]);

const textCell: Reader = (cell) => value(cell instanceof Date ? dateText(cell) : String(cell));

/** Excel makes a date of 1-2, and a time of 16:9: what was meant is not in the file. */
const nameCell: Reader = (cell) => {
  if (!(cell instanceof Date)) return value(String(cell).trim());
  const text = dateText(cell);
  return value(text, `a spreadsheet has made the date ${text} of it; format the column as text`);
};

const YES = new Set([
  "yes",
  "y",
  "true",
  "on",
  "1",
  "x",
  "✓",
  "✔",
  "with",
  "with sound",
  "with audio",
  "native",
  "sound",
]);
const NO = new Set([
  "no",
  "n",
  "false",
  "off",
  "0",
  "none",
  "silent",
  "mute",
  "mos",
  "without",
  "no sound",
  "no audio",
  "-",
  "–",
  "✗",
  "✘",
]);

const yesCell: Reader = (cell) => {
  if (typeof cell === "boolean") return value(cell);
  const text = String(cell).trim().toLowerCase();
  if (YES.has(text)) return value(true);
  if (NO.has(text)) return value(false);
  return wrong(`${shown(String(cell))} is neither yes nor no`, "yes or no");
};

const countCell: Reader = (cell) => {
  if (typeof cell === "number") return value(cell);
  const text = cell instanceof Date ? dateText(cell) : String(cell).trim();
  const count = /^(-?\d{1,9})(?:[.,]0+)?\s*x?$/i.exec(text)?.[1];
  return count === undefined ? wrong(`${shown(text)} is no whole number`) : value(Number(count));
};

const PRIORITIES: Readonly<Record<string, number>> = { high: 10, medium: 0, normal: 0, low: -10 };

const priorityCell: Reader = (cell) => {
  const word = typeof cell === "string" ? PRIORITIES[cell.trim().toLowerCase()] : undefined;
  if (word !== undefined) return value(word, `${shown(cell)} was read as ${word}`);
  return countCell(cell);
};

const numberCell: Reader = (cell) => {
  if (typeof cell === "number") return value(cell);
  const number = typeof cell === "string" ? Number(cell.trim().replace(",", ".")) : NaN;
  return Number.isNaN(number) ? wrong(`${shown(cell)} is no number`) : value(number);
};

const tagsCell: Reader = (cell) => {
  const text = String(cell);
  const list = json(text);
  if (Array.isArray(list) && list.every((tag) => typeof tag === "string")) return value(list);
  const parts = /[,;\n]/.test(text) ? text.split(/[,;\n]/) : text.split(/\s+/);
  const tags = parts.map((tag) => tag.trim()).filter((tag) => tag !== "");
  return tags.length === 0 ? NOTHING : value(tags);
};

/** A list in JSON, as our own export has it. */
const listCell: Reader = (cell) => {
  const list = json(String(cell));
  return Array.isArray(list) ? value(list) : wrong(`${shown(String(cell))} is no list in JSON`);
};

/** Addresses in JSON, or one under the other. */
const addressesCell: Reader = (cell) => {
  const text = String(cell);
  const list = json(text);
  if (Array.isArray(list)) return value(list);
  return value(text.split(/[\s,;]+/).filter((address) => address !== ""));
};

function json(text: string): unknown {
  if (!text.trimStart().startsWith("[")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A word of ours, such as a field's fixed values. */
const wordCell: Reader = (cell) => value(String(cell).trim());

const READERS: Readonly<Record<string, Reader>> = {
  id: nameCell,
  scene: nameCell,
  model: modelCell,
  duration: secondsCell,
  aspect_ratio: ratioCell,
  generate_audio: yesCell,
  takes: countCell,
  take: countCell,
  priority: priorityCell,
  tags: tagsCell,
  cfg_scale: numberCell,
  multi_prompt: listCell,
  elements: listCell,
  image_urls: addressesCell,
  start_image_url: wordCell,
  end_image_url: wordCell,
  campaign: wordCell,
  variant: wordCell,
};
