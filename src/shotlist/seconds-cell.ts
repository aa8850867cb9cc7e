import { shown } from "../diagnostics/printable.ts";
import { dateText, isTimeOfDay, type Reader, type Reading, value, wrong } from "./reading.ts";

const SECONDS =
  /^(?:ca\.?|about|~|≈)?\s*(\d+(?:[.,]\d+)?)\s*(?:s|secs?|seconds?|sek|″|"|''|′′)?\.?$/i;
const CLOCK = /^(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[:;]00)?$/;
const SECONDS_SAY = "seconds such as 8, 8s or 0:08";

export const secondsCell: Reader = (cell) => {
  if (typeof cell === "number") return value(cell);
  if (typeof cell === "boolean") return wrong(`${shown(cell)} is no length`, SECONDS_SAY);
  if (cell instanceof Date) return timeAsSeconds(cell);
  const text = cell.trim();
  const plain = SECONDS.exec(text)?.[1];
  if (plain !== undefined) return value(Number(plain.replace(",", ".")));
  const clock = CLOCK.exec(text);
  if (clock === null) return wrong(`${shown(text)} is no length`, SECONDS_SAY);
  const [, hours = "0", minutes = "0", seconds = "0"] = clock;
  return value(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
};

/** Typed into a spreadsheet, 0:08 is eight minutes past midnight; eight seconds are meant. */
function timeAsSeconds(date: Date): Reading {
  if (!isTimeOfDay(date)) return wrong(`${dateText(date)} is a date, no length`, SECONDS_SAY);
  const [hours, minutes, seconds] = [
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (seconds > 0 || hours * 60 + minutes === 0)
    return value(hours * 3600 + minutes * 60 + seconds);
  const meant = hours * 60 + minutes;
  const two = (part: number): string => String(part).padStart(2, "0");
  return value(meant, `the time ${two(hours)}:${two(minutes)} was read as ${meant} seconds`);
}
