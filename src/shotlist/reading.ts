/** What a cell says, or why it says nothing that can be used; `guessed` where a person should look at it. */
export type Reading =
  | { readonly is: "nothing" }
  | { readonly is: "value"; readonly value: unknown; readonly guessed?: string }
  | { readonly is: "wrong"; readonly says: string; readonly hint?: string };

export const NOTHING: Reading = { is: "nothing" };

export function value(found: unknown, guessed?: string): Reading {
  return { is: "value", value: found, ...(guessed === undefined ? {} : { guessed }) };
}

export function wrong(says: string, hint?: string): Reading {
  return { is: "wrong", says, ...(hint === undefined ? {} : { hint }) };
}

export type Reader = (cell: string | number | boolean | Date) => Reading;

export function dateText(date: Date): string {
  const text = date.toISOString();
  if (isTimeOfDay(date)) return text.slice(11, 16);
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

/** A time without a day counts from the day that a spreadsheet begins with, in 1899 or 1904. */
export function isTimeOfDay(date: Date): boolean {
  return date.getUTCFullYear() < 1905;
}
