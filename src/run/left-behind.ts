import type { Hold } from "../ledger/hold.ts";
import type { LedgerBook } from "../ledger/ledger.ts";

/** What no living run looks after: jobs in flight, and videos that are paid for and not here. */
export async function leftBehind(
  ledger: LedgerBook,
  campaign: string,
): Promise<{ readonly submitted: readonly Hold[]; readonly settled: readonly Hold[] }> {
  const living = new Set((await ledger.openRuns(campaign)).map((run) => run.id));
  const left = (await ledger.holds(campaign)).filter((hold) => !living.has(hold.run));
  return {
    submitted: left.filter((hold) => hold.state === "submitted"),
    settled: left.filter((hold) => hold.state === "settled" && hold.delivery === null),
  };
}
