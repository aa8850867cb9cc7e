import { type Diagnostic, error } from "../../diagnostics/diagnostic.ts";
import { failure, ok, refused, type Result } from "../../diagnostics/result.ts";
import { suggest, findNearest } from "../../diagnostics/suggest.ts";
import { toPrintable, quote, shorten } from "../../diagnostics/printable.ts";
import { type Grid, type GridRow, isEmpty, toColumnLetter } from "../grid.ts";
import {
  type Field,
  FIELD_NAMES,
  findField,
  isComputed,
  KNOWN_NAMES,
  rankName,
  simplify,
} from "./fields.ts";

/** A column of the sheet, and how it is used. */
export interface SheetColumn {
  readonly index: number;
  /** Its title in the header; `column C` if it has none. */
  readonly title: string;
  readonly use: Use;
}

type Use =
  | { readonly is: "field"; readonly field: Field; readonly told: boolean }
  | { readonly is: "left-out"; readonly why: string };

/** A mapping by the user: `--map "Secs=duration"`; `-` as the field leaves the column out. */
export interface Mapping {
  readonly column: string;
  readonly field: Field | null;
}

export interface Header {
  readonly grid: Grid;
  /** The row of titles, as a spreadsheet numbers it. */
  readonly row: number;
  readonly columns: readonly SheetColumn[];
  /** The rows under it. */
  readonly below: readonly GridRow[];
}

/** Parses `Secs=duration`. */
export function parseMapping(text: string): Result<Mapping> {
  const at = text.lastIndexOf("=");
  const [column, name] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 1 || column === "" || name === "") {
    return refused(`--map takes "Column=field", or "Column=-" to leave it out, not ${quote(text)}`);
  }
  if (name === "-") return ok({ column, field: null });
  const field = findField(name);
  if (field !== undefined) return ok({ column, field });
  const hint = suggest(name, FIELD_NAMES);
  return refused(`--map ${quote(text)}: there is no field ${quote(name)}; ${hint}`);
}

// A few rows with titles, a logo and a date stand above a header, but not a hundred.
const LOOKED_AT = 100;

/** Finds the sheet that looks most like a shot list, and its header. */
export function findHeader(
  grids: readonly Grid[],
  wanted: string | null,
  mappings: readonly Mapping[],
): Result<Header, Diagnostic> {
  const chosen = chooseGrids(grids, wanted);
  if (!chosen.ok) return chosen;
  const candidates = chosen.value.flatMap((grid) =>
    grid.rows
      .slice(0, LOOKED_AT)
      .map((header, at) => ({ grid, header, at, score: scoreRow(header, mappings) })),
  );
  const [best] = candidates.toSorted((a, b) => b.score - a.score);
  // A single word may as well be a title.
  if (best === undefined || best.score < LEAST) return complainOfHeader();
  const { grid, header, at } = best;
  const below = grid.rows.slice(at + 1);
  const columns = assignColumns(header, below, mappings);
  return columns.ok ? ok({ grid, row: header.number, columns: columns.value, below }) : columns;
}

function chooseGrids(
  grids: readonly Grid[],
  wanted: string | null,
): Result<readonly Grid[], Diagnostic> {
  if (wanted === null) {
    const visible = grids.filter(({ hidden }) => !hidden);
    return ok(visible.length > 0 ? visible : grids);
  }
  const found = grids.filter(({ name }) => name !== null && simplify(name) === simplify(wanted));
  if (found.length > 0) return ok(found);
  const names = grids.flatMap(({ name }) => (name === null ? [] : [name]));
  const hint = names.length === 0 ? "a CSV file has only one" : suggest(wanted, names);
  return refuseSheet(`there is no sheet ${quote(wanted)}`, hint);
}

const LEAST = 3;

/** Scores how much a row looks like a header. A prompt counts double: without one there are no shots. */
function scoreRow({ cells }: GridRow, mappings: readonly Mapping[]): number {
  const fields = new Set<string>();
  let mapped = 0;
  for (const cell of cells) {
    if (typeof cell !== "string" || cell.length > 60) continue;
    const isMapped = mappings.some(({ column }) => simplify(column) === simplify(cell));
    const field = findField(cell);
    if (isMapped) mapped += 2;
    else if (field !== undefined) fields.add(field);
  }
  const prompts = fields.has("prompt") || fields.has("multi_prompt") ? 2 : 0;
  return fields.size + prompts + mapped;
}

function refuseSheet(message: string, hint: string): Result<never, Diagnostic> {
  return failure(error("sheet", message, null, hint));
}

