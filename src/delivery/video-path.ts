import { createHash } from "node:crypto";
import * as z from "zod";
import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { exact } from "../money.ts";

const MOST_BYTES = 120;

// Windows reserves these names for devices, with any ending.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** Returns where a line's video goes under the output folder: `aurora-launch/hero~t1.ab12cd34.mp4`. */
export function videoPath(line: {
  readonly campaign: string;
  readonly key: string;
  readonly fingerprint: string;
}): { readonly folder: string; readonly file: string } {
  const file = `${shortenName(line.key)}.${line.fingerprint.slice(0, 8)}.mp4`;
  return { folder: videoFolder(line.campaign), file };
}

/** Returns a campaign's folder under the output folder. */
export function videoFolder(campaign: string): string {
  return escapeName(campaign);
}

/** Returns the file of a campaign in the register of campaigns, whatever its capitals. */
export function registerFile(campaign: string): string {
  return `${shortenName(campaign.toLowerCase())}.json`;
}

/** Shortens a long name. Two of them may begin alike, so a hash replaces what is cut off. */
function shortenName(key: string): string {
  const name = escapeName(key);
  if (Buffer.byteLength(name) <= MOST_BYTES) return name;
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 12);
  return `${name.slice(0, MOST_BYTES - hash.length - 1)}-${hash}`;
}

/** Makes a name that any file system takes: without separators, not hidden, no device. */
function escapeName(name: string): string {
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

const SCHEMA = "topsheet/video@1";

/** Whether a text is a sidecar of ours. */
export function isSidecar(written: string): boolean {
  return written.slice(0, 200).includes(`"schema": "${SCHEMA}"`);
}

/** Whether a text is the sidecar of that hold. */
export function isSidecarOf(written: string, { id }: Pick<Hold, "id">): boolean {
  return isSidecar(written) && written.includes(`\n  "hold": ${JSON.stringify(id)},\n`);
}

/** What a sidecar says of its purchase. */
interface Purchased {
  readonly rehearsal: boolean;
  /** The id of the ledger that has the hold; null in older sidecars, which do not say. */
  readonly ledger: string | null;
  readonly campaign: string;
  readonly hold: string;
}

const purchasedSchema = z.object({
  schema: z.literal(SCHEMA),
  rehearsal: z.boolean(),
  ledger: z.string().nullable().default(null),
  campaign: z.string(),
  hold: z.string(),
});

/** Reads a sidecar of any version; null if the text is none. */
export function readSidecar(written: string): Purchased | null {
  if (!isSidecar(written)) return null;
  try {
    return purchasedSchema.parse(JSON.parse(written));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
}

/**
 * Writes what a video is: its line, what was sent, what came back, what it cost. `ledger` is the id of the ledger that
 * has the hold.
 */
export function writeSidecarText(
  hold: Hold,
  delivery: Delivery,
  { ledger, rehearsal }: Pick<Purchased, "rehearsal"> & { readonly ledger: string },
): string {
  const { sha256, bytes, seconds, width, height, audio, warnings } = delivery;
  const document = {
    schema: SCHEMA,
    rehearsal,
    ledger,
    campaign: hold.campaign,
    ...(hold.edition === "" ? {} : { edition: hold.edition }),
    key: hold.key,
    shot: hold.shot,
    scene: hold.scene,
    model: hold.model,
    endpoint: hold.endpoint,
    input: hold.input,
    fingerprint: hold.fingerprint,
    ordinal: hold.ordinal,
    hold: hold.id,
    request_id: hold.request?.id ?? null,
    url: hold.videoUrl,
    currency: "USD",
    cost: exact(hold.spent),
    billable_units: hold.billableUnits,
    reserved: iso(hold.reservedAt),
    settled: iso(hold.endedAt),
    video: { sha256, bytes, seconds, width, height, audio },
    warnings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
