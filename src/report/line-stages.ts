import type { Entry } from "../ledger/entry.ts";
import { type Hold, purchaseKey } from "../ledger/hold.ts";

/** A hold as its time went, milliseconds UTC: each stage ends where the next begins, and one that never was has no length. */
export interface LineStages {
  readonly hold: Hold;
  /** Which hold of its purchase it is, and of how many. */
  readonly tryNumber: number;
  readonly tries: number;
  readonly reserved: number;
  readonly sent: number;
  readonly atFal: number;
  readonly ended: number;
  readonly here: number;
}

/** A video that was brought later than this after it was paid for was not downloading all that time. */
const DOWNLOAD_MS = 3_600_000;

/** When the video of each hold was first here. */
export function deliveredAt(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { fact, hold, at } of entries) {
    if (fact.kind === "delivered" && hold !== null && !first.has(hold)) first.set(hold, at);
  }
  return first;
}

/** The stages of the newest run's holds; tries are counted over every run. `now` in milliseconds UTC. */
export function latestStages(
  holds: readonly Hold[],
  delivered: ReadonlyMap<string, number>,
  now: number,
): readonly LineStages[] {
  const tries = new Map<string, Hold[]>();
  for (const hold of holds) {
    const own = tries.get(purchaseKey(hold));
    if (own === undefined) tries.set(purchaseKey(hold), [hold]);
    else own.push(hold);
  }
  const run = holds.at(-1)?.run;
  return holds
    .filter((hold) => hold.run === run)
    .map((hold) => {
      const own = tries.get(purchaseKey(hold)) ?? [hold];
      const times = timesOf(hold, delivered.get(hold.id) ?? null, now);
      return { hold, tryNumber: own.indexOf(hold) + 1, tries: own.length, ...times };
    });
}

function timesOf(hold: Hold, delivered: number | null, now: number) {
  const { state, reservedAt: reserved, sentAt, submittedAt, endedAt } = hold;
  const open = state === "reserved" || state === "sending" || state === "submitted";
  const over = endedAt ?? (open ? now : null);
  const sent = Math.max(reserved, sentAt ?? over ?? reserved);
  const atFal = sentAt === null ? sent : Math.max(sent, submittedAt ?? over ?? sent);
  const ended = Math.max(atFal, over ?? atFal);
  const here = Math.max(ended, delivered ?? ended);
  return { reserved, sent, atFal, ended, here: here - ended > DOWNLOAD_MS ? ended : here };
}
