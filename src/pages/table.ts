import { cents, exact, microUsd } from "../money.ts";
import { type Column, chooseHeading } from "../report/document.ts";
import { html, type Html, type Piece, isolate } from "./html.ts";

/** A column of a table on a page. */
export type PageColumn<Row> = Column<Row> & {
  /** What stands in the cell, if that is more than words. */
  shown?(row: Row): Piece;
  /** The class of the colour that it has in the chart beside it. */
  readonly key?: string;
};

interface PageTable<Row> {
  /** Read aloud by screen readers, and not shown. */
  readonly caption: string;
  /** Its class in the style sheet. */
  readonly look: "figures" | "sheet" | "caps" | "moves" | "costs";
  readonly columns: readonly PageColumn<Row>[];
  readonly rows: readonly Row[];
  readonly classOf?: (row: Row) => string;
  /** Shown if there is no value. */
  readonly none?: string;
  /** The last row; of it only figures are shown. */
  readonly total?: { readonly label: string; readonly row: Row };
}

/** On a phone each row of these is shown as a card: roles keep it a row, and each figure carries its title. */
const STACKED: ReadonlySet<PageTable<unknown>["look"]> = new Set(["caps", "moves", "costs"]);

/** Renders every table of every page. The first column names the row. */
export function renderTable<Row>(shown: PageTable<Row>): Html {
  const { caption, look, columns, rows, classOf, none = "–", total } = shown;
  const stacked = STACKED.has(look);
  const role = (name: string): Html | null => (stacked ? html` role="${name}"` : null);
  const group = role("rowgroup");
  const [names, cell, rowHeader] = [role("columnheader"), role("cell"), role("rowheader")];
  const figure = (column: PageColumn<Row>, shown: Piece): Html => {
    if (!stacked) return html`<td>${shown}</td>`;
    return column.kind === "text"
      ? html`<td${cell} class="${column.name}">${shown}</td>`
      : html`<td${cell} data-title="${chooseHeading(column)}">${shown}</td>`;
  };
  const line = (label: Piece, cells: Piece, look: string | undefined): Html =>
    html`<tr${role("row")}${look === undefined ? null : html` class="${look}"`}>
      <th${rowHeader} scope="row">${label}</th>
      ${cells}
    </tr> `;
  const [first, ...others] = columns;
  return html`<table class="${look}"${role("table")}>
    <caption class="unseen">
      ${caption}
    </caption>
    <thead${group}>
      <tr${role("row")}>
        ${columns.map(
          (column) =>
            html`<th${names} scope="col">${renderKey(column)}${chooseHeading(column)}</th> `,
        )}
      </tr>
    </thead>
    <tbody${group}>
      ${rows.map((row) =>
        line(
          first === undefined ? null : renderCell(first, row, none),
          others.map((column) => figure(column, renderCell(column, row, none))),
          classOf?.(row),
        ),
      )}
    </tbody>
    ${
      total === undefined
        ? null
        : html`<tfoot${group}>
            ${line(
              total.label,
              others.map((column) =>
                figure(column, column.kind === "text" ? null : renderCell(column, total.row, none)),
              ),
              undefined,
            )}
          </tfoot>`
    }
  </table>`;
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