function complainOfHeader(): Result<never, Diagnostic> {
  return refuseSheet(
    "no row looks like the header of a shot list",
    'a header names columns such as Shot, Scene, Prompt, Secs, Ratio, Model; others are named with --map "Column=field"',
  );
}

function assignColumns(
  { cells }: GridRow,
  below: readonly GridRow[],
  mappings: readonly Mapping[],
): Result<readonly SheetColumn[], Diagnostic> {
  const width = below.reduce((most, row) => Math.max(most, row.cells.length), cells.length);
  const titles = Array.from({ length: width }, (_, index) => readTitle(cells[index] ?? null));
  const mapped = findMapped(titles, mappings);
  if (!mapped.ok) return mapped;
  const mappingAt = mapped.value;
  const guessed = titles.map((title) => (title === null ? undefined : findField(title)));
  const winners = chooseColumns(titles, guessed, mappingAt);
  const columns = titles.flatMap((title, index): SheetColumn[] => {
    const name =
      title === null ? `column ${toColumnLetter(index)}` : toPrintable(shorten(title, 40));
    const use = (how: Use): SheetColumn[] => [{ index, title: name, use: how }];
    const leaveOut = (why: string): SheetColumn[] => use({ is: "left-out", why });
    const mapping = mappingAt.get(index);
    if (mapping !== undefined) {
      const { field } = mapping;
      return field === null ? leaveOut("by --map") : use({ is: "field", field, told: true });
    }
    if (title === null) {
      const isUsed = below.some((row) => !isEmpty(row.cells[index] ?? null));
      return isUsed ? leaveOut("it has no title") : [];
    }
    const field = guessed[index];
    return field !== undefined && winners.get(field) === index
      ? use({ is: "field", field, told: false })
      : leaveOut(explainLeftOut(title, field, titles, winners));
  });
  return ok(columns);
}

function readTitle(cell: GridRow["cells"][number]): string | null {
  if (isEmpty(cell) || cell === null || typeof cell === "object") return null;
  return String(cell).replace(/\s+/g, " ").trim();
}

/** Finds the column of each mapping, by title or else by letter. */
function findMapped(
  titles: readonly (string | null)[],
  mappings: readonly Mapping[],
): Result<ReadonlyMap<number, Mapping>, Diagnostic> {
  const mappingAt = new Map<number, Mapping>();
  for (const mapping of mappings) {
    const byTitle = [...titles.keys()].filter((index) => {
      const title = titles[index] ?? null;
      return title !== null && simplify(title) === simplify(mapping.column);
    });
    const byLetter = titles.findIndex(
      (_, index) => toColumnLetter(index) === mapping.column.toUpperCase(),
    );
    const found = byTitle.length > 0 ? byTitle : byLetter === -1 ? [] : [byLetter];
    if (found.length === 0) {
      const message = `--map names a column ${quote(mapping.column)} that is not in the sheet`;
      const known = titles.flatMap((title) => (title === null ? [] : [title]));
      return refuseSheet(message, suggest(mapping.column, known));
    }
    for (const index of found) mappingAt.set(index, mapping);
  }
  return ok(mappingAt);
}

/** Chooses one column for each field: that of a mapping, then the likeliest name, then the first. */
function chooseColumns(
  titles: readonly (string | null)[],
  guessed: readonly (Field | undefined)[],
  mappingAt: ReadonlyMap<number, Mapping>,
): ReadonlyMap<Field, number> {
  const winners = new Map<Field, number>();
  const taken = new Set([...mappingAt.values()].map(({ field }) => field));
  for (const [index, field] of guessed.entries()) {
    if (field === undefined || mappingAt.has(index) || taken.has(field)) continue;
    const winner = winners.get(field);
    const rank = rankName(titles[index] ?? "");
    if (winner === undefined || rank < rankName(titles[winner] ?? "")) winners.set(field, index);
  }
  return winners;
}

function explainLeftOut(
  title: string,
  field: Field | undefined,
  titles: readonly (string | null)[],
  winners: ReadonlyMap<Field, number>,
): string {
  if (field !== undefined) {
    const winner = winners.get(field);
    const other = winner === undefined ? "another column" : quote(titles[winner] ?? "");
    return `${other} is the ${field}`;
  }
  if (isComputed(title)) return "topsheet computes it";
  const near = findNearest(title, KNOWN_NAMES);
  const meant = near === undefined ? undefined : findField(near);
  return near === undefined || meant === undefined
    ? "a manifest has no such field"
    : `no such field; did you mean ${near}? --map ${quote(`${title}=${meant}`)}`;
}
