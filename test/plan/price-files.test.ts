import fc from "fast-check";
import { expect, test } from "vitest";
import { manifest, planManifest } from "./make-plan.ts";

const HEAD = "topsheet-prices: 1\nas_of: 2026-11-01\nsource: contract 17\nprices:\n";
const rates = (...lines: readonly string[]): string =>
  HEAD + lines.map((line) => `  - { ${line} }\n`).join("");

const SHOTS = [
  "{ id: loud, model: kling-v3-pro, prompt: A lake. }",
  "{ id: mute, model: kling-v3-pro, prompt: A lake., generate_audio: false }",
  "{ id: four, model: kling-v3-4k, prompt: A lake. }",
  `{ id: seen, model: kling-o3-4k-reference, prompt: "@Element1 waves.", elements: [{ video_url: https://a.example/v.mp4 }] }`,
  `{ id: said, model: kling-o3-4k-reference, prompt: "@Element1 waves.", elements: [{ video_url: https://a.example/v.mp4, voice_id: v1 }] }`,
];

async function priced(file: string) {
  return await planManifest({ "shots.yaml": manifest(SHOTS), "my.prices": file }, [
    "--prices",
    "my.prices",
  ]);
}

async function perSecond(...lines: readonly string[]): Promise<Record<string, string>> {
  const { lines: plan } = await priced(rates(...lines));
  return Object.fromEntries(plan.map((line) => [line.shot, line.unit_price]));
}

const LIST = { loud: "0.168", mute: "0.112", four: "0.42", seen: "0.42", said: "0.42" };

test.for([
  ["an endpoint", ["model: kling-v3-4k, usd_per_second: 0.39"], { four: "0.39" }],
  [
    "an endpoint by its id",
    ["model: fal-ai/kling-video/v3/4k/text-to-video, usd_per_second: .39"],
    { four: "0.39" },
  ],
  ["a rate as text", [`model: kling-v3-4k, usd_per_second: "0.390000"`], { four: "0.39" }],
  ["one condition", ["model: kling-v3-pro, audio: true, usd_per_second: 0.15"], { loud: "0.15" }],
  [
    "the other condition",
    ["model: kling-v3-pro, audio: false, usd_per_second: 0.1"],
    { mute: "0.10" },
  ],
  [
    "an endpoint whatever the condition",
    ["model: kling-v3-pro, usd_per_second: 0.1"],
    { loud: "0.10", mute: "0.10" },
  ],
  [
    "a video element",
    ["model: kling-o3-4k-reference, video_input: true, usd_per_second: 0.5"],
    { seen: "0.50", said: "0.50" },
  ],
  ["a voice", ["model: kling-o3-4k-reference, voice: true, usd_per_second: 0.5"], { said: "0.50" }],
] as const)("a price file overrides %s and leaves the rest", async ([, lines, changed]) => {
  expect(await perSecond(...lines)).toEqual({ ...LIST, ...changed });
});

test("the narrower of two prices applies, whatever their order", async () => {
  const lines = [
    "model: kling-o3-4k-reference, usd_per_second: 0.1",
    "model: kling-o3-4k-reference, video_input: true, usd_per_second: 0.2",
    "model: kling-o3-4k-reference, video_input: true, voice: true, usd_per_second: 0.3",
    "model: kling-v3-pro, usd_per_second: 0.4",
    "model: kling-v3-pro, audio: true, usd_per_second: 0.5",
  ];
  const orders = fc.shuffledSubarray(lines, { minLength: lines.length });
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      expect(await perSecond(...order)).toEqual({
        loud: "0.50",
        mute: "0.40",
        four: "0.42",
        seen: "0.20",
        said: "0.30",
      });
    }),
    { seed: 20_261_121, numRuns: 30 },
  );
});

test("a price for a video element in the price file removes the warning about it", async () => {
  const codes = async (...lines: readonly string[]) =>
    (await priced(rates(...lines))).diagnostics.map(({ code, message }) => `${code}: ${message}`);
  expect(await codes("model: kling-v3-4k, usd_per_second: 0.39")).toHaveLength(3);
  expect(
    await codes("model: kling-o3-4k-reference, video_input: true, usd_per_second: 0.5"),
  ).toEqual([expect.stringMatching(/^price-unsure: .* a voice/)]);
});

test("the plan states the price file's date, and another hash of the price book", async () => {
  const list = await planManifest({ "shots.yaml": manifest(SHOTS) });
  const own = await priced(rates("model: kling-v3-4k, usd_per_second: 0.39"));
  const other = await priced(rates("model: kling-v3-4k, usd_per_second: 0.38"));
  expect(own.price_book).toMatchObject({ as_of: "2026-10-01", own_as_of: "2026-11-01" });
  const hashes = [list, own, other].map((plan) => plan.price_book.sha256);
  expect(new Set(hashes).size).toBe(3);
});

test("prices change no fingerprint", async () => {
  const list = await planManifest({ "shots.yaml": manifest(SHOTS) });
  const own = await priced(rates("model: kling-v3-4k, usd_per_second: 0.39"));
  expect(own.lines.map((line) => line.fingerprint)).toEqual(
    list.lines.map((line) => line.fingerprint),
  );
});

test("finds a manifest's price file beside it; --prices overrides it", async () => {
  const files = {
    "film/shots.yaml": manifest(SHOTS, ["prices: rates.prices"]),
    "film/rates.prices": rates("model: kling-v3-4k, usd_per_second: 0.39"),
    "my.prices": rates("model: kling-v3-4k, usd_per_second: 0.38"),
  };
  const price = async (...options: readonly string[]) =>
    (await planManifest(files, options)).lines.find((line) => line.shot === "four")?.unit_price;
  expect(await price()).toBe("0.39");
  expect(await price("--prices", "my.prices")).toBe("0.38");
});
