// What a spreadsheet runs when it opens a CSV file that holds it: a formula, or what it trims until one is left.
// The full-width signs are formulas in Excel for Japanese.
const FORMULA = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]";
/** What a cell says for a text that is empty, where an empty cell says that there is none. */
const EMPTY = '""';
const TAKEN_FOR_ELSE = new RegExp(`^'*(?:${FORMULA}|""$)`);
const DISARMED = new RegExp(`^'+(?:${FORMULA}|""$)`);

/**
 * A text as a cell that stays text in every program, also when a workbook is saved as CSV and opened again: one
 * that would run as a formula begins with an apostrophe. `asWritten` is the way back, for every text.
 */
export function cellText(text: string): string {
  if (text === "") return EMPTY;
  return TAKEN_FOR_ELSE.test(text) ? `'${text}` : text;
}

/** The text that a cell was made from; null for an empty cell. */
export function asWritten(cell: string): string | null {
  if (cell === "") return null;
  if (cell === EMPTY) return "";
  return DISARMED.test(cell) ? cell.slice(1) : cell;
}
