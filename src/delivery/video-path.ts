import { createHash } from "node:crypto";

const MOST_BYTES = 120;

// Names that Windows keeps for devices, whatever ending they have.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** Where a line's video goes under the output folder: `aurora-launch/hero~t1.ab12cd34.mp4`. */
export function videoPath(line: {
  readonly campaign: string;
  readonly key: string;
  readonly fingerprint: string;
}): { readonly folder: string; readonly file: string } {
  const file = `${shortName(line.key)}.${line.fingerprint.slice(0, 8)}.mp4`;
  return { folder: videoFolder(line.campaign), file };
}

/** A campaign's folder under the output folder. */
export function videoFolder(campaign: string): string {
  return escaped(campaign);
}

/** The file of a campaign, whatever its capitals, in the register of campaigns. */
export function registerFile(campaign: string): string {
  return `${shortName(campaign.toLowerCase())}.json`;
}

/** Two long keys may begin alike, so what is cut off is told apart by its hash. */
function shortName(key: string): string {
  const name = escaped(key);
  if (Buffer.byteLength(name) <= MOST_BYTES) return name;
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 12);
  return `${name.slice(0, MOST_BYTES - hash.length - 1)}-${hash}`;
}

/** A name for any file system, and for a folder of its own: no separators, nothing hidden, no device. */
function escaped(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._~=,[\]@%+-]/gu, (character) =>
    [...Buffer.from(character)].map(percent).join(""),
  );
  return safe
    .replace(/^\.+/, (dots) => percent(0x2e).repeat(dots.length))
    .replace(/\.$/, percent(0x2e))
    .replace(RESERVED, (device) => percent(device.charCodeAt(0)) + device.slice(1));
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
