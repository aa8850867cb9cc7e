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

/** What stands beside a video: which line it is, what was sent, what came back, what it cost. */
export function sidecar(hold: Hold, delivery: Delivery, rehearsal: boolean): string {
  const { sha256, bytes, seconds, width, height, audio, warnings } = delivery;
  const document = {
    schema: SCHEMA,
    rehearsal,
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
