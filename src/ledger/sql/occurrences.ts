import { execute, type SqlRoutine } from "./database.ts";
import { foldCase } from "../held-caps.ts";
import type { LedgerEnvironment } from "../ledger.ts";
import {
  catchUpAccount,
  isCatchUpOf,
  type KeptOccurrence,
  occurrenceAccount,
  type OccurrenceStart,
  type OccurrenceStarted,
  type Rival,
  type ScheduleState,
} from "../occurrence.ts";
import { readTime, writeEntry } from "./entries.ts";
import { select, selectRun as readRun } from "./reads.ts";
import { occurrenceRow, optionalInt, scheduleRow, schedulerRow } from "./rows.ts";
import * as runs from "./runs.ts";

// Gives occurrences of schedules their turns, inside a transaction: each once, and no two of a campaign at once.

/** Returns the state of this schedule; null if the campaign follows another or none. */
export function* readScheduleState(
  campaign: string,
  schedule: string,
  now: number,
  environment: LedgerEnvironment,
): SqlRoutine<ScheduleState | null> {
  const sql = "SELECT * FROM schedules WHERE campaign = ? AND schedule = ?";
  const [kept] = yield* select(scheduleRow, sql, foldCase(campaign), schedule);
  if (kept === undefined) return null;
  // If a clock was years ahead, what it fired then must not keep everything before from firing.
  const last = "SELECT max(instant) AS value FROM occurrences WHERE campaign = ? AND instant <= ?";
  const [newest = null] = yield* select(optionalInt, last, foldCase(campaign), now);
  const open = yield* selectOpenOccurrence(campaign);
  const lives = open !== undefined && (yield* isOccurrenceAlive(open, environment));
  return {
    since: kept.since,
    newest,
    open: open === undefined ? null : { ...open, alive: lives },
  };
}

/** Makes a campaign follow this schedule from a moment on, unless it does already. */
export function* keepSchedule(
  campaign: string,
  schedule: string,
  since: number,
  now: number,
  environment: LedgerEnvironment,
): SqlRoutine<ScheduleState> {
  const before = yield* readScheduleState(campaign, schedule, now, environment);
  if (before !== null) return before;
  yield* runs.ensureCampaign(campaign);
  yield* writeEntry({ kind: "schedule", schedule, since }, { campaign });
  const { newest = null, open = null } =
    (yield* readScheduleState(campaign, schedule, now, environment)) ?? {};
  return { since, newest, open };
}

/** How long a scheduler keeps its place after it renewed it, which it does at least twice as often. Milliseconds. */
const SCHEDULER_LEASE_MS = 1_800_000;

/** Takes a place among the schedulers of a campaign, or returns a living one that follows another schedule. */
export function* holdSchedule(
  campaign: string,
  schedule: string,
  keepsOn: boolean,
  { owner }: LedgerEnvironment,
): SqlRoutine<Rival | null> {
  const now = yield* readTime();
  const rivals = `SELECT schedule, lease_until FROM schedulers
    WHERE campaign = ? AND owner <> ? AND schedule <> ? AND lease_until > ?
    ORDER BY lease_until DESC LIMIT 1`;
  const [rival] = yield* select(schedulerRow, rivals, foldCase(campaign), owner, schedule, now);
  // A scheduler that is refused gives up its place: two with changed schedules would wait for each other.
  yield* leaveSchedule(campaign, owner);
  if (rival !== undefined) return { schedule: rival.schedule, until: rival.lease_until };
  if (!keepsOn) return null;
  yield* execute("DELETE FROM schedulers WHERE lease_until <= ?", now);
  yield* execute(
    "INSERT INTO schedulers (campaign, owner, schedule, lease_until) VALUES (?, ?, ?, ?)",
    foldCase(campaign),
    owner,
    schedule,
    now + SCHEDULER_LEASE_MS,
  );
  return null;
}

export function* leaveSchedule(campaign: string, owner: string): SqlRoutine<void> {
  const sql = "DELETE FROM schedulers WHERE campaign = ? AND owner = ?";
  yield* execute(sql, foldCase(campaign), owner);
}

