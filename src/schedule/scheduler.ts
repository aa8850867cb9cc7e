import { type Ledger } from "../ledger/ledger.ts";
import { LedgerFault, type LedgerTrouble } from "../ledger/fault.ts";
import type { Problem, Result } from "../diagnostics/result.ts";
import type { How } from "../ledger/entry.ts";
import type { Rival } from "../ledger/occurrence.ts";
import type { Schedule } from "../plan/campaign.ts";
import type { ScheduledTime } from "../plan/project-schedule.ts";
import type { Clock } from "../run/ports.ts";
import { askLedger } from "../run/work.ts";
import { findDue, type PassedOver, findLocalTime, MOST_MISSED, ON_TIME_MS } from "./due.ts";

// Buys at set times. due.ts finds which occurrences are due, the scheduler claims one in the ledger, and fire.ts buys it by
// the flow of every run. However many schedulers look, each occurrence is claimed once; print.ts writes what cron, systemd
// or GitHub need to start the same with --once.

/** What a campaign's manifests say now. */
export interface Scheduled {
  readonly campaign: string;
  readonly schedule: Schedule;
}

/** An occurrence whose turn it is. */
export interface Turn extends ScheduledTime {
  readonly how: Exclude<How, "skipped">;
  /** What it buys is an edition of this name; empty if the campaign continues. */
  readonly edition: string;
  /** The newest occurrence that is caught up with it; null if it is not caught up. */
  readonly catchUpTo: number | null;
  /** Whether an earlier run of it died, or was ended, in the middle. */
  readonly resumed: boolean;
}

export type Fired =
  /** Its run is over. `finished`: the occurrence does not resume. */
  | { readonly is: "over"; readonly finished: boolean; readonly exit: number }
  /** Another scheduler was there first, or is at another occurrence. */
  | { readonly is: "claimed-already" | "overlap" };

export interface SchedulerPorts<Loaded extends Scheduled> {
  readonly ledger: Pick<
    Ledger,
    "holdSchedule" | "leaveSchedule" | "keepSchedule" | "skipOccurrences" | "endOccurrence"
  >;
  readonly clock: Clock;
  /** Reads the manifests again. */
  load(): Promise<Result<Loaded>>;
  /** Claims the occurrence and buys. An occurrence that may not be bought stays due. */
  fire(loaded: Loaded, turn: Turn): Promise<Result<Fired>>;
  readonly tell: (event: ScheduleEvent) => void;
  /** Fires nothing more. */
  readonly stop: AbortSignal;
}

/** What a scheduler reports while it works. */
export type ScheduleEvent =
  | { readonly event: "keeping"; readonly campaign: string; readonly schedule: Schedule }
  | { readonly event: "waiting"; readonly next: ScheduledTime | null; readonly now: number }
  | { readonly event: "turn"; readonly turn: Turn }
  /** `most`: so many newer ones are caught up; null if what was missed is skipped. */
  | ({ readonly event: "skipped"; readonly most: number | null } & PassedOver)
  | { readonly event: "elsewhere"; readonly local: string; readonly going: boolean }
  | {
      readonly event: "over";
      readonly turn: Turn;
      readonly exit: number;
      readonly finished: boolean;
    }
  /** Another scheduler keeps the campaign to other times: nothing is fired. */
  | { readonly event: "rival"; readonly rival: Rival }
  /** The manifests are wrong, or an occurrence may not be bought. */
  | { readonly event: "refused"; readonly problem: Problem }
  | { readonly event: "trouble"; readonly why: string };

/** The result of one look. */
type Step =
  | { readonly is: "fired"; readonly finished: boolean }
  | { readonly is: "idle"; readonly next: ScheduledTime | null }
  | { readonly is: "busy" | "refused" }
  | { readonly is: "rival"; readonly rival: Rival };

/**
 * Looks for what is due and fires the first of it. An occurrence that died in the middle comes first, and one that runs
 * in another process is waited for. Each is claimed in the ledger, so that only one of many schedulers fires it.
 */
