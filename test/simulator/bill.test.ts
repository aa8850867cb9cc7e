import { expect, test } from "vitest";
import { run, start } from "./call-simulator.ts";

const kling = (path: string): string => `fal-ai/kling-video/${path}`;
const prompt = "a lighthouse";
const image = "https://example.org/a.png";
const elements = [{ frontal_image_url: image, reference_image_urls: [image], voice_id: "a-voice" }];

// Units and dollars are those on recorded bills and from fal's price pages, not from the simulator's table.
test.for<[endpoint: string, input: object, units: string, dollars: string]>([
  [kling("v3/pro/text-to-video"), { prompt, generate_audio: false }, "4.0", "0.56"],
  [kling("v3/pro/text-to-video"), { prompt }, "6.0", "0.84"],
  [kling("v3/pro/image-to-video"), { prompt, start_image_url: image, elements }, "7.0", "0.98"],
  [
    kling("v3/pro/image-to-video"),
    { prompt, start_image_url: image, elements, generate_audio: false },
    "4.0",
    "0.56",
  ],
  [kling("v3/standard/text-to-video"), { prompt, generate_audio: false }, "3.0", "0.42"],
  [kling("v3/standard/text-to-video"), { prompt, duration: "7" }, "6.3", "0.882"],
  [kling("v3/4k/text-to-video"), { prompt, duration: "15" }, "15.0", "6.30"],
  [kling("v3/4k/text-to-video"), { prompt, generate_audio: false }, "5.0", "2.10"],
  [kling("o3/pro/text-to-video"), { prompt, duration: "10", generate_audio: true }, "10.0", "1.40"],
  [kling("o3/pro/text-to-video"), { prompt }, "4.0", "0.56"],
  [kling("o3/standard/text-to-video"), { prompt, generate_audio: true }, "4.0", "0.56"],
  [kling("o3/4k/text-to-video"), { prompt }, "5.0", "2.10"],
  [kling("o3/4k/image-to-video"), { prompt, image_url: image }, "5.0", "2.10"],
  [kling("o3/4k/reference-to-video"), { prompt, image_urls: [image] }, "5.0", "2.10"],
  [kling("v3/turbo/pro/text-to-video"), { prompt }, "5.0", "0.70"],
  [kling("v3/turbo/standard/text-to-video"), { prompt, duration: "3" }, "3.0", "0.336"],
  [
    kling("o3/4k/text-to-video"),
    {
      multi_prompt: [
        { prompt, duration: "4" },
        { prompt, duration: "4" },
        { prompt, duration: "3" },
      ],
    },
    "11.0",
    "4.62",
  ],
  [
    kling("v3/pro/text-to-video"),
    { multi_prompt: [{ prompt }, { prompt }], duration: "3" },
    "12.0",
    "1.68",
  ],
])("bills %s %j: %s units, $%s", async ([endpoint, input, units, dollars]) => {
  const simulator = await start();
  const { result } = await run(simulator, input, endpoint);
  expect(result.headers.get("x-fal-billable-units")).toBe(units);
  expect(simulator.jobs[0]).toMatchObject({ units, dollars });
  expect(simulator.bill.dollars).toBe(dollars);
});

test("sums the bill exactly: three times $0.14 is $0.42", async () => {
  const simulator = await start({ script: () => ({ billableUnits: "1" }) });
  for (let turn = 0; turn < 3; turn += 1) await run(simulator);
  expect(simulator.bill).toEqual({ dollars: "0.42", accepted: 3, submits: 3 });
});
