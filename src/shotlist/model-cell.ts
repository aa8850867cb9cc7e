import { modelNamed, MODELS } from "../catalogue/models.ts";
import { shown } from "../diagnostics/printable.ts";
import { type Reader, value } from "./reading.ts";

/** By alias or endpoint, or in words that only one model has: "Kling 3.0 Pro", "O3 4K". */
export const modelCell: Reader = (cell) => {
  const text = String(cell).trim();
  const exactly = modelNamed(text) ?? MODELS.find(({ alias }) => alias === text.toLowerCase());
  if (exactly !== undefined) return value(exactly.alias);
  const words = wordsOf(text);
  const among = MODELS.filter(({ alias }) => {
    const own = wordsOf(alias);
    return words.size > 0 && [...words].every((word) => own.has(word));
  });
  const same = among.find(({ alias }) => wordsOf(alias).size === words.size);
  const meant = same ?? (among.length === 1 ? among[0] : undefined);
  // What is not known stays as it is: the check says so, and names the models.
  if (meant === undefined) return value(text);
  return value(meant.alias, `${shown(text)} was read as ${meant.alias}`);
};

/** `kling-v3-4k` and "Kling 3.0 4K" are both v3 and 4k. */
function wordsOf(name: string): ReadonlySet<string> {
  const words = name
    .toLowerCase()
    .replace(/\bv?(\d+)(?:\.0)?(?![\dk.])/g, "v$1")
    .match(/[a-z]+\d+|\d+k|[a-z]+/g);
  return new Set((words ?? []).filter((word) => word !== "kling" && word !== "ai"));
}
