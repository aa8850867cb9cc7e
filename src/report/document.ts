import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { capitalize, formatCount, formatMinute } from "../diagnostics/printable.ts";
import { cents, exact, type MicroUsd, microUsd } from "../money.ts";
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

/** A column of a table. Its functions are methods, so that a table's columns need not state the type of its rows. */
export interface Column<Row = unknown> {
  /** In CSV, and in JSON if that has the column. */
  readonly name: string;
  /** Stands over the column; made from the name if left out. */
  readonly title?: string;
  /** Stands over the column for people, if they read another title than in a sheet. */
  readonly heading?: string;
  readonly kind: Kind;
  value(row: Row): Content;
  /** What people read in place of the value. */
  words?(row: Row): string;
  tone?(row: Row): Tone | null;
  /** Whether it holds names, which are set as code. */
  readonly code?: true;
  /** Overrides the alignment of its kind: text to the left, everything else to the right. */
  readonly align?: "left" | "right";
  /** Where it is shown, if not everywhere. */
  readonly on?: Medium;
  readonly fit?: Fit;
  /** Whether the last row of a sheet has its sum. */
  readonly sum?: true;
}

type Amounts<Name extends string> = { readonly [Key in Name]: MicroUsd | null };

/** Declares a column of amounts: the field of its rows that has the name of the column. */
export function amountColumn<Name extends string>(
  name: Name,
  { spare, ...more }: Partial<Column<Amounts<Name>>> & Pick<Fit, "spare"> = {},
): Column<Amounts<Name>> {
  const fit = spare === undefined ? {} : { fit: { spare } };
  return { name, kind: "usd", value: (row) => row[name], ...fit, ...more };
}

/** How a column makes room on a narrow terminal. */
export interface Fit {
  /** Takes the width that is left, over several lines if needed; several such columns share it. */
  readonly flexible?: true;
  /** Whether a flexible column is folded between words, so that no figure is broken apart. */
  readonly prose?: true;
  /** The width to which a flexible column shrinks before spare ones are dropped; its whole width if left out. */
  readonly least?: number;
  /** The column with the highest number is dropped first; one without is never dropped. */
  readonly spare?: number;
  /** Whether a terminal drops it if it is empty in every row. */
  readonly optional?: true;
}

export interface Table<Row = unknown> {
  /** The name of its sheet in a workbook. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The label of the row of sums in data formats; without a label there is no such row. */
  readonly sums?: string;
  /** The part that people read; all of it if left out. */
  readonly shown?: Shown<Row>;
}

interface Shown<Row> {
  /** The names of the columns, in this order; all if left out. */
  readonly columns?: readonly string[];
  readonly rows?: readonly Row[];
  /** The sum of the rows that are not shown. */
  readonly rest?: Summary | null;
  readonly total?: Summary;
  /** Says below the table what it leaves out; not in Markdown. */
  readonly more?: string;
}

/** A row that sums up others: a label in the first column, and values by the names of the other columns. */
export interface Summary {
  readonly label: string;
  readonly values: Readonly<Record<string, Content>>;
  /** Where it is shown, if not everywhere. */
  readonly on?: Medium;
}

/** A terminal shows its last line best, so a verdict comes last; on a page, which is read from the top, first. */
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
  /** Sentences, each on a line of its own. In `ours`, web addresses are links, and a terminal does not break them. */
  | { readonly is: "notes"; readonly notes: readonly string[]; readonly ours?: true }
  | { readonly is: "list"; readonly title?: string; readonly items: readonly Item[] }
  /** Lines that are shown as they are, such as commands to paste. */
  | { readonly is: "lines"; readonly lines: readonly string[] }
  | { readonly is: "diagnostics"; readonly diagnostics: readonly Diagnostic[] }
  /** A part that a page keeps folded until a reader opens it. */
  | { readonly is: "folded"; readonly summary: string; readonly blocks: Blocks }
) & {
  /** Where it is shown, if not everywhere. */
  readonly on?: Medium;
};

/** Null stands for no block. */
export type Blocks = readonly (Block | null)[];

export interface Item {
  readonly strong?: string;
  readonly text: string;
  /** Lines below it. */
  readonly more?: readonly string[];
}

/** What a command shows. */
export interface Document {
  /** The campaign or model that it is about; empty if that could not be read, null if there is none. */
  readonly title: string | null;
  /** What it is, such as `top sheet`. */
  readonly what: string;
  readonly blocks: Blocks;
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

/** Says how many rows of a table are not shown; null if all are. */
export function makeRestSentence(left: number, noun: string): Block | null {
  if (left === 0) return null;
  return makeSentence(`and ${formatCount(left, noun)} more; --format json has them all.`);
}

/** Adds to the kind of a document that it is about a rehearsal. */
export function markRehearsal(what: string, rehearsal: boolean, bought: "is" | "was"): string {
  return rehearsal ? `${what} · REHEARSAL, nothing ${bought} bought` : what;
}

/** Makes a page that says why there is nothing to show; on a terminal, standard error says it. */
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

/** Makes the sheet of facts for a person who receives the file. Its first row has the figures. */
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

/** A document in some format, or a diagnostic that says why it cannot be shown in that format. */
export type Rendered = string | Uint8Array | Diagnostic;

/** What a document is rendered for. */
export interface Target {
  /** The file it is written to; null for standard output. */
  readonly path: string | null;
  readonly screen: Screen;
  readonly exists: (path: string) => Promise<boolean>;
}

/** Limits blocks to one medium. */
export function limitTo(medium: Medium, blocks: Blocks): readonly Block[] {
  return selectBlocks(medium, blocks).map((block) => ({ ...block, on: medium }));
}

/** Returns the blocks that a medium shows. */
export function selectBlocks(medium: Medium, blocks: Blocks): readonly Block[] {
  return blocks.filter((block): block is Block => block !== null && isOn(medium, block));
}

/** A table as people read it. */
export interface Readable {
  readonly columns: readonly Column[];
  readonly rows: readonly ReadableRow[];
}

interface ReadableRow {
  readonly is: "row" | "rest" | "total";
  /** One for each column. */
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

/** Returns what stands over a column for people. */
export function chooseHeading(column: Column): string {
  return column.heading ?? chooseTitle(column);
}

/** Returns what stands over a column of a sheet: `Unit price` for `unit_price`. */
export function chooseTitle({ name, title }: Pick<Column, "name" | "title">): string {
  return title ?? capitalize(name.replaceAll("_", " "));
}