/** Claims an occurrence and starts its run, or another for one whose run died or was ended in the middle. */
export function* startOccurrence(
  id: string,
  start: OccurrenceStart,
  environment: LedgerEnvironment,
): SqlRoutine<OccurrenceStarted> {
  const { campaign, instant, edition, how, limits, approval = null } = start;
  const open = yield* selectOpenOccurrence(campaign);
  if (open !== undefined && open.instant !== instant) return { is: "overlap" };
  const before = open ?? (yield* selectOccurrence(campaign, instant));
  if (before !== undefined) {
    if (before.ended || (yield* isOccurrenceAlive(before, environment)))
      return { is: "claimed-already" };
    if (before.run !== null) yield* runs.endRun(before.run, "dead");
  }
  const account = yield* chooseAccount(start, before?.run ?? null);
  yield* runs.startRun(id, environment.owner, { campaign, account, limits, approval });
  if (before === undefined) {
    yield* writeEntry({ kind: "occurrence", instant, edition, how }, { campaign, run: id });
  } else {
    yield* writeEntry({ kind: "occurrence-resumed", instant }, { campaign, run: id });
  }
  return { is: "started", run: id, before: before?.run ?? null };
}

/** Occurrences that are caught up together share an account: a machine that was off for a month spends one limit. */
function* chooseAccount(start: OccurrenceStart, resumes: string | null): SqlRoutine<string> {
  const { campaign, instant, how, catchUpTo = instant } = start;
  const resumed = resumes === null ? undefined : yield* readRun(resumes);
  if (resumed !== undefined) return resumed.account;
  if (how !== "caught-up") return occurrenceAccount(instant);
  const sql = `SELECT * FROM occurrences WHERE campaign = ? AND instant < ? AND how = 'caught-up'
    ORDER BY instant DESC LIMIT 1`;
  const [last] = yield* select(occurrenceRow, sql, foldCase(campaign), instant);
  const shared = last?.run == null ? undefined : yield* readRun(last.run);
  if (shared !== undefined && isCatchUpOf(shared.account, instant)) return shared.account;
  return catchUpAccount(Math.max(catchUpTo, instant));
}

/** Records that occurrences were missed and will not be caught up. Returns how many were not recorded before. */
export function* skipOccurrences(
  campaign: string,
  instants: readonly number[],
): SqlRoutine<number> {
  let skipped = 0;
  for (const instant of instants) {
    if ((yield* selectOccurrence(campaign, instant)) !== undefined) continue;
    skipped += 1;
    yield* writeEntry({ kind: "occurrence", instant, edition: "", how: "skipped" }, { campaign });
  }
  return skipped;
}

/** Records that an occurrence is over and will not be resumed. */
export function* endOccurrence(campaign: string, instant: number): SqlRoutine<void> {
  const open = yield* selectOpenOccurrence(campaign);
  if (open?.instant !== instant) return;
  yield* writeEntry({ kind: "occurrence-ended", instant }, { campaign });
}

function* selectOpenOccurrence(campaign: string): SqlRoutine<KeptOccurrence | undefined> {
  const sql = "SELECT * FROM occurrences WHERE campaign = ? AND ended = 0";
  return (yield* select(occurrenceRow, sql, foldCase(campaign)))[0];
}

function* selectOccurrence(
  campaign: string,
  instant: number,
): SqlRoutine<KeptOccurrence | undefined> {
  const sql = "SELECT * FROM occurrences WHERE campaign = ? AND instant = ?";
  return (yield* select(occurrenceRow, sql, foldCase(campaign), instant))[0];
}

function* isOccurrenceAlive(
  { run }: KeptOccurrence,
  environment: LedgerEnvironment,
): SqlRoutine<boolean> {
  const row = run === null ? undefined : yield* readRun(run);
  return row !== undefined && row.ended === null && (yield* runs.isAlive(row, environment));
}
