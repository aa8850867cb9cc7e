import type { Block, Column, Document } from "../../src/report/document.ts";

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

/** A document that has every kind of block. */
export const EVERY_BLOCK: Document = {
  title: "film",
  what: "everything",
  json: () => ({ all: [1] }),
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
