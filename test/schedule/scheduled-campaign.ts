import { ok, type Result } from "../../src/diagnostics/result.ts";
import type { Order, RunLimit } from "../../src/ledger/entry.ts";
import { type Ledger } from "../../src/ledger/ledger.ts";
import { LedgerFault, type LedgerTrouble } from "../../src/ledger/fault.ts";
import type { Schedule } from "../../src/plan/campaign.ts";
import { readCron } from "../../src/manifest/cron.ts";
import { verify } from "../../src/ledger/verify.ts";
import {
  type Fired,
  runScheduler,
  type ScheduleEvent,
  type SchedulerPorts,
  type Scheduled,
  type Turn,
} from "../../src/schedule/scheduler.ts";
import { capped, type Database, makeFakeLocks, step } from "../ledger/rig/test-ledger.ts";
import { virtualClock, type VirtualClock } from "../run/rig/virtual-clock.ts";

export function makeSchedule(
  cron: string,
  timezone: string,
  more: Partial<Pick<Schedule, "mode" | "missed">> = {},
): Schedule {
  const read = readCron(cron);
  if (!read.ok) throw new Error(read.problem);
  const fields = read.value;
  return { cron, fields, timezone, mode: "repeat", missed: "catch-up", ...more };
}

/** A scheduler of one process. */
interface Keeper {
  readonly name: string;
  readonly told: readonly ScheduleEvent[];
  /** The other times for which it was refused; null while it was not. */
  refusedBy(): string | null;
  /** Its process is gone; what it was at stays as it was. */
  die(): void;
  stop(): void;
}

/** One ledger, a clock that is to be set, and schedulers as many as there are processes. */
export class ScheduledCampaign {
  readonly clock: VirtualClock;
  /** What was fired: by whom, when, and what. */
  readonly fired: { readonly by: string; readonly at: number; readonly turn: Turn }[] = [];
  /** What schedulers ended with. */
  readonly failures: string[] = [];
  /** How long a run takes. Milliseconds. */
  takes = 20 * 60_000;
  schedule: Schedule;
  /** What the manifests of some say instead. */
  readonly schedules = new Map<string, Schedule>();
  /** What each run spends at most. */
  limits: readonly RunLimit[] = [];
  /** What each run buys. */
  buys: readonly [] | readonly [Order] = [];
  /** What came of it. */
  readonly bought: string[] = [];
  /** What is wrong with the ledger; null for nothing. */
  trouble: LedgerTrouble | null = null;
  readonly #database: Database;
  readonly #place: string;
  readonly #dead = new Set<string>();
  readonly #locks = makeFakeLocks((owner) => !this.#dead.has(owner));
  readonly #running: Promise<void>[] = [];
  readonly #stops: AbortController[] = [];
  #ids = 0;
  #atWork = 0;

  private constructor(database: Database, place: string, from: number, schedule: Schedule) {
    this.#database = database;
    this.#place = place;
    this.clock = virtualClock(from);
    this.schedule = schedule;
  }

  static async of(
    database: Database,
    from: string | number,
    schedule: Schedule,
  ): Promise<ScheduledCampaign> {
    const place = await database.place();
    const at = typeof from === "number" ? from : Date.parse(from);
    const stage = new ScheduledCampaign(database, place, at, schedule);
    const ledger = await database.create(place, "real", stage.#around("maker"));
    await ledger.agree("film", capped({}));
    ledger.close();
    return stage;
  }

  /** Another process that keeps the schedule, until it is stopped. */
  async keeper(name: string): Promise<Keeper> {
    const ledger = await this.#database.open(this.#place, "write", this.#around(name));
    const stop = new AbortController();
    this.#stops.push(stop);
    const told: ScheduleEvent[] = [];
    let refusedBy: string | null = null;
    const keeping = runScheduler(this.#ports(name, ledger, stop.signal, told))
      .then((rival) => {
        refusedBy = rival?.schedule ?? null;
      })
      .catch((cause: unknown) => {
        if (!this.#dead.has(name)) this.failures.push(String(cause));
      });
    this.#running.push(keeping.finally(() => ledger.close()));
    return {
      name,
      told,
      refusedBy: () => refusedBy,
      die: () => {
        this.#dead.add(name);
        stop.abort();
      },
      stop: () => stop.abort(),
    };
  }

  /** Lets time go on until a moment. */
  async until(moment: string | number): Promise<void> {
    const at = typeof moment === "number" ? moment : Date.parse(moment);
    await this.clock.run(this.clock.sleep(at - this.clock.now()), () => this.#atWork > 0);
  }

  /** Ends every scheduler; what an audit says of their ledger. */
  async end(): Promise<readonly string[]> {
    for (const stop of this.#stops) stop.abort();
    await this.clock.run(Promise.all(this.#running), () => this.#atWork > 0);
    const ledger = await this.#database.open(this.#place, "read", this.#around("reader"));
    const { entries, kept } = await ledger.everything();
    ledger.close();
    return [...this.failures, ...verify(entries, kept).problems];
  }

  #around(owner: string): Parameters<Database["open"]>[2] {
    return {
      owner,
      now: () => this.clock.now(),
      newId: () => `id-${(this.#ids += 1)}`,
      locks: this.#locks(owner),
    };
  }

  #ports(
    name: string,
    ledger: Ledger,
    stop: AbortSignal,
    told: ScheduleEvent[],
  ): SchedulerPorts<Scheduled> {
    const busy = async <Result>(work: Promise<Result>): Promise<Result> => {
      this.#atWork += 1;
      try {
        return await work;
      } finally {
        this.#atWork -= 1;
      }
    };
    return {
      ledger: {
        holdSchedule: async (...said) => {
          if (this.trouble !== null) throw new LedgerFault(this.trouble, "it is elsewhere");
          return await busy(ledger.holdSchedule(...said));
        },
        leaveSchedule: async (...said) => {
          if (!this.#dead.has(name)) await busy(ledger.leaveSchedule(...said));
        },
        keepSchedule: async (...said) => {
          if (this.trouble !== null) throw new LedgerFault(this.trouble, "it is elsewhere");
          return await busy(ledger.keepSchedule(...said));
        },
        skipOccurrences: async (...said) => await busy(ledger.skipOccurrences(...said)),
        endOccurrence: async (...said) => await busy(ledger.endOccurrence(...said)),
      },
      clock: this.clock,
      stop,
      load: async () =>
        ok({ campaign: "film", schedule: this.schedules.get(name) ?? this.schedule }),
      tell: (event) => told.push(event),
      fire: async (_, turn): Promise<Result<Fired>> => {
        const { at: instant, edition, how, catchUpTo } = turn;
        const limits = this.limits;
        const newest = catchUpTo === null ? {} : { catchUpTo };
        const start = { campaign: "film", instant, edition, how, limits, ...newest };
        const started = await busy(ledger.startOccurrence(start));
        if (started.is !== "started") return ok({ is: started.is });
        this.fired.push({ by: name, at: this.clock.now(), turn });
        const [line] = this.buys;
        if (line !== undefined) {
          const each = { ...line, edition };
          const reserved = await busy(ledger.reserve(started.run, each));
          if (reserved.is === "held") {
            for (const one of [step.sending(), step.submitted()])
              await busy(ledger.advance(reserved.hold.id, one));
          }
          this.bought.push(`${turn.local} ${reserved.is}`);
        }
        await this.clock.sleep(this.takes, stop);
        if (this.#dead.has(name)) throw new Error(`${name} is dead`);
        await busy(ledger.endRun(started.run));
        return ok({ is: "over", finished: !stop.aborted, exit: 0 });
      },
    };
  }
}
