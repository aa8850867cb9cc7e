import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readProjectFile, ROOT, topsheet } from "../rig/in-process.ts";
import { runs } from "../rig/effort.ts";
import { cpuTime } from "../rig/cpu-time.ts";

// Thousands of randomly mutated manifests: whatever the text, `check` ends soon, with a verdict or with complaints whose
// places are inside the text. fast-check prints the seed and the smallest text that fails.
const RUNS = runs(1_000, 30_000);
const MOST_MS = 2_000;

async function yamlIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  const paths = names.filter((name) => name.endsWith(".yaml") && !name.includes("rates"));
  return await Promise.all(paths.toSorted().map((name) => readProjectFile(join(folder, name))));
}

const originals = [...(await yamlIn("manifests")), ...(await yamlIn("test/stories"))].filter(
  // A million combinations without one variable are 100,000 lines: legal, but not in two seconds.
  (text) => text.length < 4_000 && !text.includes("campaign: million"),
);
const rates = await readProjectFile("manifests/my-rates.yaml");

const HOSTILE = [
  "null",
  "~",
  "",
  "true",
  "-1",
  "0",
  "1e400",
  ".nan",
  ".inf",
  "5.5",
  "007",
  "16:9",
  "99999999999999999999",
  "[]",
  "{}",
  "[[",
  "}}",
  "- -",
  "? ",
  ": ",
  "&a ",
  "*a",
  "*b",
  "<<: *a",
  "!!int ",
  "!x ",
  "---\n",
  "...\n",
  "%YAML 1.1\n---\n",
  "|\n",
  ">-\n",
  "'",
  '"',
  "\\",
  "#",
  "\t",
  "\r",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "\ufeff",
  "\ud83d\ude00",
  "__proto__",
  "constructor",
  "toString",
  "__proto__: 1\n",
  "${{ matrix.x }}",
  "${{",
  "}}",
  "@Element1",
  "@Image9",
  "x-",
  "matrix: { duration: [3, 4] }\n",
  "    takes: 1000000000\n",
  "kling-v3-4k",
  '"\\e[31m"',
  "multi_prompt",
  "elements: [{}]\n",
  "budget: { by_scene: { x: 1 } }\n",
  "a".repeat(300),
];

const change = fc.record({
  kind: fc.constantFrom(
    "insert",
    "cut",
    "token",
    "line out",
    "line twice",
    "lines swapped",
    "word",
    "indent",
  ),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  to: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  text: fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 4 })),
});
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function spoilt(text: string, { kind, at, to, text: put }: Change): string {
  const lines = text.split("\n");
  const index = Math.floor(at * lines.length);
  const other = Math.floor(to * lines.length);
  const offset = Math.floor(at * text.length);
  const line = lines[index] ?? "";
  switch (kind) {
    case "insert":
      return text.slice(0, offset) + put + text.slice(offset);
    case "cut":
      return text.slice(0, offset) + text.slice(offset + 1 + Math.floor(to * 20));
    case "token":
      return text.slice(0, offset) + text.slice(offset).replace(/[\w.:-]+/, () => put);
    case "line out":
      return lines.toSpliced(index, 1).join("\n");
    case "line twice":
      return lines.toSpliced(other, 0, line).join("\n");
    case "lines swapped":
      return lines
        .with(index, lines[other] ?? "")
        .with(other, line)
        .join("\n");
    case "word":
      return lines
        .with(
          index,
          line.replace(/(?<=: ).*/, () => put),
        )
        .join("\n");
    case "indent":
      return lines.with(index, put.startsWith("\t") ? `\t${line}` : ` ${line}`).join("\n");
  }
}

const manifest = fc
  .tuple(fc.constantFrom(...originals), fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([text, changes]) => changes.reduce(spoilt, text));

const PLACE = /^m\.yaml:(\d+):(\d+): error: /gm;

/** Lines and columns as an editor counts them: columns in characters, one past the end allowed. */
function isInside(text: string, line: number, column: number): boolean {
  const written = text.replace(/^\ufeff/, "").split("\n")[line - 1];
  return written !== undefined && column >= 1 && column <= Array.from(written).length + 1;
}

test("finds enough manifests to mutate", () => {
  expect(originals.length).toBeGreaterThanOrEqual(20);
});

test("no text makes check throw, hang, or report a mistake without a place", async () => {
  const verdicts = { 0: 0, 2: 0 };
  await fc.assert(
    fc.asyncProperty(manifest, async (text) => {
      const before = cpuTime();
      const { code, out, err } = await topsheet(["check", "m.yaml"], {
        files: { "m.yaml": text, "my-rates.yaml": rates },
      });
      expect(cpuTime() - before).toBeLessThan(MOST_MS);
      expect(err).toBe("");
      expect([0, 2]).toContain(code);
      verdicts[code === 0 ? 0 : 2] += 1;
      expect(out).not.toMatch(
        /undefined|\[object |Invalid input|expected \w+, received|^ +at \S+:\d/m,
      );
      expect(out).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/,
      );
      const places = [...out.matchAll(PLACE)].map(
        ([, line, column]) => [Number(line), Number(column)] as const,
      );
      expect(places.length > 0 || /^(?:my-rates\.yaml:.*)?error: /m.test(out)).toBe(code === 2);
      const nowhere = places.filter(([line, column]) => !isInside(text, line, column));
      expect(nowhere).toEqual([]);
    }),
    { ...RUNS, endOnFailure: false },
  );
  // Both verdicts have to be common, or half of the law is not tested.
  expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(RUNS.numRuns / 50);
});
