import * as z from "zod";
import type { Delivery } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import { exact } from "../money/usd.ts";

const SCHEMA = "topsheet/video@1";

/** Whether a text is one of ours. */
export function isSidecar(written: string): boolean {
  return written.slice(0, 200).includes(`"schema": "${SCHEMA}"`);
}

/** Whether it stands beside a video of that hold's. */
export function isSidecarOf(written: string, { id }: Pick<Hold, "id">): boolean {
  return isSidecar(written) && written.includes(`\n  "hold": ${JSON.stringify(id)},\n`);
}

/** What a sidecar says of whose its video is. */
export interface Purchased {
  readonly rehearsal: boolean;
  /** The id of the ledger that it was bought under; null if it was written before sidecars said so. */
  readonly ledger: string | null;
  readonly campaign: string;
  readonly hold: string;
}

const purchased = z.object({
  schema: z.literal(SCHEMA),
  rehearsal: z.boolean(),
  ledger: z.string().nullable().default(null),
  campaign: z.string(),
  hold: z.string(),
});

/** Reads a sidecar, whoever wrote it; null if the text is none. */
export function readSidecar(written: string): Purchased | null {
  if (!isSidecar(written)) return null;
  try {
    return purchased.parse(JSON.parse(written));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
}

/**
 * What stands beside a video: which line it is, what was sent, what came back, what it cost. `ledger` is the id of
 * the ledger that has the hold.
 */
export function sidecar(
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
