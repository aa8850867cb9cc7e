import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { capitalize, formatMinute } from "../diagnostics/printable.ts";
import { cents, exact, microUsd } from "../money.ts";
import type { Subject } from "./subjects.ts";

// The model of everything that commands show. A command makes a `Document`: a title, blocks for people, and its data
// as JSON and tables. `formats.ts` maps each format to its one renderer, which shows any document. A column is declared
// once and serves people (text, Markdown, HTML) and data formats (CSV, workbook). What only a terminal or only a page
// shows has a hint, `on`.

/** Amounts in micro-dollars, dates in milliseconds UTC; null for an empty cell. */
export type Content = string | number | null;

export type Kind = "text" | "usd" | "seconds" | "count" | "number" | "date";

export type Tone = "good" | "warning" | "bad";

export const VERDICT_TONES = { ok: "good", warn: "warning", over: "bad" } as const;

/** Methods, so that a column of its own kind of row can stand in a list of any: a table keeps both together. */
export interface Column<Row = unknown> {
  /** In CSV, and in JSON if that has the column. */
  readonly name: string;
  /** Over the column; made from the name if left out. */
  readonly title?: string;
  /** The title of a table for people, if it is not that of a sheet. */
  readonly heading?: string;
  readonly kind: Kind;
  value(row: Row): Content;
  /** What people read in place of the value. */
  words?(row: Row): string;
  tone?(row: Row): Tone | null;
  /** A name that Markdown sets as code. */
  readonly code?: true;
  /** If it is not that of its kind: text stands to the left, everything else to the right. */
  readonly align?: "left" | "right";
  /** Where it is shown, if not everywhere. */
  readonly on?: Medium;
  readonly fit?: Fit;
  /** The last row of a sheet has its sum. */
  readonly sum?: true;
}

/** How a column makes room on a narrow terminal. */
export interface Fit {
  /** Takes the width that is left, over several lines if that is too little; two of them share it. */
  readonly flexible?: true;
  /** A flexible column of prose: folded between words, so that no figure is torn apart. */
  readonly prose?: true;
  /** What a flexible column gives way to before spare ones go; its whole width if left out. */
  readonly least?: number;
  /** The column with the highest goes first; one without always stays. */
  readonly spare?: number;
  /** Goes on a terminal if no row has anything in it. */
  readonly optional?: true;
}

export interface Table<Row = unknown> {
  /** A workbook's sheet. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** What data formats call the row of sums; without a name there is none. */
  readonly sums?: string;
  /** What people read of it; if left out, all of it. */
  readonly shown?: Shown<Row>;
}

interface Shown<Row> {
  /** The names of the columns, in this order; all if left out. */
  readonly columns?: readonly string[];
  readonly rows?: readonly Row[];
  /** The rows that are not shown, summed. */
  readonly rest?: Summary | null;
  readonly total?: Summary;
  /** Under the table on a terminal and in HTML: what it leaves out. */
  readonly more?: string;
}

/** A row about other rows: a label in the first column, and what stands in others, by their names. */
export interface Summary {
  readonly label: string;
  readonly values: Readonly<Record<string, Content>>;
  /** Where it is shown, if not everywhere. */
  readonly on?: Medium;
}

/** A terminal is read once and shows the last line best; a page is posted for others, who read the first. */
export type Medium = "terminal" | "page";

export type Block = (
  | { readonly is: "heading"; readonly text: string }
  | { readonly is: "table"; readonly table: Table }
  /** A sentence, or several. `strong` comes first, and alone has the tone. */
  | {
      readonly is: "paragraph";
      readonly strong?: string;
      readonly text?: string;
      readonly tone?: Tone;
    }
  /** Sentences, each on a line of its own. Of `ours` an address is a link, and stays in one piece on a terminal. */
  | { readonly is: "notes"; readonly notes: readonly string[]; readonly ours?: true }
  | { readonly is: "list"; readonly title?: string; readonly items: readonly Item[] }
  /** Lines as they are, for instance commands to paste. */
  | { readonly is: "lines"; readonly lines: readonly string[] }
  | { readonly is: "diagnostics"; readonly diagnostics: readonly Diagnostic[] }
  /** What a page opens only when it is asked for. */
  | { readonly is: "folded"; readonly summary: string; readonly blocks: readonly Block[] }
) & {
  /** Where it is shown, if not everywhere. */
  readonly on?: Medium;
};

export interface Item {
  readonly strong?: string;
  readonly text: string;
  /** Lines under it. */
  readonly more?: readonly string[];
}

/** What every command shows. */
export interface Document {
  /** Whose it is, such as a campaign; empty if that could not be read, null for a document without a title. */
  readonly title: string | null;
  /** What it is, such as `top sheet`. */
  readonly what: string;
  readonly blocks: readonly Block[];
  /** When it was made, in milliseconds UTC. */
  readonly made?: number;
  /** Its data, with a schema of its own; a plan's is text already. */
  readonly json?: () => object | Promise<string>;
  /** Its data as tables, for CSV and workbooks. */
  readonly sheets?: () => readonly Table[];
  /** What it is about, if it has a page of its own in HTML. */
  readonly subject?: Subject;
}

