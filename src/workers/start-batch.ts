import type { Order } from "../ledger/entry.ts";
import type { Hold } from "../ledger/hold.ts";
import type { Ledger, RunStart } from "../ledger/ledger.ts";
import { findLeftBehind } from "../run/run-plan.ts";
import type { Jobs, Lane, Task } from "./jobs.ts";

export interface StartedBatch {
  readonly id: string;
  /** What earlier runs left, which is finished too. */
  readonly left: readonly Hold[];
}

/**
 * Queues orders in run order, after what earlier runs of the campaign left; returns null if there is neither. A crash in
 * between leaves a batch without lanes, which the next worker or follower ends.
 */
export async function startBatch(
  { ledger, jobs }: { readonly ledger: Ledger; readonly jobs: Jobs },
  start: Omit<RunStart, "batch">,
  orders: readonly Order[],
): Promise<StartedBatch | null> {
  await ledger.reclaimDeadRuns(start.campaign);
  const { submitted, settled } = await findLeftBehind(ledger, start.campaign);
  const left = [...settled, ...submitted];
  if (left.length + orders.length === 0) return null;
  const tasks: readonly Task[] = [
    ...left.map(({ id, key, endpoint }, turn): Task => ({
      is: "take-up",
      turn,
      hold: id,
      key,
      endpoint,
    })),
    ...orders.map((order, index): Task => ({ is: "buy", turn: left.length + index, order })),
  ];
  const id = await ledger.startRun({ ...start, batch: true });
  try {
    await jobs.fill(id, tasks);
  } catch (cause) {
    await ledger.endRun(id, { because: "queue", why: "its lines never came onto the queue" });
    throw cause;
  }
  return { id, left };
}

/** A batch without lanes for so long will have none: the process that was filling it is gone. Milliseconds. */
export const UNFILLED_MS = 60_000;

/** Ends a batch of which no job waits or is at work; returns false if one does. */
export async function endBatch(
  {
    ledger,
    jobs,
  }: {
    readonly ledger: Pick<Ledger, "endRun">;
    readonly jobs: Pick<Jobs, "countLeft" | "remove">;
  },
  batch: string,
  lanes: readonly Lane[],
): Promise<boolean> {
  if ((await jobs.countLeft(lanes)) > 0) return false;
  await ledger.endRun(batch);
  if (lanes.length > 0) await jobs.remove(lanes);
  return true;
}
