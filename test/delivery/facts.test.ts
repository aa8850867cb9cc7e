import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareWithOrder, readVideoFacts } from "../../src/delivery/video-facts.ts";
import { makeFilm, makeTemporaryFolder } from "./deliver.ts";

const SIZES = {
  HD: { "16:9": [1_920, 1_080], "9:16": [1_080, 1_920], "1:1": [1_080, 1_080] },
  "4K": { "16:9": [3_840, 2_160], "9:16": [2_160, 3_840], "1:1": [2_160, 2_160] },
} as const;

const KINDS = (["HD", "4K"] as const).flatMap((size) =>
  (["16:9", "9:16", "1:1"] as const).flatMap((ratio) =>
    [true, false].map((audio) => ({ size, ratio, audio, seconds: audio ? 3 : 15 })),
  ),
);

test.for(KINDS)("reads $size $ratio, sound: $audio, from the file", async (kind) => {
  const path = join(await makeTemporaryFolder(), "a.mp4");
  await writeFile(path, await makeFilm(kind));
  const [width, height] = SIZES[kind.size][kind.ratio];
  const facts = await readVideoFacts(path);
  expect(facts).toEqual({ seconds: kind.seconds, width, height, audio: kind.audio });
  const input = { aspect_ratio: kind.ratio, generate_audio: kind.audio };
  expect(compareWithOrder({ seconds: kind.seconds, input }, facts)).toEqual([]);
});

test.for<readonly [name: string, bytes: Buffer]>([
  ["nothing", Buffer.alloc(0)],
  ["zeroes", Buffer.alloc(5_000)],
  ["a page", Buffer.from("<html>")],
  ["a picture", Buffer.from("\u0089PNG\r\n\u001A\n", "latin1")],
])("does not read %s as a video", async ([, bytes]) => {
  const path = join(await makeTemporaryFolder(), "a.mp4");
  await writeFile(path, bytes);
  expect(await readVideoFacts(path)).toBeNull();
});

test("returns null for a missing file", async () => {
  expect(await readVideoFacts(join(await makeTemporaryFolder(), "none.mp4"))).toBeNull();
});

test("never throws for a video that was cut anywhere", async () => {
  const bytes = await makeFilm({ seconds: 3 });
  const folder = await makeTemporaryFolder();
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), async (length) => {
      const path = join(folder, `${length}.mp4`);
      await writeFile(path, bytes.subarray(0, length));
      const facts = await readVideoFacts(path);
      expect(facts === null || facts.seconds <= 3).toBe(true);
    }),
    { numRuns: 40 },
  );
});

describe("warnings", () => {
  const facts = { seconds: 5, width: 1_920, height: 1_080, audio: true };
  const ordered = { seconds: 5, input: { aspect_ratio: "16:9", generate_audio: true } };

  test.for<readonly [name: string, got: Partial<typeof facts>, warnings: number]>([
    ["a frame or two too short", { seconds: 4.8 }, 0],
    ["a third of a second too short", { seconds: 4.7 }, 1],
    ["longer", { seconds: 7 }, 0],
    ["odd sizes of the ratio", { width: 1_280, height: 720 }, 0],
    ["a pixel off", { width: 1_918, height: 1_080 }, 0],
    ["2.39:1", { width: 1_920, height: 804 }, 1],
    ["no height", { width: 1_920, height: 0 }, 1],
    ["no sound", { audio: false }, 1],
  ])("%s: %j gives %d", ([, got, warnings]) => {
    expect(compareWithOrder(ordered, { ...facts, ...got })).toHaveLength(warnings);
  });

  test("are not given about what was not ordered", () => {
    for (const input of [
      {},
      { aspect_ratio: "auto" },
      { aspect_ratio: 16, generate_audio: null },
    ]) {
      const odd = { ...facts, width: 100, height: 900, audio: false };
      expect(compareWithOrder({ seconds: 5, input }, odd)).toEqual([]);
    }
    // Sound that was not ordered is no fault.
    expect(compareWithOrder({ seconds: 5, input: { generate_audio: false } }, facts)).toEqual([]);
  });
});
