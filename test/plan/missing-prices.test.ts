import { expect, test } from "vitest";
import { LIST_PRICES } from "../../src/catalogue/models.ts";
import type { PriceBook } from "../../src/catalogue/prices.ts";
import { type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { SourceText } from "../../src/diagnostics/source-text.ts";
import type { Shot } from "../../src/manifest/shot.ts";
import { LineMaker } from "../../src/plan/make-plan.ts";
import { plannedShots } from "./make-plan.ts";

const SOURCE = new SourceText("shots.yaml", "model: kling-v3-pro\n");

function shot(input: Shot["input"], model = "kling-v3-pro"): Shot {
  return {
    key: "a~t1",
    id: "a",
    scene: null,
    tags: [],
    priority: 0,
    take: 1,
    variant: {},
    model,
    modelMisread: false,
    input,
    findPlace: () => ({ source: SOURCE, start: 7, end: 19 }),
  };
}

function without(left: (price: PriceBook["prices"][number]) => boolean): PriceBook {
  return { ...LIST_PRICES, prices: LIST_PRICES.prices.filter((price) => !left(price)) };
}

function priced(book: PriceBook, input: Shot["input"]) {
  const diagnostics: Diagnostic[] = [];
  return { line: new LineMaker(book, diagnostics).makeLine(shot(input)), diagnostics };
}

test("refuses a line whose endpoint has no price (trap f)", () => {
  const book = without((price) => price.endpoint.includes("/v3/pro/"));
  const { line, diagnostics } = priced(book, { prompt: "A lake.", generate_audio: false });
  expect(line).toBeNull();
  expect(diagnostics).toMatchObject([
    {
      code: "price-missing",
      severity: "error",
      message: "there is no price for kling-v3-pro",
      place: { source: SOURCE, start: 7 },
      hint: "state it in a price file: --prices FILE",
    },
  ]);
});

test("does not take a price for audio off when the page's default is audio on", () => {
  const book = without((price) => price.when.audio === true);
  expect(priced(book, { prompt: "A lake.", generate_audio: false }).line?.cost).toBe(560_000);
  const { line, diagnostics } = priced(book, { prompt: "A lake." });
  expect(line).toBeNull();
  expect(diagnostics.map(({ message }) => message)).toEqual([
    "there is no price for kling-v3-pro with audio",
  ]);
});

test("an empty price book refuses every line, and prices none at zero", () => {
  const { line, diagnostics } = priced(
    { asOf: "2026-11-01", ownAsOf: null, prices: [] },
    { prompt: "A lake." },
  );
  expect([line, diagnostics.map(({ severity }) => severity)]).toEqual([null, ["error"]]);
});

test.for([
  ["a default duration is every shot's", ["id: a\nprompt: Lake."], [[8, "8"]]],
  ["a shot's own wins over it", ["id: a\nprompt: Lake.\nduration: 3"], [[3, "3"]]],
  [
    "a matrix's wins over both",
    ["id: a\nprompt: Lake.\nduration: 3\nmatrix: { duration: [4, 6] }"],
    [
      [4, "4"],
      [6, "6"],
    ],
  ],
  [
    "a null of the shot's brings the default back",
    ["id: a\nprompt: Lake.\nduration: null"],
    [[8, "8"]],
  ],
  [
    "it never applies beside multi_prompt",
    ["id: a\nmulti_prompt: [{ prompt: A, duration: 4 }, { prompt: B }]"],
    [[9, "9"]],
  ],
  [
    "a null prompt beside multi_prompt changes nothing",
    ["id: a\nprompt: null\nmulti_prompt: [{ prompt: A, duration: 4 }]"],
    [[4, "4"]],
  ],
] as const)("a default of 8 s: %s", async ([, shots, expected]) => {
  const { lines, code } = await plannedShots(shots, [
    "defaults: { model: kling-o3-4k, duration: 8 }",
  ]);
  expect(lines.map((line) => [line.seconds, line.input["duration"]])).toEqual(expected);
  expect(code).toBe(0);
});

test("does not send a default field that the shot's model lacks", async () => {
  const { lines, code } = await plannedShots(
    ["{ id: a, prompt: Lake. }", "{ id: b, prompt: Lake., model: kling-v3-turbo-pro }"],
    ["defaults: { model: kling-v3-4k, generate_audio: false, cfg_scale: 0.7 }"],
  );
  expect(lines.map((line) => line.input)).toEqual([
    { prompt: "Lake.", duration: "5", generate_audio: false, cfg_scale: 0.7 },
    { prompt: "Lake.", duration: "5" },
  ]);
  expect(code).toBe(0);
});
