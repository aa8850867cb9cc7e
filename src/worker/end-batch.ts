import type { Ledger } from "../ledger/ledger.ts";
import type { Jobs, Lane } from "./jobs.ts";

/** A batch that has no lanes for so long will have none: whoever was to fill it is gone. Milliseconds. */
export const UNFILLED_MS = 60_000;

/** Ends a batch of which nothing waits and nothing is at work; false where something does. */
export async function endBatch(
  { ledger, jobs }: { readonly ledger: Ledger; readonly jobs: Jobs },
  batch: string,
  lanes: readonly Lane[],
): Promise<boolean> {
  if ((await jobs.left(lanes)) > 0) return false;
  await ledger.endRun(batch);
  if (lanes.length > 0) await jobs.remove(lanes);
  return true;
}
