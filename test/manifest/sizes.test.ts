import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { cpuTime } from "../rig/cpu-time.ts";

// Texts that are small or at most 5 MB, and made to be slow. A text of ordinary mistakes takes milliseconds;
// what grows with the square of the text takes minutes here, and the limit is far from both.
const MOST_MS = 6_000;
const HEAD = "topsheet: 1\ncampaign: c\ndefaults: { model: kling-v3-turbo-pro }\n";
const SHOT = "shots: [{ id: a, prompt: x }]\n";
const DIGITS = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";

function times(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join("");
}

function matrix(axes: number): string {
  const names = Array.from({ length: axes }, (_, index) => `v${index}`);
  const prompt = names.map((name) => `\${{ matrix.${name} }}`).join("");
  const lists = names.map((name) => `      ${name}: ${DIGITS}\n`).join("");
  return `${HEAD}shots:\n  - id: a\n    prompt: ${prompt}\n    matrix:\n${lists}`;
}

async function checked(text: string, format = "table") {
  const before = cpuTime();
  const told = await topsheet(["check", "m.yaml", "--format", format], {
    files: { "m.yaml": text },
  });
  return { ...told, took: cpuTime() - before };
}

const nested = (open: string, close: string) =>
  `${HEAD}shots: ${open.repeat(20_000)}1${close.repeat(20_000)}\n`;
const laughs = "bcdefghijk".replace(/./g, (to) => {
  const from = String.fromCharCode(to.charCodeAt(0) - 1);
  return `x-${to}: &${to} [${`*${from}, `.repeat(9)}]\n`;
});

const REFUSED: readonly (readonly [string, () => string, RegExp])[] = [
  ["a million combinations", () => matrix(6), /make 1,000,000 lines/],
  ["10^30 combinations", () => matrix(30), /make 1,(?:000,){9}000 lines/],
  [
    "a thousand million takes",
    () => `${HEAD}shots: [{ id: a, prompt: x, takes: 1000000000 }]`,
    /make 1,000,000,000 lines/,
  ],
  [
    "takes of include's own combinations",
    () =>
      `${HEAD}shots:\n  - { id: a, prompt: x, takes: 50000, matrix: { duration: [3], include: [${times(10, (i) => `{ duration: ${i + 4} }, `)}] } }\n`,
    /make 550,000 lines/,
  ],
  ["20,000 open brackets", () => nested("[", "]"), /nested too deeply/],
  ["20,000 mappings", () => nested("{a: ", "}"), /nested too deeply/],
  ["20,000 brackets never closed", () => nested("[", ""), /nested too deeply/],
  ["20,000 dashes", () => `${HEAD}shots:\n  ${"- ".repeat(20_000)}a\n`, /nested too deeply/],
  [
    "20,000 question marks",
    () => `${HEAD}shots:\n  ${"? ".repeat(20_000)}a\n`,
    /nested too deeply/,
  ],
  [
    "3,000 steps of indentation",
    () => times(3_000, (i) => `${" ".repeat(i)}a:\n`),
    /nested too deeply/,
  ],
  ["billion laughs", () => `${HEAD}x-a: &a [ha]\n${laughs}${SHOT}`, /expands to more than/],
  [
    "aliases 16,000 deep",
    () =>
      `${HEAD}x-0: &a0 []\n${times(180, (i) => `x-${i + 1}: &a${i + 1} ${"[".repeat(90)}*a${i}${"]".repeat(90)}\n`)}shots:\n  - { id: a, prompt: x, elements: *a180 }\n`,
    /nested|deep/,
  ],
  [
    "the same key 20,000 times in one line",
    () => `${HEAD}${SHOT}x-a: {${"a: 1, ".repeat(20_000)}}\n`,
    /19999 errors/,
  ],
  [
    "10,000 keys that mean nothing",
    () => `${HEAD}${SHOT}${times(10_000, (i) => `k${i}: 1\n`)}`,
    /10000 errors/,
  ],
  [
    "20,000 shots without a prompt in one line",
    () => `${HEAD}shots: [${times(20_000, (i) => `{ id: a${i} },`)}]\n`,
    /20000 errors/,
  ],
  [
    "20,000 shots of one id",
    () => `${HEAD}shots:\n${"  - { id: a, prompt: x }\n".repeat(20_000)}`,
    /19999 errors/,
  ],
  [
    "a prompt of 5 MB",
    () => `${HEAD}shots: [{ id: a, prompt: "${"x".repeat(5_000_000)}" }]\n`,
    /prompt is 5000000 characters long/,
  ],
  [
    "150 mistakes after 5 MB in one line",
    () =>
      `${HEAD}shots: [{ id: a, notes: "${"x".repeat(5_000_000)}", prompt: x${times(150, (i) => `, k${i}: 1`)} }]\n`,
    /150 errors/,
  ],
  ["100,000 stray brackets", () => "}".repeat(100_000), /errors/],
  [
    "a shot list of 50,000 entries",
    () => `${HEAD}shots:\n  - id: a\n    multi_prompt: [${"{ prompt: x },".repeat(50_000)}]\n`,
    /multi_prompt has 50000 entries/,
  ],
];

test.for(REFUSED)("refuses quickly and briefly: %s", async ([, text, says]) => {
  const { code, out, err, took } = await checked(text());
  expect(err).toBe("");
  expect(code).toBe(2);
  expect(out).toMatch(says);
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThan(2_000);
  expect(took).toBeLessThan(MOST_MS);
});

test("reports every mistake in a long line as JSON, quickly", async () => {
  const { out, took } = await checked(
    `${HEAD}shots: [${times(10_000, (i) => `{ id: a${i} },`)}]\n`,
    "json",
  );
  expect(out.match(/"code": "prompt"/g)).toHaveLength(10_000);
  expect(took).toBeLessThan(MOST_MS);
});

test.for([
  [
    "a prompt of blanks and 5 MB of remarks",
    () => `${HEAD}${SHOT}${"# a remark\n".repeat(400_000)}`,
  ],
  [
    "100,000 keys of the writer's own",
    () => `${HEAD}${SHOT}${times(100_000, (i) => `x-${i}: 1\n`)}`,
  ],
  [
    "aliases that are many and small",
    () =>
      `${HEAD}x-p: &p A skyline.\nshots:\n${times(5_000, (i) => `  - { id: a${i}, prompt: *p }\n`)}`,
  ],
  [
    "100,000 aliases of a list",
    () => `${HEAD}x-p: &p [a, b, c]\nx-q: [${"*p, ".repeat(100_000)}]\n${SHOT}`,
  ],
] as const)("accepts %s", async ([, text]) => {
  const { code, took } = await checked(text());
  expect(code).toBe(0);
  expect(took).toBeLessThan(MOST_MS);
});

test("applies a thousand excludes and includes to 40,000 combinations quickly", async () => {
  const list = times(200, (i) => `${i}, `);
  const { code, took } = await checked(`${HEAD}shots:
  - id: a
    prompt: \${{ matrix.p }} \${{ matrix.q }} \${{ matrix.r }}
    matrix:
      p: [${list}]
      q: [${list}]
      exclude: [${times(1_000, (i) => `{ p: ${i % 200}, q: ${Math.floor(i / 200)} }, `)}]
      include: [{ r: z }, ${times(1_000, (i) => `{ p: ${i % 200}, q: ${10 + Math.floor(i / 200)}, r: ${i} }, `)}]
`);
  expect(code).toBe(0);
  expect(took).toBeLessThan(MOST_MS);
});
