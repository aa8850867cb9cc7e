import { expect, test } from "vitest";
import { manifest, planManifest, planOutput } from "./make-plan.ts";

const HEAD = "topsheet-prices: 1\nas_of: 2026-11-01\nprices:\n";
const rates = (...lines: readonly string[]): string =>
  HEAD + lines.map((line) => `  - { ${line} }\n`).join("");
const SHOTS = ["{ id: four, model: kling-v3-4k, prompt: A lake. }"];

async function priced(file: string) {
  const files = { "shots.yaml": manifest(SHOTS), "my.prices": file };
  return await planManifest(files, ["--prices", "my.prices"]);
}

test.for([
  [
    "an unknown model",
    rates("model: kling-v4, usd_per_second: 0.4"),
    /^my\.prices:4:14 error unknown-model: there is no model "kling-v4" \(.*kling-v/,
  ],
  [
    "the same terms twice",
    rates("model: kling-v3-4k, usd_per_second: 0.4", "model: kling-v3-4k, usd_per_second: 0.3"),
    /^my\.prices:5:14 error value: kling-v3-4k has a price under these conditions on line 4 already$/,
  ],
  [
    "the same terms by alias and id",
    rates(
      "model: kling-v3-4k, usd_per_second: 0.4",
      "model: fal-ai/kling-video/v3/4k/text-to-video, usd_per_second: 0.4",
    ),
    /^my\.prices:5:14 error value: kling-v3-4k has a price .* on line 4 already$/,
  ],
  [
    "an empty condition",
    rates("model: kling-v3-4k, audio: , usd_per_second: 0.4"),
    /audio is empty: it must be true or false \(write a value, or remove the line\)$/,
  ],
  [
    "nothing as a price",
    rates("model: kling-v3-4k, usd_per_second: 0"),
    /^my\.prices:4:43 error value: .* not zero, at most 1000, not 0/,
  ],
  [
    "nothing with decimals",
    rates("model: kling-v3-4k, usd_per_second: 0.000000"),
    /not zero, at most 1000, not 0/,
  ],
  ["less than nothing", rates("model: kling-v3-4k, usd_per_second: -0.4"), /not -0.4/],
  [
    "seven decimals",
    rates("model: kling-v3-4k, usd_per_second: 0.1234567"),
    /at most six decimals/,
  ],
  ["text", rates("model: kling-v3-4k, usd_per_second: cheap"), /not "cheap"/],
  ["no number", rates("model: kling-v3-4k, usd_per_second: .nan"), /./],
  ["a price that is missing", rates("model: kling-v3-4k"), /usd_per_second is missing/],
  [
    "an unknown condition",
    rates("model: kling-v3-4k, sound: true, usd_per_second: 0.4"),
    /"sound" means nothing/,
  ],
  [
    "a condition that is neither",
    rates(`model: kling-v3-4k, audio: "yes", usd_per_second: 0.4`),
    /audio must be true or false/,
  ],
  [
    "no day",
    rates("model: kling-v3-4k, usd_per_second: 0.4").replace("2026-11-01", "2026-02-31"),
    /as_of must be a day/,
  ],
  [
    "no day at all",
    rates("model: kling-v3-4k, usd_per_second: 0.4").replace(/as_of.*\n/, ""),
    /as_of is missing/,
  ],
  ["no prices", "topsheet-prices: 1\nas_of: 2026-11-01\nprices: []\n", /at least one price/],
  [
    "another version",
    rates("model: kling-v3-4k, usd_per_second: 0.4").replace("prices: 1", "prices: 2"),
    /error (?:value|version)/,
  ],
  ["an empty file", "", /^my\.prices:1:1 error required/],
  ["a manifest", manifest(SHOTS), /^my\.prices:/],
] as const)(
  "refuses a price file with %s, and plans nothing at list prices",
  async ([, file, message]) => {
    const told = await priced(file);
    expect(told).toMatchObject({ code: 2, verdict: "invalid", lines: [], totals: null });
    expect(planOutput(told)).toContainEqual(expect.stringMatching(message));
  },
);

test("refuses a price file that does not exist, at the place where the manifest names it", async () => {
  const told = await planManifest({ "shots.yaml": manifest(SHOTS, ["prices: gone.prices"]) });
  expect(told.code).toBe(2);
  expect(planOutput(told)[0]).toMatch(/^shots\.yaml:3:9 error file: there is no file gone\.prices/);
});
