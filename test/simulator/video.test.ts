import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { expect, test } from "vitest";
import { download, run, start, videoUrl } from "./call-simulator.ts";

const PRO = "fal-ai/kling-video/v3/pro/text-to-video";
const NATIVE_4K = "fal-ai/kling-video/v3/4k/text-to-video";

test.for<[endpoint: string, aspect_ratio: string, width: number, height: number]>([
  [PRO, "16:9", 1920, 1080],
  [PRO, "9:16", 1080, 1920],
  [PRO, "1:1", 1080, 1080],
  [NATIVE_4K, "16:9", 3840, 2160],
  [NATIVE_4K, "9:16", 2160, 3840],
  [NATIVE_4K, "1:1", 2160, 2160],
])("makes %s %s a video of %d x %d", async ([endpoint, aspect_ratio, width, height]) => {
  const simulator = await start();
  for (const [generate_audio, duration] of [
    [true, "15"],
    [false, "3"],
  ] as const) {
    const shot = { prompt: "a lighthouse", duration, aspect_ratio, generate_audio };
    const { result } = await run(simulator, shot, endpoint);
    const { status, headers, bytes } = await download(videoUrl(result));
    expect([status, headers.get("content-type")]).toEqual([200, "video/mp4"]);
    expect(bytes.length).toBeLessThan(200_000);
    const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
    expect(await input.computeDuration()).toBe(Number(duration));
    const seen = await input.getPrimaryVideoTrack();
    expect([seen?.codec, seen?.displayWidth, seen?.displayHeight]).toEqual(["avc", width, height]);
    if (seen === null) continue;
    const kinds = [];
    for await (const packet of new EncodedPacketSink(seen).packets()) kinds.push(packet.type);
    expect(kinds).toEqual(Array.from({ length: Number(duration) }, () => "key"));
    const heard = await input.getPrimaryAudioTrack();
    expect(heard?.codec).toBe(generate_audio ? "aac" : undefined);
    expect(heard === null ? 0 : await heard.computeDuration()).toBeCloseTo(
      generate_audio ? 15 : 0,
      1,
    );
  }
});
