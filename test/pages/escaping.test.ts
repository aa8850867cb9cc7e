import fc from "fast-check";
import { expect, test } from "vitest";
import { toPrintable } from "../../src/diagnostics/printable.ts";
import { html } from "../../src/pages/html.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

function unescape(markup: string): string {
  return markup.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? "");
}

const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...Array.from("<>&\"'`=/ \n\t\u0000\u202e\u2066;#x")) }),
);

test("a template escapes all text, so that none is read as markup", () => {
  fc.assert(
    fc.property(anything, (text) => {
      const markup = html`<p title="${text}">${text}</p>`.toString();
      const [, title = "", body = ""] = /^<p title="([^"<>]*)">([^<>]*)<\/p>$/.exec(markup) ?? [];
      expect(unescape(body)).toBe(text.split("\n").map(toPrintable).join("\n"));
      expect(title).toBe(body);
      expect(body).not.toMatch(/["'<>]|&(?!(?:amp|lt|gt|quot|#39);)/);
    }),
    { numRuns: 500 },
  );
});

test("a template keeps markup at any depth and renders null as nothing", () => {
  const item = html`<b>${"<i>"}</b>`;
  expect(html`<p>${[item, null, [item, 7]]}</p>`.toString()).toBe(
    "<p><b>&lt;i&gt;</b><b>&lt;i&gt;</b>7</p>",
  );
});
