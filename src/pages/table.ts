import { cents, exact, microUsd } from "../money.ts";
import { type Column, chooseHeading, chooseTitle, isRightAligned } from "../report/document.ts";
import { html, type Html, type Piece, isolate } from "./html.ts";

/** A column of a table on a page. */
export type PageColumn<Row> = Column<Row> & {
  /** What stands in the cell, if that is more than words. */
  shown?(row: Row): Piece;
  /** The class of a cell. */
  classOf?(row: Row): string | null;
  /** The class of the colour that it has in the chart beside it. */
  readonly key?: string;
};

interface PageTable<Row> {
  /** Read aloud by screen readers, and not shown. */
  readonly caption: string;
  /** Its class in the style sheet. */
  readonly look: "figures" | "sheet" | "caps" | "moves" | "costs" | "plain";
  readonly columns: readonly PageColumn<Row>[];
  readonly rows: readonly Row[];
  readonly classOf?: (row: Row) => string | null;
  /** Shown if there is no value. */
  readonly none?: string;
  /** The last row; of it only figures are shown. */
  readonly total?: { readonly label: string; readonly row: Row } | null;
}

/** On a phone each row of these is shown as a card: roles keep it a row, and each figure carries its title. */
const STACKED: ReadonlySet<PageTable<unknown>["look"]> = new Set(["caps", "moves", "costs"]);

/** Renders every table of every page. The first column names the row. */
export function renderTable<Row>(table: PageTable<Row>): Html {
  const { caption, look, columns, rows, classOf, none = "–", total = null } = table;
  const stacked = STACKED.has(look);
  const role = (name: string): Html | null => (stacked ? html` role="${name}"` : null);
  const group = role("rowgroup");
  // Tables with a look of their own are aligned by the style sheet.
  const alignment = (column: PageColumn<Row>): string | null =>
    look === "plain" && isRightAligned(column) ? "right" : null;
  const cell = (column: PageColumn<Row>, row: Row, shown: Piece): Html => {
    const isText = column.kind === "text";
    const name = stacked && isText ? column.name : null;
    const classes = renderClass(name, alignment(column), column.classOf?.(row));
    const title = stacked && !isText ? html` data-title="${chooseHeading(column)}"` : null;
    return html`<td${role("cell")}${classes}${title}>${shown}</td>`;
  };
  const [first, ...others] = columns;
  const rowOf = (label: Piece, row: Row, cells: Piece, classes: Html | null): Html => {
    const own = first === undefined ? null : renderClass(alignment(first), first.classOf?.(row));
    return html`<tr${role("row")}${classes}>
      <th${role("rowheader")}${own} scope="row">${label}</th>
      ${cells}
    </tr> `;
  };
  return html`<table class="${look}"${role("table")}>
    <caption class="unseen">
      ${caption}
    </caption>
    <thead${group}>
      <tr${role("row")}>
        ${columns.map(
          (column) =>
            html`<th${role("columnheader")}${renderClass(alignment(column))} scope="col">${renderKey(column)}${renderHeading(column)}</th> `,
        )}
      </tr>
    </thead>
    <tbody${group}>
      ${rows.map((row) =>
        rowOf(
          first === undefined ? null : renderCell(first, row, none),
          row,
          others.map((column) => cell(column, row, renderCell(column, row, none))),
          renderClass(classOf?.(row)),
        ),
      )}
    </tbody>
    ${
      total === null
        ? null
        : html`<tfoot${group}>
            ${rowOf(
              total.label,
              total.row,
              others.map((column) =>
                cell(
                  column,
                  total.row,
                  column.kind === "text" ? null : renderCell(column, total.row, none),
                ),
              ),
              null,
            )}
          </tfoot>`
    }
  </table>`;
}

/** Renders a table that scrolls at the side if it is too wide. */
export function renderScrollingTable<Row>(table: PageTable<Row>): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${table.caption}">
    ${renderTable(table)}
  </div>`;
}

function renderClass(...names: readonly (string | null | undefined)[]): Html | null {
  const all = names.filter((name) => typeof name === "string" && name !== "");
  return all.length === 0 ? null : html` class="${all.join(" ")}"`;
}

/** A screen reader names the column of a cell even if nothing stands over it. */
function renderHeading<Row>(column: PageColumn<Row>): Piece {
  const heading = chooseHeading(column);
  return heading === "" ? html`<span class="unseen">${chooseTitle(column)}</span>` : heading;
}

function renderCell<Row>(column: PageColumn<Row>, row: Row, none: string): Piece {
  if (column.shown !== undefined) return column.shown(row);
  const value = column.value(row);
  if (value === null) return none;
  const words = column.words?.(row);
  if (column.kind === "text") return isolate(words ?? String(value));
  if (column.kind !== "usd" || typeof value === "string") return words ?? String(value);
  const amount = microUsd(value);
  return html`<data value="${exact(amount)}">${words ?? cents(amount)}</data>`;
}

function renderKey<Row>({ key }: PageColumn<Row>): Html | null {
  return key === undefined ? null : html`<i class="key ${key}"></i>`;
}
