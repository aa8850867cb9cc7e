import { run as execute, type Telling } from "./database.ts";
import type { AtOnce, EndReason } from "../entry.ts";
import { folded } from "../held-caps.ts";
import type { Hold } from "../hold.ts";
import { LEASE_MS } from "../lease.ts";
import type { Batch, OpenRun, RunEnd, RunStart, Surroundings } from "../ledger.ts";
import { time, write } from "./entries.ts";
import { bury } from "./holds.ts";
import * as reads from "./reads.ts";
import type { RunRow } from "./rows.ts";

// Runs and their leases, inside a transaction.

/** A batch has no process that could be gone. */
const NO_OWNER = "";

interface Started extends Required<Omit<RunStart, "batch" | "atOnce">> {
  readonly batch: boolean;
  readonly partOf: string | null;
  readonly atOnce: AtOnce | null;
}

export function* knownCampaign(campaign: string): Telling<void> {
  yield* execute(
    "INSERT INTO campaigns (campaign, name) VALUES (?, ?) ON CONFLICT (campaign) DO NOTHING",
    folded(campaign),
    campaign,
  );
}

export function* startRun(run: string, owner: string, start: RunStart): Telling<void> {
  const { approval = null, batch = false, atOnce = null } = start;
  yield* knownCampaign(start.campaign);
  yield* put(run, batch ? NO_OWNER : owner, { ...start, approval, batch, atOnce, partOf: null });
}

/** A run that buys for a batch under all that the batch was started with; false where that has ended. */
export function* joinBatch(run: string, owner: string, batch: string): Telling<boolean> {
  const row = yield* reads.run(batch);
  if (row === undefined || !row.batch || row.ended !== null) return false;
  const { campaign, account, limits, approval, atOnce } = row;
  const start = { campaign, account, limits, approval, atOnce };
  yield* put(run, owner, { ...start, batch: false, partOf: batch });
  return true;
}

export function* keepAlive(run: string): Telling<boolean> {
  if ((yield* reads.run(run))?.ended !== null) return false;
  const until = (yield* time()) + LEASE_MS;
  yield* execute("UPDATE runs SET lease_until = ? WHERE run = ?", until, run);
  return true;
}

export function* endRun(run: string, reason: EndReason | null): Telling<void> {
  const row = yield* reads.run(run);
  if (row === undefined || row.ended !== null) return;
  yield* end(row, "ended", reason);
  yield* bury(row);
}

/** Ends a run whose process is gone, where no one has. */
export function* endDead(run: string): Telling<void> {
  const row = yield* reads.run(run);
  if (row === undefined || row.ended !== null) return;
  yield* end(row, "dead", null);
  yield* bury(row);
}

/** The runs of a campaign that it ended, and what became of their holds. */
interface Reclaimed {
  readonly runs: readonly string[];
  readonly holds: readonly Hold[];
}

export function* buryDead(campaign: string, around: Surroundings): Telling<Reclaimed> {
  const runs: string[] = [];
  const holds: Hold[] = [];
  for (const row of yield* reads.openRuns(campaign)) {
    if (yield* isAlive(row, around)) continue;
    yield* end(row, "dead", null);
    runs.push(row.run);
    holds.push(...(yield* bury(row)));
  }
  return { runs, holds };
}

export function* openRuns(campaign: string, around: Surroundings): Telling<readonly OpenRun[]> {
  const open: OpenRun[] = [];
  for (const row of yield* reads.openRuns(campaign)) {
    const { run: id, owner, started_at: startedAt, batch, partOf } = row;
    open.push({ id, owner, startedAt, batch, partOf, alive: yield* isAlive(row, around) });
  }
  return open;
}

export function* batches(): Telling<readonly Batch[]> {
  const found: Batch[] = [];
  for (const row of yield* reads.openBatches()) {
    const { run: id, account, limits, approval, atOnce, started_at: startedAt } = row;
    const campaign = (yield* reads.campaign(row.campaign))?.name ?? row.campaign;
    found.push({ id, campaign, account, limits, approval, atOnce, startedAt });
  }
  return found;
}

/** A run whose process is stopped lives: nobody on its machine takes what it has. */
export function* isAlive(row: RunRow, { locks }: Surroundings): Telling<boolean> {
  return row.batch || (locks.lives(row.run) ?? row.lease_until > (yield* time()));
}

function* put(run: string, owner: string, start: Started): Telling<void> {
  const { campaign, account, limits, approval, batch, partOf, atOnce } = start;
  yield* write(
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

function* end(row: RunRow, how: "ended" | "dead", reason: EndReason | null): Telling<void> {
  const { campaign, run } = row;
  yield* write({ kind: "run-ended", how, ...(reason && { reason }) }, { campaign, run });
}

/** How a run ended; null while it goes on, and for what was never started. */
export function* endOf(run: string): Telling<RunEnd | null> {
  const row = yield* reads.run(run);
  if (row === undefined || row.ended === null) return null;
  return { how: row.ended, reason: row.reason };
}