/** Where a rendered document is shown. */
export interface Screen {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

/** A paragraph of one sentence, or a few. */
export function makeSentence(text: string): Block {
  return { is: "paragraph", text };
}

/** Adds to what a document is that it is of a ledger for rehearsals. */
export function markRehearsal(what: string, rehearsal: boolean, bought: "is" | "was"): string {
  return rehearsal ? `${what} · REHEARSAL, nothing ${bought} bought` : what;
}

/** Makes a page that says why there is nothing to show. A terminal has it on standard error. */
export function makeRefusalDocument(
  title: string,
  what: string,
  why: string,
  diagnostics: readonly Diagnostic[],
): Document {
  const blocks: readonly Block[] = [
    { is: "paragraph", strong: why },
    { is: "diagnostics", diagnostics },
  ];
  return { title, what, blocks: limitTo("page", blocks) };
}

/** One of the facts about a document. */
export interface AboutRow {
  readonly what: string;
  readonly is: Content;
  readonly first: boolean;
}

/** Makes the sheet of facts for a person who is sent the file. The figures are in the first row. */
export function makeAboutTable(
  facts: readonly (readonly [what: string, is: Content])[],
  figures: readonly {
    readonly name: string;
    readonly title?: string;
    readonly kind: Kind;
    readonly value: Content;
  }[],
): Table<AboutRow> {
  return {
    name: "About",
    columns: [
      { name: "what", kind: "text", value: ({ what }) => what },
      { name: "is", kind: "text", value: ({ is }) => is },
      ...figures.map((figure) => ({
        ...figure,
        value: ({ first }: AboutRow) => (first ? figure.value : null),
      })),
    ],
    rows: facts.map(([what, is], index) => ({ what, is, first: index === 0 })),
  };
}

/** Encodes a row for JSON, by the names of its columns: amounts as decimals. */
export function encodeRow<Row>(columns: readonly Column<Row>[], row: Row): object {
  return Object.fromEntries(
    columns.map((column) => {
      const content = column.value(row);
      const isAmount = column.kind === "usd" && typeof content === "number";
      return [column.name, isAmount ? exact(microUsd(content)) : content];
    }),
  );
}

/** A document in some format. A diagnostic says why it cannot be shown in that format. */
export type Rendered = string | Uint8Array | Diagnostic;

/** What a document is rendered for. */
export interface Target {
  /** The file it is written to; null for standard output. */
  readonly path: string | null;
  readonly screen: Screen;
  readonly exists: (path: string) => Promise<boolean>;
}

/** Limits blocks to one medium. */
export function limitTo(medium: Medium, blocks: readonly Block[]): readonly Block[] {
  return selectBlocks(medium, blocks).map((block) => ({ ...block, on: medium }));
}

/** Returns the blocks that a medium shows. */
export function selectBlocks(medium: Medium, blocks: readonly Block[]): readonly Block[] {
  return blocks.filter((block) => isOn(medium, block));
}

/** A table as people read it. */
export interface Readable {
  readonly columns: readonly Column[];
  readonly rows: readonly ReadableRow[];
}

interface ReadableRow {
  readonly is: "row" | "rest" | "total";
  /** A cell a column. */
  readonly cells: readonly Cell[];
}

interface Cell {
  readonly words: string;
  readonly value: Content;
  readonly tone: Tone | null;
}

export function makeReadable(
  { columns: all, rows: every, shown = {} }: Table,
  medium: Medium,
): Readable {
  const { columns: names, rows = every, rest = null, total = null } = shown;
  const columns = (
    names?.flatMap((name) => all.find((one) => one.name === name) ?? []) ?? all
  ).filter(
    (column) =>
      isOn(medium, column) &&
      (medium === "page" ||
        column.fit?.optional !== true ||
        rows.some((row) => column.value(row) !== null)),
  );
  const summary = (is: "rest" | "total", one: Summary | null): readonly ReadableRow[] =>
    one === null || !isOn(medium, one)
      ? []
      : [{ is, cells: columns.map((column, index) => makeSummaryCell(one, column, index)) }];
  return {
    columns,
    rows: [
      ...rows.map((row) => ({
        is: "row" as const,
        cells: columns.map((column) => makeCell(column, row)),
      })),
      ...summary("rest", rest),
      ...summary("total", total),
    ],
  };
}

function isOn(medium: Medium, { on }: { readonly on?: Medium }): boolean {
  return on === undefined || on === medium;
}

function makeCell(column: Column, row: unknown): Cell {
  const value = column.value(row);
  const words = column.words?.(row) ?? formatValue(column.kind, value);
  return { words, value, tone: column.tone?.(row) ?? null };
}

function makeSummaryCell({ label, values }: Summary, { name, kind }: Column, index: number): Cell {
  const value = index === 0 ? label : (values[name] ?? null);
  return { words: formatValue(kind, value), value, tone: null };
}

function formatValue(kind: Kind, value: Content): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  return kind === "usd"
    ? cents(microUsd(value))
    : kind === "date"
      ? formatMinute(value)
      : String(value);
}

export function isRightAligned({ kind, align }: Column): boolean {
  return (align ?? (kind === "text" ? "left" : "right")) === "right";
}

/** What is written over a column for people. */
export function chooseHeading(column: Column): string {
  return column.heading ?? chooseTitle(column);
}

/** What is written over a column of a sheet: `unit_price` is Unit price. */
export function chooseTitle({ name, title }: Pick<Column, "name" | "title">): string {
  return title ?? capitalize(name.replaceAll("_", " "));
}
