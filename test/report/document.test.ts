import { expect, test } from "vitest";
import type { Block, Column, Document } from "../../src/report/document.ts";
import { FORMATS } from "../../src/report/formats.ts";

interface Item {
  readonly name: string;
  readonly scene: string | null;
  readonly cost: number;
}

const COLUMNS: readonly Column<Item>[] = [
  { name: "scene", kind: "text", value: ({ scene }) => scene, fit: { optional: true } },
  { name: "name", heading: "Line", kind: "text", code: true, value: ({ name }) => name },
  { name: "cost", kind: "usd", value: ({ cost }) => cost, tone: () => "bad" },
  { name: "path", kind: "text", on: "page", value: () => null, words: () => "a|b" },
];

const TABLE: Block = {
  is: "table",
  table: {
    name: "Lines",
    columns: COLUMNS,
    rows: [{ name: "a*b", scene: null, cost: 1_250_000 }],
    shown: {
      rest: { label: "and 2 more", values: { cost: 500_000 } },
      total: { label: "Total", values: { cost: 1_750_000 }, on: "terminal" },
      more: "1 more cap.",
    },
  },
};

const DOCUMENT: Document = {
  title: "film",
  what: "everything",
  json: () => "{}\n",
  blocks: [
    { is: "heading", text: "Costs" },
    TABLE,
    { is: "paragraph", strong: "Over budget.", text: "Too dear by far.", tone: "bad" },
    { is: "notes", notes: ["one @jo", "two"] },
    { is: "list", title: "Rules", items: [{ strong: "Failed:", text: "it", more: ["since"] }] },
    { is: "lines", lines: ["$ paste"] },
    { is: "folded", summary: "1 line", blocks: [{ is: "paragraph", text: "inside" }] },
    { is: "paragraph", text: "for a terminal", on: "terminal" },
    { is: "paragraph", text: "for a page", on: "page" },
  ],
};

async function shown(format: string, width = 80): Promise<unknown> {
  const render = await FORMATS[format]?.load();
  const target = { path: null, screen: { width, colour: false }, exists: async () => false };
  return await render?.(DOCUMENT, target);
}

test("a terminal has every block but those for pages, and drops a column of nothing", async () => {
  expect(await shown("table")).toBe(`film · everything

Costs

Line         Cost
a*b         $1.25
and 2 more  $0.50
Total       $1.75
1 more cap.

Over budget. Too dear by far.

one @jo
two

Rules
- Failed: it
  since

$ paste

inside

for a terminal
`);
});

test("a narrow terminal folds sentences between words", async () => {
  expect(await shown("table", 12)).toContain("\nOver budget.\nToo dear by\nfar.\n");
});

test("a page has every block but those for terminals, escapes text and folds what is long", async () => {
  expect(await shown("md")).toBe(`## film: everything

### Costs

| Scene | Line | Cost | Path |
| --- | --- | ---: | --- |
|  | \`a*b\` | $1.25 | a\\|b |
| and 2 more |  | $0.50 |  |

**Over budget.** Too dear by far.

one @&#8203;jo<br>
two

### Rules

- **Failed:** it
  since

    $ paste

<details><summary>1 line</summary>

inside

</details>

for a page
`);
});

test("a document's data is its own", async () => {
  expect(await shown("json")).toBe("{}\n");
});
