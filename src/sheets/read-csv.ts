import { CsvError, parse } from "csv-parse/sync";
import { toPrintable } from "../diagnostics/printable.ts";
import { groupBy } from "../plan/group-by.ts";
import { type GridCell, type ReadSheets, refuseFile } from "./grid.ts";

const DELIMITERS = [",", ";", "\t", "|"];
const LOOKED_AT = 50;

/** Reads RFC 4180 and its variants: other delimiters, any line end, quotes in the middle of a cell. */
export function readCsv(name: string, text: string): ReadSheets {
  // Excel's way to declare the delimiter; spreadsheets do not show this row.
  const declared = /^sep=(.)\r?\n/i.exec(text);
  const content = declared === null ? text : text.slice(declared[0].length);
  try {
    const delimiter = declared?.[1] ?? detectDelimiter(content);
    const rows = parseRecords(content, delimiter).map((cells, index) => ({
      number: index + 1,
      cells: cells.map((cell): GridCell => (cell === "" ? null : cell)),
    }));
    return { grids: [{ name: null, hidden: false, rows }], diagnostics: [] };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    return refuseFile(`${toPrintable(name)}: ${describeError(cause)}`);
  }
}

function describeError(cause: CsvError): string {
  if (cause.code === "CSV_QUOTE_NOT_CLOSED") {
    return 'a quote is opened and never closed: every " inside a quoted cell has to be written twice';
  }
  return `it cannot be read as CSV: ${toPrintable(cause.message)}`;
}

interface Reading {
  /** Whether a quote in the middle of a cell is a character as any other: `8"`. */
  readonly relaxed: boolean;
  readonly most?: number;
}

function parseRecords(
  text: string,
  delimiter: string,
  { relaxed, most }: Reading = { relaxed: true },
): readonly (readonly string[])[] {
  return parse(text, {
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_quotes: relaxed,
    relax_column_count: true,
    // Rows keep the numbers that a spreadsheet shows.
    skip_empty_lines: false,
    ...(most === undefined ? {} : { to: most }),
  });
}

/** Returns the delimiter that gives most rows the same number of cells. */
function detectDelimiter(text: string): string {
  // With a wrong delimiter, quotes stand in places that strict CSV forbids.
  return findLikeliest(text, false) ?? findLikeliest(text, true) ?? ",";
}

function findLikeliest(text: string, relaxed: boolean): string | null {
  const found = DELIMITERS.flatMap((delimiter) => {
    const rows = tryRecords(text, delimiter, relaxed).filter(({ length }) => length > 1);
    const alike = [...groupBy(rows, ({ length }) => length)];
    return alike.map(([cells, { length }]) => ({ delimiter, cells, rows: length }));
  });
  const [best] = found.toSorted((a, b) => b.rows - a.rows || b.cells - a.cells);
  return best?.delimiter ?? null;
}

function tryRecords(
  text: string,
  delimiter: string,
  relaxed: boolean,
): readonly (readonly string[])[] {
  try {
    return parseRecords(text, delimiter, { relaxed, most: LOOKED_AT });
  } catch (cause) {
    if (cause instanceof CsvError) return [];
    throw cause;
  }
}