async function lookOnce<Loaded extends Scheduled>(
  ports: SchedulerPorts<Loaded>,
  /** How late the newest occurrence of a schedule that is new to the ledger may be, in milliseconds. */
  lookback: number,
  keepsOn: boolean,
): Promise<Step> {
  const { ledger, clock, tell } = ports;
  const read = await ports.load();
  if (!read.ok) return refuseStep(ports, read.problem);
  const loaded = read.value;
  const { campaign, schedule } = loaded;
  const { timezone } = schedule;
  const rival = await ledger.holdSchedule(campaign, formatSchedule(schedule), keepsOn);
  if (rival !== null) return { is: "rival", rival };
  const now = clock.now();
  const since = lookback === 0 ? now : findNewestSince(schedule, now - lookback, now);
  const kept = await ledger.keepSchedule(campaign, formatSchedule(schedule), since, now);
  const { open } = kept;
  if (open !== null) {
    const { instant: at, edition, how } = open;
    const local = findLocalTime(at, timezone);
    if (open.alive) {
      tell({ event: "elsewhere", local, going: true });
      return { is: "busy" };
    }
    // A skipped occurrence is never open.
    if (how === "skipped") throw new Error(`a skipped occurrence is open: ${local}`);
    return await takeTurn(
      ports,
      loaded,
      { at, local, edition, how, catchUpTo: null, resumed: true },
      keepsOn,
    );
  }
  const { due, left, next } = findDue(
    schedule,
    Math.max(kept.since, kept.newest ?? kept.since),
    now,
  );
  const skipped = due.filter(({ how }) => how === "skipped");
  const last = skipped.at(-1) ?? left?.last;
  if (last !== undefined) {
    // The newest of those too many to catch up stands for all of them: what follows it is due.
    const marked = left === null ? skipped : [left.last, ...skipped];
    const had = await ledger.skipOccurrences(
      campaign,
      marked.map(({ at }) => at),
    );
    const first = left?.first ?? skipped[0] ?? last;
    const count = (left?.count ?? 0) + skipped.length;
    const most = schedule.missed === "skip" ? null : MOST_MISSED;
    if (had > 0) tell({ event: "skipped", first, last, count, more: left?.more === true, most });
  }
  const caughtUp = due.findLast(({ how }) => how === "caught-up")?.at ?? null;
  for (const { how, at, local } of due) {
    if (how === "skipped") continue;
    const edition = schedule.mode === "repeat" ? local : "";
    const catchUpTo = how === "caught-up" ? caughtUp : null;
    return await takeTurn(
      ports,
      loaded,
      { how, at, local, edition, catchUpTo, resumed: false },
      keepsOn,
    );
  }
  return { is: "idle", next };
}

async function takeTurn<Loaded extends Scheduled>(
  ports: SchedulerPorts<Loaded>,
  loaded: Loaded,
  turn: Turn,
  keepsOn: boolean,
): Promise<Step> {
  const { ledger, tell } = ports;
  tell({ event: "turn", turn });
  const done = new AbortController();
  const beating = keepsOn ? keepPlace(ports, loaded, done.signal) : undefined;
  const bought = await ports.fire(loaded, turn).finally(() => done.abort());
  await beating;
  if (!bought.ok) return refuseStep(ports, bought.problem);
  const fired = bought.value;
  switch (fired.is) {
    case "over":
      if (fired.finished) await ledger.endOccurrence(loaded.campaign, turn.at);
      tell({ event: "over", turn, exit: fired.exit, finished: fired.finished });
      return { is: "fired", finished: fired.finished };
    case "claimed-already":
      tell({ event: "elsewhere", local: turn.local, going: false });
      return { is: "busy" };
    case "overlap":
      return { is: "busy" };
  }
}

function refuseStep({ tell }: Pick<SchedulerPorts<Scheduled>, "tell">, problem: Problem): Step {
  tell({ event: "refused", problem });
  return { is: "refused" };
}

// A timer stands still while a machine sleeps and ignores a changed clock, so the scheduler never sleeps long.
const SLICE_MS = 300_000;
/** How often the scheduler checks whether another process has ended. */
const BUSY_MS = 60_000;
/** How often the manifests, whose times may change, are read again while nothing is due; half a lease. */
const ANEW_MS = 900_000;

/** Keeps the scheduler's place during a run, which may take hours. */
async function keepPlace(
  { ledger, clock }: Pick<SchedulerPorts<Scheduled>, "ledger" | "clock">,
  { campaign, schedule }: Scheduled,
  done: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(ANEW_MS, done);
    if (done.aborted) return;
    // The lease outlasts one missed beat, and the run reports what is wrong with its ledger.
    await askLedger(
      async () => await ledger.holdSchedule(campaign, formatSchedule(schedule), true),
      null,
    );
  }
}

/**
 * Fires what is due until it is stopped. Reports failures and tries again. Resolves to another scheduler that keeps the
 * campaign to other times at the beginning; waits for one that comes later.
 */
