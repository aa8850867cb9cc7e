import { expect, test } from "vitest";
import { error, formatDiagnostic } from "../../src/diagnostics/diagnostic.ts";
import { suggest, findNearest } from "../../src/diagnostics/suggest.ts";
import { toPrintable, shorten, describeValue } from "../../src/diagnostics/printable.ts";
import { SourceText } from "../../src/diagnostics/source-text.ts";

/** The complaint about `marked`, at the place where it stands in `text`. */
function about(text: string, marked: string): readonly string[] {
  const source = new SourceText("m.yaml", text);
  const start = text.indexOf(marked);
  return formatDiagnostic(
    error("value", "so", { source, start, end: start + marked.length }, "do"),
  ).split("\n");
}

test.for([
  ["plain", "a: 1\nb: wrong\n", "wrong", "2:4", "    2 | b: wrong", "      |    ^^^^^"],
  ["CRLF", "a: 1\r\nb: wrong\r\n", "wrong", "2:4", "    2 | b: wrong", "      |    ^^^^^"],
  ["a tab before", "b:\twrong", "wrong", "1:4", "    1 | b:  wrong", "      |     ^^^^^"],
  ["an emoji before", "b: 🎬 wrong", "wrong", "1:6", "    1 | b: 🎬 wrong", "      |       ^^^^^"],
  ["an emoji marked", "b: 🎬🎬", "🎬🎬", "1:4", "    1 | b: 🎬🎬", "      |    ^^^^"],
  [
    "wide letters before",
    "夜景: wrong",
    "wrong",
    "1:5",
    "    1 | 夜景: wrong",
    "      |       ^^^^^",
  ],
  [
    "an accent of its own",
    "e\u0301: wrong",
    "wrong",
    "1:5",
    "    1 | e\u0301: wrong",
    "      |    ^^^^^",
  ],
  ["several lines", "b: one\n  two\n", "one\n  two", "1:4", "    1 | b: one", "      |    ^^^"],
  [
    "an escape",
    "b: \u001bwrong",
    "wrong",
    "1:5",
    "    1 | b: \\u001bwrong",
    "      |          ^^^^^",
  ],
] as const)("prints the caret under the mistake: %s", ([, text, marked, at, line, caret]) => {
  expect(about(text, marked)).toEqual([`m.yaml:${at}: error: so`, line, caret, "  hint: do"]);
});

test("prints a mistake far to the right with some text before it", () => {
  const [first, line = "", caret = ""] = about(
    `b: ${"x".repeat(3_000)} wrong ${"y".repeat(3_000)}`,
    "wrong",
  );
  expect(first).toBe("m.yaml:1:3005: error: so");
  expect(line.length).toBeLessThan(110);
  expect(line.slice(caret.indexOf("^"), caret.lastIndexOf("^") + 1)).toBe("wrong");
});

test("prints one caret for an empty place, at the end of a text too", () => {
  const source = new SourceText("m.yaml", "a: 1\n");
  expect(formatDiagnostic(error("value", "so", { source, start: 5, end: 5 })).split("\n")).toEqual([
    "m.yaml:2:1: error: so",
    "    2 | ",
    "      | ^",
  ]);
});

test("escapes what is unsafe on a terminal", () => {
  for (const code of [
    0, 7, 8, 9, 10, 13, 27, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069,
    0xfeff,
  ]) {
    expect(toPrintable(`a${String.fromCharCode(code)}b`)).toMatch(/^a\\(?:n|t|u[0-9a-f]{4})b$/);
  }
  expect(toPrintable("Zoë 🎬 夜景")).toBe("Zoë 🎬 夜景");
});

test.for([
  [Number.POSITIVE_INFINITY, "Infinity"],
  [null, "nothing"],
  [undefined, "nothing"],
  [[], "an empty list"],
  [[1], "a list"],
  [{}, "an empty mapping"],
  [{ a: 1 }, "a mapping"],
  ["a".repeat(50), `"${"a".repeat(39)}…"`],
  ["🎬".repeat(50), `"${"🎬".repeat(39)}…"`],
] as const)("describes a value in a message: %#", ([value, text]) => {
  expect(describeValue(value)).toBe(text);
});

test("shorten never cuts a character in two", () => {
  for (let length = 1; length < 12; length += 1)
    expect(shorten("🎬a🎬b🎬c🎬d🎬e", length).isWellFormed()).toBe(true);
});

test("suggests a near name, whatever its case, or none", () => {
  expect(findNearest("Promt", ["prompt", "matrix"])).toBe("prompt");
  expect(findNearest("ID", ["id", "takes"])).toBe("id");
  expect(findNearest("zzz", ["prompt"])).toBeUndefined();
  expect(findNearest("x".repeat(1_000_000), ["prompt"])).toBeUndefined();
});

test("keeps a hint short and safe, whatever names it could list", () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `scene-${index}`);
  expect(suggest("zzz", names).length).toBeLessThan(1_000);
  expect(suggest("zzz", ["\u001b[2J", "\u202ea"])).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(suggest("\u202eab", ["\u202eabc"])).not.toMatch(/[\u0000-\u001f\u202e]/);
});
