import "../rig/whole-catalogue.ts";
import { expect, onTestFinished, test } from "vitest";
import { checkInput } from "../../src/catalogue/check-input.ts";
import {
  FAMILIES,
  LIST_PRICES,
  findModelByWords,
  findModel,
  MODELS,
  useFamilies,
} from "../../src/catalogue/models.ts";
import { readPriceConditions, findPrice } from "../../src/catalogue/prices.ts";
import { exact } from "../../src/money.ts";
import { useSmallCatalogue } from "../rig/small-catalogue.ts";

// What is true of every model, including those that are added later.

test.for(MODELS.map((model) => [model.alias, model] as const))(
  "%s: its page's example is accepted, and has a price with a source and a date",
  ([, model]) => {
    const { findings, ready } = checkInput(model, model.example);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const complete = ready?.complete ?? {};
    const price = findPrice(LIST_PRICES, model.endpoint, readPriceConditions(complete));
    expect(price?.source).toMatch(/^https:\/\//);
    expect(price?.seen).toMatch(/^20\d\d-\d\d-\d\d$/);
  },
);

test.for(MODELS.map((model) => [model.alias, model] as const))(
  "finds %s, and no other model, by its alias, endpoint, web addresses and each of its names",
  ([alias, { endpoint, vendor, names }]) => {
    const addresses = vendor.addresses.map((address) => `${address}${endpoint}`);
    for (const name of [alias, endpoint, ...addresses]) expect(findModel(name)?.alias).toBe(alias);
    for (const name of [alias, ...names]) {
      expect(findModelByWords(name)?.alias).toBe(alias);
      const words = name.split(/[ -]/);
      expect(findModelByWords(["Kling", ...words.toReversed()].join(" "))?.alias).toBe(alias);
    }
  },
);

test.for([
  ["Kling 3.0 4K", "kling-v3-4k"],
  ["kling v3 pro", "kling-v3-pro"],
  ["Pro, Kling 3", "kling-v3-pro"],
  ["Kling O3 4K", "kling-o3-4k"],
  ["O3 Reference", "kling-o3-4k-reference"],
  ["Kling AI 3 Turbo", "kling-v3-turbo-pro"],
  ["Turbo", "kling-v3-turbo-pro"],
] as const)("finds for the words %s in a shot list the model %s", ([words, alias]) => {
  expect(findModelByWords(words)?.alias).toBe(alias);
});

test.for(["Pro", "Kling", "Kling 3", "O3", "4K", "V3 Pro 4K", ""])(
  "finds no model for the words %j in a shot list, which may mean several",
  (words) => {
    expect(findModelByWords(words)).toBeUndefined();
  },
);

test("lists the prices that the models state, in their order", () => {
  useSmallCatalogue();
  onTestFinished(() => useFamilies(FAMILIES));
  expect(LIST_PRICES.asOf).toBe("2026-10-01");
  const prices = LIST_PRICES.prices.map(({ endpoint, when, perSecond, perUnit }) =>
    [
      endpoint.replace("fal-ai/kling-video/", "").replace("-to-video", ""),
      when.audio ?? "any",
      exact(perSecond),
      perUnit === null ? "?" : exact(perUnit),
    ].join(" "),
  );
  expect(prices).toEqual([
    "v3/4k/text any 0.42 ?",
    "v3/pro/text false 0.112 0.14",
    "v3/pro/text true 0.168 0.14",
    "o3/4k/text any 0.42 0.42",
    "o3/4k/reference any 0.42 0.42",
    "v3/turbo/pro/text any 0.14 ?",
  ]);
});

test("another catalogue can replace the whole one, and be replaced by it", () => {
  const before = [...MODELS];
  try {
    useFamilies(FAMILIES.slice(0, 1));
    expect(MODELS.map(({ alias }) => alias)).toEqual(["kling-v3-4k", "kling-v3-pro"]);
    expect(findModel("kling-o3-4k")).toBeUndefined();
    expect(LIST_PRICES.prices).toHaveLength(3);
  } finally {
    useFamilies(FAMILIES);
  }
  expect(MODELS).toEqual(before);
});
