import type { Hold } from "../ledger/hold.ts";

/** What a delivered file has, by its own data. */
export interface VideoFacts {
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  readonly audio: boolean;
}

/** Returns null if the file cannot be read as a video. */
export async function readVideoFacts(path: string): Promise<VideoFacts | null> {
  const { Input, FilePathSource, MP4, QTFF, WEBM } = await import("mediabunny");
  const input = new Input({ formats: [MP4, QTFF, WEBM], source: new FilePathSource(path) });
  try {
    const video = await input.getPrimaryVideoTrack();
    if (video === null) return null;
    return {
      seconds: Math.round((await input.computeDuration()) * 1_000) / 1_000,
      width: video.displayWidth,
      height: video.displayHeight,
      audio: (await input.getPrimaryAudioTrack()) !== null,
    };
  } catch {
    return null;
  } finally {
    input.dispose();
  }
}

// One frame less at the end is no short delivery.
const SHORT_SECONDS = 0.25;
const RATIO_TOLERANCE = 0.02;

/** Lists in words how a delivery differs from its order. */
export function compareWithOrder(
  { seconds, input }: Pick<Hold, "seconds" | "input">,
  facts: VideoFacts | null,
): readonly string[] {
  if (facts === null) return ["the file cannot be read as a video"];
  const warnings: string[] = [];
  if (facts.seconds < seconds - SHORT_SECONDS) {
    warnings.push(`${facts.seconds} s long, ${seconds} s were paid for`);
  }
  const asked = parseRatio(input["aspect_ratio"]);
  const got = facts.width / facts.height;
  if (asked !== null && Math.abs(got / asked - 1) > RATIO_TOLERANCE) {
    warnings.push(
      `${facts.width} × ${facts.height}, ${String(input["aspect_ratio"])} was asked for`,
    );
  }
  if (input["generate_audio"] === true && !facts.audio)
    warnings.push("no sound, sound was asked for");
  return warnings;
}

function parseRatio(written: unknown): number | null {
  const [, width, height] =
    typeof written === "string" ? (/^(\d+):(\d+)$/.exec(written) ?? []) : [];
  return width === undefined ? null : Number(width) / Number(height);
}
