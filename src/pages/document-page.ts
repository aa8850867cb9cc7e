import { formatMinute } from "../diagnostics/printable.ts";
import { exact, microUsd } from "../money.ts";
import {
  type Block,
  type Blocks,
  type Column,
  type Document,
  type Item,
  makeReadable,
  selectBlocks,
  type Table,
  type Tone,
} from "../report/document.ts";
import { renderDiagnostics } from "./attention.ts";
import { renderPage } from "./document.ts";
import { html, type Html, isolate, type Piece } from "./html.ts";
import { type PageColumn, renderScrollingTable } from "./table.ts";

type ReadableRow = ReturnType<typeof makeReadable>["rows"][number];

/** Renders the page of a document that has none of its own: its blocks, one below the other. */
export function renderDocumentPage({ title, what, blocks, made }: Document): string {
  return renderPage({
    name: title ?? "",
    what: what.replaceAll("\n", " · "),
    made: made === undefined ? null : `Made ${formatMinute(made)}`,
    sections: html`<section class="document">${renderBlocks(blocks)}</section>`,
  });
}

function renderBlocks(blocks: Blocks): readonly Html[] {
  return selectBlocks("page", blocks).map(renderBlock);
}

function renderBlock(block: Block): Html {
  switch (block.is) {
    case "heading":
      return html`<h2>${isolate(block.text)}</h2> `;
    case "table":
      return renderDocumentTable(block.table);
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
      return html`${renderDiagnostics(block.diagnostics)} `;
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
  const first = html`<b${tone === undefined ? null : html` class="${tone}"`}>${isolate(strong)}</b>`;
  return [strong === "" ? null : first, strong === "" || text === "" ? null : " ", isolate(text)];
}

/** Makes links of the web addresses in a text. */
function linkAddresses(text: string): readonly Piece[] {
  return text
    .split(/(https?:\/\/[^\s,)]+)/)
    .map((part, index) => (index % 2 === 0 ? isolate(part) : html`<a href="${part}">${part}</a>`));
}

function renderDocumentTable(table: Table): Html {
  const { columns, rows } = makeReadable(table, "page");
  const { more = "" } = table.shown ?? {};
  const total = rows.find(({ is }) => is === "total");
  const shown = columns.map((column, index): PageColumn<ReadableRow> => ({
    ...column,
    value: ({ cells }) => cells[index]?.value ?? null,
    shown: ({ is, cells }) => renderCell(column, is, cells[index]),
    classOf: ({ cells }) => cells[index]?.tone ?? null,
  }));
  return html`${renderScrollingTable<ReadableRow>({
    caption: table.name,
    look: "plain",
    columns: shown,
    rows: rows.filter((row) => row !== total),
    classOf: ({ is }) => (is === "rest" ? "quiet" : null),
    total: total === undefined ? null : { label: total.cells[0]?.words ?? "", row: total },
  })}
  ${more === "" ? null : html`<p class="quiet">${more}</p> `}`;
}

function renderCell(
  column: Column,
  is: ReadableRow["is"],
  cell: ReadableRow["cells"][number] | undefined,
): Piece {
  const { words = "", value = null } = cell ?? {};
  if (words === "") return is === "row" ? "–" : null;
  if (column.kind === "usd" && typeof value === "number")
    return html`<data value="${exact(microUsd(value))}">${words}</data>`;
  return is === "row" && column.code === true ? html`<code>${words}</code>` : isolate(words);
}
