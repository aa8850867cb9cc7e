import { findModelByWords, findModel } from "../../catalogue/models.ts";
import { describeValue } from "../../diagnostics/printable.ts";

/** The value of a cell, or why it has none. `guessed` says what a person should look at. */
export type Reading =
  | { readonly is: "nothing" }
  | { readonly is: "value"; readonly value: unknown; readonly guessed?: string }
  | { readonly is: "wrong"; readonly says: string; readonly hint?: string };

export const NO_VALUE: Reading = { is: "nothing" };

function readAs(found: unknown, guessed?: string): Reading {
  return { is: "value", value: found, ...(guessed === undefined ? {} : { guessed }) };
}

export function refuseCell(says: string, hint?: string): Reading {
  return { is: "wrong", says, ...(hint === undefined ? {} : { hint }) };
}

export type Reader = (cell: string | number | boolean | Date) => Reading;

function formatDate(date: Date): string {
  const text = date.toISOString();
  if (isTimeOfDay(date)) return text.slice(11, 16);
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

/** A time of day is counted from the first day of a spreadsheet's calendar, in 1899 or 1904. */
function isTimeOfDay(date: Date): boolean {
  return date.getUTCFullYear() < 1905;
}

const SECONDS =
  /^(?:ca\.?|about|~|≈)?\s*(\d+(?:[.,]\d+)?)\s*(?:s|secs?|seconds?|sek|″|"|''|′′)?\.?$/i;
const CLOCK = /^(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[:;]00)?$/;
const SECONDS_SAY = "seconds such as 8, 8s or 0:08";

export const readSeconds: Reader = (cell) => {
  if (typeof cell === "number") return readAs(cell);
  if (typeof cell === "boolean")
    return refuseCell(`${describeValue(cell)} is not a length`, SECONDS_SAY);
  if (cell instanceof Date) return readTimeOfDay(cell);
  const text = cell.trim();
  const plain = SECONDS.exec(text)?.[1];
  if (plain !== undefined) return readAs(Number(plain.replace(",", ".")));
  const clock = CLOCK.exec(text);
  if (clock === null) return refuseCell(`${describeValue(text)} is not a length`, SECONDS_SAY);
  const [, hours = "0", minutes = "0", seconds = "0"] = clock;
  return readAs(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
};

/** 0:08 typed into a spreadsheet becomes eight minutes past midnight, but eight seconds are meant. */
function readTimeOfDay(date: Date): Reading {
  if (!isTimeOfDay(date))
    return refuseCell(`${formatDate(date)} is a date, not a length`, SECONDS_SAY);
  const [hours, minutes, seconds] = [
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (seconds > 0 || hours * 60 + minutes === 0)
    return readAs(hours * 3600 + minutes * 60 + seconds);
  const meant = hours * 60 + minutes;
  const two = (part: number): string => String(part).padStart(2, "0");
  return readAs(meant, `the time ${two(hours)}:${two(minutes)} was read as ${meant} seconds`);
}

const RATIOS: Readonly<Record<string, string>> = {
  "9:16": "vertical portrait story stories reel reels tiktok shorts",
  "16:9": "horizontal landscape widescreen wide hd youtube",
  "1:1": "square",
};

export const readRatio: Reader = (cell) => {
  // 16:9 typed into a spreadsheet becomes a time: nine minutes past four in the afternoon.
  if (cell instanceof Date) {
    if (!isTimeOfDay(cell))
      return refuseCell(`${formatDate(cell)} is a date, not a ratio`, "format the column as text");
    return readAs(`${cell.getUTCHours()}:${cell.getUTCMinutes()}`);
  }
  const text = String(cell).trim().toLowerCase();
  const sides = /^(\d{1,2})\s*[:x×/.by-]{1,2}\s*(\d{1,2})$/.exec(text);
  if (sides !== null) return readAs(`${Number(sides[1])}:${Number(sides[2])}`);
  const word = text.replace(/[^a-z]/g, "");
  const [known] = Object.keys(RATIOS).filter((ratio) => RATIOS[ratio]?.split(" ").includes(word));
  if (known !== undefined) return readAs(known, `${describeValue(text)} was read as ${known}`);
  return refuseCell(
    `${describeValue(String(cell))} is not a ratio`,
    "a ratio such as 16:9, 16x9 or vertical",
  );
};

/** By alias or endpoint, or in the words of one of its names: "Kling 3.0 Pro", "O3 4K". */
export const readModel: Reader = (cell) => {
  const text = String(cell).trim();
  const exactly = findModel(text) ?? findModel(text.toLowerCase());
  if (exactly !== undefined) return readAs(exactly.alias);
  const meant = findModelByWords(text);
  // An unknown name stays: the check complains, and lists the models.
  if (meant === undefined) return readAs(text);
  return readAs(meant.alias, `${describeValue(text)} was read as ${meant.alias}`);
};

export const readText: Reader = (cell) =>
  readAs(cell instanceof Date ? formatDate(cell) : String(cell));

/** Excel turns 1-2 into a date and 16:9 into a time: the file does not have what was typed. */
export const readName: Reader = (cell) => {
  if (!(cell instanceof Date)) return readAs(String(cell).trim());
  const text = formatDate(cell);
  return readAs(text, `a spreadsheet turned it into the date ${text}; format the column as text`);
};

const YES: ReadonlySet<string> = new Set(
  "yes,y,true,on,1,x,✓,✔,with,with sound,with audio,native,sound".split(","),
);
const NO: ReadonlySet<string> = new Set(
  "no,n,false,off,0,none,silent,mute,mos,without,no sound,no audio,-,–,✗,✘".split(","),
);

export const readYesOrNo: Reader = (cell) => {
  if (typeof cell === "boolean") return readAs(cell);
  const text = String(cell).trim().toLowerCase();
  if (YES.has(text)) return readAs(true);
  if (NO.has(text)) return readAs(false);
  return refuseCell(`${describeValue(String(cell))} is neither yes nor no`, "yes or no");
};

export const readCount: Reader = (cell) => {
  if (typeof cell === "number") return readAs(cell);
  const text = cell instanceof Date ? formatDate(cell) : String(cell).trim();
  const count = /^(-?\d{1,9})(?:[.,]0+)?\s*x?$/i.exec(text)?.[1];
  return count === undefined
    ? refuseCell(`${describeValue(text)} is not a whole number`)
    : readAs(Number(count));
};

const PRIORITIES: Readonly<Record<string, number>> = { high: 10, medium: 0, normal: 0, low: -10 };

export const readPriority: Reader = (cell) => {
  const word = typeof cell === "string" ? PRIORITIES[cell.trim().toLowerCase()] : undefined;
  if (word !== undefined) return readAs(word, `${describeValue(cell)} was read as ${word}`);
  return readCount(cell);
};

export const readNumber: Reader = (cell) => {
  if (typeof cell === "number") return readAs(cell);
  const number = typeof cell === "string" ? Number(cell.trim().replace(",", ".")) : NaN;
  return Number.isNaN(number)
    ? refuseCell(`${describeValue(cell)} is not a number`)
    : readAs(number);
};

export const readTags: Reader = (cell) => {
  const text = String(cell);
  const list = parseList(text);
  if (Array.isArray(list) && list.every((tag) => typeof tag === "string")) return readAs(list);
  const parts = /[,;\n]/.test(text) ? text.split(/[,;\n]/) : text.split(/\s+/);
  const tags = parts.map((tag) => tag.trim()).filter((tag) => tag !== "");
  return tags.length === 0 ? NO_VALUE : readAs(tags);
};

/** Reads a list in JSON, as our export writes it. */
export const readList: Reader = (cell) => {
  const list = parseList(String(cell));
  return Array.isArray(list)
    ? readAs(list)
    : refuseCell(`${describeValue(String(cell))} is not a list in JSON`);
};

/** Reads addresses in JSON, or one below the other. */
export const readAddresses: Reader = (cell) => {
  const text = String(cell);
  const list = parseList(text);
  if (Array.isArray(list)) return readAs(list);
  return readAs(text.split(/[\s,;]+/).filter((address) => address !== ""));
};

function parseList(text: string): unknown {
  if (!text.trimStart().startsWith("[")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a word, such as one of a field's fixed values. */
export const readWord: Reader = (cell) => readAs(String(cell).trim());
