import { shown } from "../diagnostics/printable.ts";
import { dateText, isTimeOfDay, type Reader, value, wrong } from "./reading.ts";

const RATIOS: Readonly<Record<string, string>> = {
  vertical: "9:16",
  portrait: "9:16",
  story: "9:16",
  stories: "9:16",
  reel: "9:16",
  reels: "9:16",
  tiktok: "9:16",
  shorts: "9:16",
  horizontal: "16:9",
  landscape: "16:9",
  widescreen: "16:9",
  wide: "16:9",
  hd: "16:9",
  youtube: "16:9",
  square: "1:1",
};

export const ratioCell: Reader = (cell) => {
  // 16:9 typed into a spreadsheet is nine minutes past four in the afternoon.
  if (cell instanceof Date) {
    if (!isTimeOfDay(cell))
      return wrong(`${dateText(cell)} is a date, no ratio`, "format the column as text");
    return value(`${cell.getUTCHours()}:${cell.getUTCMinutes()}`);
  }
  const text = String(cell).trim().toLowerCase();
  const sides = /^(\d{1,2})\s*[:x×/.by-]{1,2}\s*(\d{1,2})$/.exec(text);
  if (sides !== null) return value(`${Number(sides[1])}:${Number(sides[2])}`);
  const word = text.replace(/[^a-z]/g, "");
  const known = RATIOS[word];
  if (known !== undefined) return value(known, `${shown(text)} was read as ${known}`);
  return wrong(`${shown(String(cell))} is no ratio`, "a ratio such as 16:9, 16x9 or vertical");
};
