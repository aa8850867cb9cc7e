import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { topsheet } from "../rig/in-process.ts";
import { manifestOf } from "./manifest-of.ts";

async function renderPlanTable(
  shots: readonly object[],
  head: object = {},
  width = 100,
): Promise<string> {
  const files = { "shots.yaml": manifestOf(shots, head) };
  return (await topsheet(["plan", "shots.yaml"], { files, width })).out;
}

const tooWide = (text: string, width: number): readonly string[] =>
  text.split("\n").filter((line) => stringWidth(line) > width);

/** The tables alone: title, then the sheet, the lines and the caps. */
const tables = (text: string): string => text.split("\n\n").slice(0, -2).join("\n");

const WIDTHS = [40, 60, 80, 100, 200];
const LONG = "a very long name of a scene that goes on and on ".repeat(6).trim();
const HOSTILE = [
  LONG,
  "第一場 屋上の夕暮れ、雨のレンズ".repeat(4),
  "👩‍🚀🎬🇩🇪 rooftop 🏙️".repeat(6),
  "e\u0301".repeat(50),
  "\u001b[31mred\u001b[0m",
  "a\tb\nc\rd",
  "\u202egnp.exe",
  "x",
];
const EVERY_CAP = {
  budget: {
    cap: 3,
    per_shot: 1,
    per_run: 2.1,
    per_day: 1.4,
    per_week: 30,
    per_month: 4000,
    by_model: { "fal-ai/kling-video/o3/4k/reference-to-video": 12_345.67 },
    by_scene: { [LONG]: 9, "第一場 屋上の夕暮れ、雨のレンズ": 2 },
    warn_at: "50%",
  },
};

test.for(WIDTHS)("prints no row wider than a terminal of %i columns", async (width) => {
  const shots = HOSTILE.flatMap((text) => [
    { scene: text, takes: 2 },
    {
      scene: text,
      model: "kling-o3-4k-reference",
      prompt: "A ${{ matrix.c }}.",
      matrix: { c: [text] },
    },
  ]);
  for (const some of [shots.slice(0, 4), shots, [...shots, { takes: 30 }]]) {
    expect(tooWide(tables(await renderPlanTable(some, EVERY_CAP, width)), width)).toEqual([]);
  }
});

test.for(WIDTHS)("prints no sentence wider than a terminal of %i columns", async (width) => {
  const shots = [{ model: "kling-v3-pro", duration: 7, takes: 30 }, { takes: 20 }];
  const told = await renderPlanTable(shots, { budget: { cap: 3 } }, width);
  const sentences = told.split("\n\n").slice(-2);
  expect(sentences).toHaveLength(2);
  expect(tooWide(sentences.join("\n"), width)).toEqual([]);
});

test("keeps rows aligned and within the terminal, whatever a scene or a matrix value says", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(text, text, fc.constantFrom(...WIDTHS), async (scene, value, width) => {
      const shots = [
        { scene },
        { scene: "1", prompt: "A ${{ matrix.c }}.", matrix: { c: [value] } },
      ];
      const shown = tables(await renderPlanTable(shots, {}, width));
      expect(shown).not.toBe("");
      expect(tooWide(shown, width)).toEqual([]);
    }),
    { seed: 20_261_121, numRuns: 150 },
  );
});

test("keeps the cost and the state of a cap when other columns make room", async () => {
  const narrow = await renderPlanTable([{ scene: LONG, takes: 3 }], { budget: { cap: 2 } }, 40);
  expect(narrow).toMatch(/^Total +\$2\.10$/m);
  expect(narrow).toMatch(/^cap +\$2\.00 .*-\$0\.10 {2}over$/m);
  expect(narrow).toMatch(/^s0~t1 .*\$0\.70/m);
});

test("shows all of 40 lines", async () => {
  const told = await renderPlanTable([{ takes: 40 }]);
  expect(told.match(/^s0~t\d+ /gm)).toHaveLength(40);
  expect(told).not.toContain("more");
});

test.for([
  [41, 21, 105, "$14.70"],
  [5_000, 4_980, 24_900, "$3,486.00"],
] as const)(
  "shows the 20 dearest of %i lines and sums the other %i",
  async ([count, rest, seconds, cost]) => {
    const told = await renderPlanTable([{ takes: count - 5 }, { model: "kling-v3-4k", takes: 5 }]);
    const shown = [...told.matchAll(/^(s\d~t\d+) .* \$(\d\.\d\d) {2}to buy$/gm)];
    // The five at $2.10, then the first fifteen of the others, in the order of the plan.
    expect(shown.map(([, key]) => key)).toEqual([
      ...Array.from({ length: 15 }, (_, index) => `s0~t${index + 1}`),
      ...Array.from({ length: 5 }, (_, index) => `s1~t${index + 1}`),
    ]);
    const [summed = ""] = /^and .* more.*$/m.exec(told) ?? [];
    expect(summed.split(/ {2,}/)).toEqual([`and ${rest} more`, `${seconds} s`, cost]);
    // 20 shown + the rest = the total, which the sheet has too.
    const cents = shown.reduce((sum, [, , dollars]) => sum + Math.round(Number(dollars) * 100), 0);
    const total = (cents + Math.round(Number(cost.replace(/[$,]/g, "")) * 100)) / 100;
    const money = total.toLocaleString("en-US", { minimumFractionDigits: 2 });
    expect(told).toMatch(new RegExp(String.raw`^Total +${count} +${count * 5} +\$${money}$`, "m"));
    expect(told).toContain(`${count} lines, ${count * 5} s, $${money} to spend.`);
  },
);

test("sorts scenes by number, and puts lines without a scene last", async () => {
  const told = await renderPlanTable([
    {},
    { scene: "10" },
    { scene: "2" },
    { scene: "2b" },
    { scene: 1 },
  ]);
  const [, sheet = ""] = told.split("\n\n");
  expect(sheet.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "Scene",
    "1",
    "2",
    "2b",
    "10",
    "–",
    "Total",
  ]);
});