export async function runScheduler<Loaded extends Scheduled>(
  ports: SchedulerPorts<Loaded>,
): Promise<Rival | null> {
  let campaign: string | null = null;
  const load = async (): ReturnType<typeof ports.load> => {
    const loaded = await ports.load();
    if (loaded.ok) ({ campaign } = loaded.value);
    return loaded;
  };
  try {
    return await fireUntilStopped({ ...ports, load });
  } finally {
    const known = campaign;
    // If the ledger cannot be reached, the lease runs out.
    if (known !== null) {
      await askLedger(async () => await ports.ledger.leaveSchedule(known), undefined);
    }
  }
}

async function fireUntilStopped<Loaded extends Scheduled>(
  ports: SchedulerPorts<Loaded>,
): Promise<Rival | null> {
  const { clock, stop, tell } = ports;
  let told: number | null | undefined;
  let trouble: string | null = null;
  let rival: string | null = null;
  let begun = false;
  while (!stop.aborted) {
    const found = await lookGuarded(ports, (why) => {
      // The trouble may last for hours, and is reported once.
      if (why !== trouble) tell({ event: "trouble", why });
      trouble = why;
    });
    if (found !== null) trouble = null;
    if (stop.aborted) return null;
    if (found?.is === "rival") {
      if (found.rival.schedule !== rival) tell({ event: "rival", rival: found.rival });
      if (!begun) return found.rival;
      rival = found.rival.schedule;
      await clock.sleep(BUSY_MS, stop);
      continue;
    }
    rival = null;
    begun ||= found !== null;
    switch (found?.is) {
      case undefined:
        await clock.sleep(BUSY_MS, stop);
        break;
      case "fired":
        // What had to wait may be due now.
        told = undefined;
        if (!found.finished) await clock.sleep(BUSY_MS, stop);
        break;
      case "busy":
        await clock.sleep(BUSY_MS, stop);
        break;
      case "refused":
        await sleepUntil(ports, clock.now() + ANEW_MS);
        break;
      case "idle": {
        const { next } = found;
        const at = next?.at ?? null;
        if (at !== told) tell({ event: "waiting", next, now: clock.now() });
        told = at;
        await sleepUntil(ports, at ?? Infinity);
      }
    }
  }
  return null;
}

/** Sleeps until a moment of the wall clock, or until it is time to read the manifests again. */
async function sleepUntil(
  { clock, stop }: Pick<SchedulerPorts<Scheduled>, "clock" | "stop">,
  until: number,
): Promise<void> {
  for (let slept = 0; slept < ANEW_MS; slept += SLICE_MS) {
    const left = until - clock.now();
    if (left <= 0 || stop.aborted) return;
    await clock.sleep(Math.min(left, SLICE_MS), stop);
  }
}

/** Troubles that may pass, unlike a file that is no ledger, or a ledger that the campaign has left. */
const PASSES: readonly LedgerTrouble[] = ["locked", "full", "denied", "unreachable", "failed"];

/** Looks once; returns null if the ledger could not be used. */
async function lookGuarded<Loaded extends Scheduled>(
  ports: SchedulerPorts<Loaded>,
  complain: (why: string) => void,
): Promise<Step | null> {
  try {
    return await lookOnce(ports, 0, true);
  } catch (cause) {
    if (!(cause instanceof LedgerFault) || !PASSES.includes(cause.trouble)) throw cause;
    complain(cause.message);
    return null;
  }
}

/** Fires everything that is due, and ends. */
export async function fireDue<Loaded extends Scheduled>(
  ports: SchedulerPorts<Loaded>,
): Promise<void> {
  while (!ports.stop.aborted) {
    // If its very first occurrence woke it, that was a little while ago.
    const found = await lookOnce(ports, ON_TIME_MS, false);
    if (found.is === "rival") {
      ports.tell({ event: "rival", rival: found.rival });
    } else if (found.is === "idle") {
      ports.tell({ event: "waiting", next: found.next, now: ports.clock.now() });
    }
    if (found.is !== "fired" || !found.finished) return;
  }
}

/** Returns a moment just before the newest occurrence after a moment and up to now; now if there is none. */
function findNewestSince(schedule: Schedule, after: number, now: number): number {
  return (findDue(schedule, after, now).due.at(-1)?.at ?? now + 1) - 1;
}

/** Formats a schedule as the ledger tells one from another: before a new one begins, nothing of it was missed. */
function formatSchedule({ cron, timezone }: Schedule): string {
  return `${cron} ${timezone}`;
}
