import { expect, test } from "vitest";
import { renderHtml } from "../../src/pages/formats.ts";
import type { Document } from "../../src/report/document.ts";
import { EVERY_BLOCK } from "../report/every-block.ts";

const TARGET = {
  path: null,
  screen: { width: 80, colour: false },
  exists: async (): Promise<boolean> => false,
};

/** Renders a document and returns its markup, without the head and without white space between tags. */
async function renderBody(document: Document): Promise<string> {
  const page = await renderHtml(document, TARGET);
  return page
    .slice(page.indexOf("<header>"))
    .replace(/\s*(<[^>]*>)\s*/g, "$1")
    .replaceAll("><", ">\n<");
}

test("a document without a page of its own is rendered block by block", async () => {
  const body = await renderBody({ ...EVERY_BLOCK, made: Date.UTC(2026, 10, 21, 9) });
  await expect(body).toMatchFileSnapshot("golden/document-page.html.txt");
});

test("a document's page escapes text from outside, and makes links only of addresses in our own notes", async () => {
  const hostile = `<img src=x onerror=alert(1)> "https://evil.example`;
  const body = await renderBody({
    title: hostile,
    what: "everything",
    blocks: [
      { is: "heading", text: hostile },
      { is: "paragraph", strong: hostile, text: hostile },
      { is: "notes", notes: [hostile] },
      { is: "notes", notes: ["a price (https://fal.ai/models, seen 2026-10-01)."], ours: true },
      { is: "list", items: [{ text: hostile, more: [`${hostile}"onclick="x`] }] },
      { is: "lines", lines: [hostile] },
    ],
  });
  expect(body).not.toMatch(/<img|onclick="x/);
  expect(body.match(/<a [^>]*>/g)).toEqual([
    '<a href="https://fal.ai/models">',
    '<a href="https://evil.example&quot;onclick=&quot;x">',
  ]);
});
