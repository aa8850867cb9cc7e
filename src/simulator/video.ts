import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
} from "mediabunny";
import * as pictures from "./pictures.ts";

export type Ratio = "16:9" | "9:16" | "1:1";
export type Size = "4K" | "HD";

export interface VideoKind {
  /** Whole seconds. */
  readonly seconds: number;
  readonly ratio: Ratio;
  readonly size: Size;
  readonly audio: boolean;
}

// The pages state no pixel sizes beyond "native 4K" and, for turbo pro, 1080p: these are the usual ones.
const PICTURES: Readonly<Record<Size, Readonly<Record<Ratio, pictures.Picture>>>> = {
  "4K": { "16:9": pictures.WIDE_4K, "9:16": pictures.TALL_4K, "1:1": pictures.SQUARE_4K },
  HD: { "16:9": pictures.WIDE_HD, "9:16": pictures.TALL_HD, "1:1": pictures.SQUARE_HD },
};

const made = new Map<string, Promise<Buffer>>();

/** Makes a real MP4 with one picture a second, and silence for sound. Each kind is made once: there are 156. */
export function makeVideo(kind: VideoKind): Promise<Buffer> {
  const name = `${kind.seconds} ${kind.ratio} ${kind.size} ${kind.audio}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const bytes = encodeVideo(kind);
  made.set(name, bytes);
  return bytes;
}

async function encodeVideo(kind: VideoKind): Promise<Buffer> {
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const seen = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(seen, { frameRate: 1 });
  const heard = kind.audio ? new EncodedAudioPacketSource("aac") : null;
  if (heard !== null) output.addAudioTrack(heard);
  await output.start();
  await addPictures(seen, PICTURES[kind.size][kind.ratio], kind.seconds);
  if (heard !== null) await addSilence(heard, kind.seconds);
  await output.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}

async function addPictures(
  track: EncodedVideoPacketSource,
  picture: pictures.Picture,
  seconds: number,
): Promise<void> {
  const [even, odd] = [decodeBase64(picture.frames[0]), decodeBase64(picture.frames[1])];
  const decoderConfig = {
    codec: picture.codec,
    codedWidth: picture.width,
    codedHeight: picture.height,
    description: decodeBase64(picture.settings),
  };
  for (let second = 0; second < seconds; second += 1) {
    const frame = second % 2 === 0 ? even : odd;
    await track.add(new EncodedPacket(frame, "key", second, 1), { decoderConfig });
  }
}

async function addSilence(track: EncodedAudioPacketSource, seconds: number): Promise<void> {
  const { codec, channels, rate, samples, settings, frame } = pictures.SILENCE;
  const data = decodeBase64(frame);
  const decoderConfig = {
    codec,
    numberOfChannels: channels,
    sampleRate: rate,
    description: decodeBase64(settings),
  };
  const length = samples / rate;
  // Rounded down: sound must not make the file longer than its pictures, whose length was billed.
  const frames = Math.floor((seconds * rate) / samples);
  for (let turn = 0; turn < frames; turn += 1) {
    await track.add(new EncodedPacket(data, "key", turn * length, length), { decoderConfig });
  }
}

function decodeBase64(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}
