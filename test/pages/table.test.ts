import { expect, test } from "vitest";
import { microUsd } from "../../src/money.ts";
import { type PageColumn, renderTable } from "../../src/pages/table.ts";

interface Row {
  readonly who: string | null;
  readonly cost: number | null;
}

const COLUMNS: readonly PageColumn<Row>[] = [
  { name: "who", kind: "text", value: ({ who }) => who },
  { name: "so_far", kind: "usd", value: ({ cost }) => cost },
  { name: "why", kind: "text", value: () => "<b>" },
];
const ROWS: readonly Row[] = [
  { who: "<i>", cost: microUsd(1_176_000) },
  { who: "none", cost: null },
];

function splitTags(markup: string): readonly string[] {
  return markup.split(/\s*(<[^>]*>)\s*/).filter((part) => part !== "");
}

test("a table names rows by their first column, gives programs exact amounts, and escapes text", () => {
  const shown = renderTable({
    caption: "Costs",
    look: "figures",
    columns: COLUMNS,
    rows: ROWS,
    total: { label: "Total", row: { who: "", cost: microUsd(1_176_000) } },
  });
  const markup = splitTags(shown.toString()).join("");
  expect(markup).toContain('<caption class="unseen">Costs</caption>');
  expect(markup).toContain('<th scope="col">Who</th><th scope="col">So far</th>');
  expect(markup).toContain(
    '<tr><th scope="row"><bdi>&lt;i&gt;</bdi></th><td><data value="1.176">$1.18</data></td><td><bdi>&lt;b&gt;</bdi></td></tr>',
  );
  expect(markup).toContain('<th scope="row"><bdi>none</bdi></th><td>–</td>');
  expect(markup).toContain(
    '<tfoot><tr><th scope="row">Total</th><td><data value="1.176">$1.18</data></td><td></td></tr></tfoot>',
  );
});

test("a table whose rows become cards on a phone has roles, and each figure carries its title", () => {
  const shown = renderTable({
    caption: "Caps",
    look: "caps",
    columns: COLUMNS,
    rows: ROWS,
    none: "",
  });
  const markup = splitTags(shown.toString()).join("");
  for (const role of ["table", "rowgroup", "row", "columnheader", "rowheader", "cell"]) {
    expect(markup).toContain(` role="${role}"`);
  }
  expect(markup).toContain('<td role="cell" data-title="So far"></td>');
  expect(markup).toContain('<td role="cell" class="why">');
});
