import { formatMinute } from "../diagnostics/printable.ts";
import { exact, microUsd } from "../money.ts";
import {
  type Block,
  chooseHeading,
  chooseTitle,
  type Content,
  type Document,
  isRightAligned,
  type Item,
  makeReadable,
  selectBlocks,
  type Table,
  type Tone,
} from "../report/document.ts";
import { renderDiagnostic, renderRemarks } from "./attention.ts";
import { renderPage } from "./document.ts";
import { html, type Html, isolate, type Piece } from "./html.ts";

type Readable = ReturnType<typeof makeReadable>;
type ReadColumn = Readable["columns"][number];
type ReadRow = Readable["rows"][number];

/** Renders the page of a document that has none of its own: its blocks, one below the other. */
export function renderDocumentPage({ title, what, blocks, made }: Document): string {
  return renderPage({
    name: title ?? "",
    what: what.replaceAll("\n", " · "),
    made: made === undefined ? null : `Made ${formatMinute(made)}`,
    sections: html`<section class="document">${renderBlocks(blocks)}</section>`,
  });
}

function renderBlocks(blocks: readonly Block[]): readonly Html[] {
  return selectBlocks("page", blocks).map(renderBlock);
}

function renderBlock(block: Block): Html {
  switch (block.is) {
    case "heading":
      return html`<h2>${isolate(block.text)}</h2> `;
    case "table":
      return renderTable(block.table);
    case "paragraph":
      return html`<p>${renderSentence(block)}</p> `;
    case "notes":
      return html`<ul>
        ${block.notes.map(
          (note) => html`<li>${block.ours === true ? linkAddresses(note) : isolate(note)}</li> `,
        )}
      </ul> `;
    case "list":
      return html`${block.title === undefined ? null : html`<h2>${block.title}</h2> `}
        <ul class="items">
          ${block.items.map(renderItem)}
        </ul> `;
    case "lines":
      return html`<pre tabindex="0" dir="ltr">${block.lines.join("\n")}</pre> `;
    case "diagnostics":
      return html`${renderRemarks(block.diagnostics.map((one) => renderDiagnostic(one)))} `;
    case "folded":
      return html`<details>
        <summary>${isolate(block.summary)}</summary>
        ${renderBlocks(block.blocks)}
      </details> `;
  }
}

function renderItem({ more = [], ...about }: Item): Html {
  return html`<li>
    ${renderSentence(about)}${more.map((line) => html`<br /><small>${linkAddresses(line)}</small>`)}
  </li> `;
}

function renderSentence({
  strong = "",
  text = "",
  tone,
}: Partial<Item> & { readonly tone?: Tone }): readonly Piece[] {
  const first = html`<b${renderClass([tone ?? ""])}>${isolate(strong)}</b>`;
  return [strong === "" ? null : first, strong === "" || text === "" ? null : " ", isolate(text)];
}

/** Makes links of the web addresses in a text. */
function linkAddresses(text: string): readonly Piece[] {
  return text
    .split(/(https?:\/\/[^\s,)]+)/)
    .map((part, index) => (index % 2 === 0 ? isolate(part) : html`<a href="${part}">${part}</a>`));
}

/** Renders a table that scrolls at the side if it is too wide; the first column names the row. */
function renderTable(table: Table): Html {
  const { columns, rows } = makeReadable(table, "page");
  const { more = "" } = table.shown ?? {};
  const totals = rows.filter(({ is }) => is === "total").map((row) => renderRow(columns, row));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${table.name}">
      <table>
        <caption class="unseen">
          ${table.name}
        </caption>
        <thead>
          <tr>
            ${columns.map(renderHeading)}
          </tr>
        </thead>
        <tbody>
          ${rows.filter(({ is }) => is !== "total").map((row) => renderRow(columns, row))}
        </tbody>
        ${
          totals.length === 0
            ? null
            : html`<tfoot>
                ${totals}
              </tfoot>`
        }
      </table>
    </div>
    ${more === "" ? null : html`<p class="quiet">${more}</p> `}`;
}

function renderHeading(column: ReadColumn): Html {
  const heading = chooseHeading(column);
  // A screen reader names the column of a cell even if nothing stands over it.
  const shown = heading === "" ? html`<span class="unseen">${chooseTitle(column)}</span>` : heading;
  return html`<th${renderClass([alignmentOf(column)])} scope="col">${shown}</th> `;
}

function renderRow(columns: readonly ReadColumn[], { is, cells }: ReadRow): Html {
  return html`<tr${renderClass([is === "rest" ? "quiet" : ""])}>
    ${cells.map(({ words, value, tone }, index) => {
      const column = columns[index];
      const look = renderClass([column === undefined ? "" : alignmentOf(column), tone ?? ""]);
      const shown = renderCell(column, is, words, value);
      return index === 0
        ? html`<th${look} scope="row">${shown}</th> `
        : html`<td${look}>${shown}</td> `;
    })}
  </tr> `;
}

function renderCell(
  column: ReadColumn | undefined,
  is: ReadRow["is"],
  words: string,
  value: Content,
): Piece {
  if (words === "") return is === "row" ? "–" : null;
  if (column?.kind === "usd" && typeof value === "number")
    return html`<data value="${exact(microUsd(value))}">${words}</data>`;
  return is === "row" && column?.code === true ? html`<code>${words}</code>` : isolate(words);
}

function alignmentOf(column: ReadColumn): "right" | "" {
  return isRightAligned(column) ? "right" : "";
}

function renderClass(names: readonly string[]): Html | null {
  const all = names.filter((name) => name !== "").join(" ");
  return all === "" ? null : html` class="${all}"`;
}
