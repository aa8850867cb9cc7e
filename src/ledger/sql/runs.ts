import { execute, type SqlRoutine } from "./database.ts";
import type { EndReason } from "../entry.ts";
import { foldCase } from "../held-caps.ts";
import type { Hold } from "../hold.ts";
import { LEASE_MS } from "../lease.ts";
import type { Batch, OpenRun, RunEnd, RunStart, LedgerEnvironment } from "../ledger.ts";
import { readTime, writeEntry } from "./entries.ts";
import { reclaimHolds } from "./holds.ts";
import * as reads from "./reads.ts";
import type { RunRow } from "./rows.ts";

// Starts and ends runs, and renews their leases, inside a transaction.

/** A batch has no process that could die. */
const NO_OWNER = "";

export function* ensureCampaign(campaign: string): SqlRoutine<void> {
  yield* execute(
    "INSERT INTO campaigns (campaign, name) VALUES (?, ?) ON CONFLICT (campaign) DO NOTHING",
    foldCase(campaign),
    campaign,
  );
}

export function* startRun(run: string, owner: string, start: RunStart): SqlRoutine<void> {
  yield* ensureCampaign(start.campaign);
  yield* insertRun(run, start.batch === true ? NO_OWNER : owner, start);
}

/** Starts a run that buys for a batch under the batch's terms. Returns false if the batch has ended. */
export function* joinBatch(run: string, owner: string, batch: string): SqlRoutine<boolean> {
  const row = yield* reads.selectRun(batch);
  if (row === undefined || !row.batch || row.ended !== null) return false;
  yield* insertRun(run, owner, { ...row, batch: false }, batch);
  return true;
}

export function* keepAlive(run: string): SqlRoutine<boolean> {
  if ((yield* reads.selectRun(run))?.ended !== null) return false;
  const until = (yield* readTime()) + LEASE_MS;
  yield* execute("UPDATE runs SET lease_until = ? WHERE run = ?", until, run);
  return true;
}

/** Ends a run if it is still open. `dead`: its process is gone. */
export function* endRun(
  run: string,
  how: RunEnd["how"],
  reason: EndReason | null = null,
): SqlRoutine<void> {
  const row = yield* reads.selectRun(run);
  if (row?.ended === null) yield* writeEnd(row, how, reason);
}

/** The dead runs of a campaign, and what became of their holds. */
interface Reclaimed {
  readonly runs: readonly string[];
  readonly holds: readonly Hold[];
}

export function* reclaimDeadRuns(
  campaign: string,
  environment: LedgerEnvironment,
): SqlRoutine<Reclaimed> {
  const runs: string[] = [];
  const holds: Hold[] = [];
  for (const row of yield* reads.selectOpenRuns(campaign)) {
    if (yield* isAlive(row, environment)) continue;
    runs.push(row.run);
    holds.push(...(yield* writeEnd(row, "dead", null)));
  }
  return { runs, holds };
}

export function* listOpenRuns(
  campaign: string,
  environment: LedgerEnvironment,
): SqlRoutine<readonly OpenRun[]> {
  const open: OpenRun[] = [];
  for (const row of yield* reads.selectOpenRuns(campaign)) {
    const { run: id, owner, started_at: startedAt, batch, partOf } = row;
    open.push({ id, owner, startedAt, batch, partOf, alive: yield* isAlive(row, environment) });
  }
  return open;
}

export function* listBatches(): SqlRoutine<readonly Batch[]> {
  const found: Batch[] = [];
  for (const row of yield* reads.selectOpenBatches()) {
    const { run: id, account, limits, approval, atOnce, started_at: startedAt } = row;
    const campaign = (yield* reads.selectCampaign(row.campaign))?.name ?? row.campaign;
    found.push({ id, campaign, account, limits, approval, atOnce, startedAt });
  }
  return found;
}

/** A run whose process is stopped counts as alive: nobody on its machine takes its holds. */
export function* isAlive(row: RunRow, { locks }: LedgerEnvironment): SqlRoutine<boolean> {
  return row.batch || (locks.lives(row.run) ?? row.lease_until > (yield* readTime()));
}

function* insertRun(
  run: string,
  owner: string,
  start: RunStart,
  partOf: string | null = null,
): SqlRoutine<void> {
  const { campaign, account, limits, approval = null, batch = false, atOnce = null } = start;
  yield* writeEntry(
    {
      kind: "run-started",
      account: account ?? run,
      limits: [...limits],
      approval,
      owner,
      ...(batch && { batch }),
      ...(partOf !== null && { partOf }),
      ...(atOnce !== null && { atOnce }),
    },
    { campaign, run },
  );
}

/** Returns the run's holds that were not sent, or may not have been, as they are then. */
function* writeEnd(
  row: RunRow,
  how: RunEnd["how"],
  reason: EndReason | null,
): SqlRoutine<readonly Hold[]> {
  const { campaign, run } = row;
  yield* writeEntry({ kind: "run-ended", how, ...(reason && { reason }) }, { campaign, run });
  return yield* reclaimHolds(row);
}

/** Returns how a run ended; null if it continues, or was never started. */
export function* readEnd(run: string): SqlRoutine<RunEnd | null> {
  const row = yield* reads.selectRun(run);
  if (row === undefined || row.ended === null) return null;
  return { how: row.ended, reason: row.reason };
}
