import { setMaxListeners } from "node:events";
import { LEASE_MS } from "../ledger/lease.ts";
import { type Batch } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { Clock } from "../run/ports.ts";
import { reclaimAndReport, createTraffic, type RunPorts } from "../run/work.ts";
import { type BatchSettings, BatchWork, type Verdict } from "./batch-work.ts";
import { type Job, type Jobs, type Lane, type TellWorker, readTurn } from "./jobs.ts";
import { endBatch, UNFILLED_MS } from "./start-batch.ts";

// Workers buy the lines that `run --queue` leaves in PostgreSQL. start-batch.ts fills one lane for each model, a worker
// takes jobs from the lanes of open batches, batch-work.ts buys each line in a run of this machine, and follow-batch.ts
// reports to the person who queued them. The queue only says which lines there are: the ledger decides who buys, so a job
// may be handed out twice.

export interface WorkerRequest extends BatchSettings {
  /** Lines at once on this machine. */
  readonly places: number;
  /** Whether to end when no batch is open. */
  readonly untilDone: boolean;
}

export interface WorkerPorts extends Omit<RunPorts, "tell"> {
  readonly jobs: Jobs;
  readonly tell: TellWorker;
}

/** Why a worker ended by itself; null if it was stopped, or had nothing more to do. */
export interface WorkerEnd {
  readonly gaveUp: string | null;
}

// How soon a new job is seen. Milliseconds.
const REFRESH_MS = 500;
// A third of the time after which a job that its worker does not keep goes to another.
const KEEP_MS = 3_000;
// A quarter of a lease: after at most so long, the lines of a machine that is gone are looked after.
const RECLAIM_MS = LEASE_MS / 4;
const ASIDE_MS = 5_000;
const AWAY_MS = 2_000;

/** Takes lines of every open batch, as many as there are places, and finishes each. */
export async function work(request: WorkerRequest, ports: WorkerPorts): Promise<WorkerEnd> {
  return await new Worker(request, ports).work();
}

class Worker {
  readonly #request: WorkerRequest;
  readonly #ports: WorkerPorts;
  readonly #traffic;
  /** Why nothing can be bought from here. */
  #gaveUp: string | null = null;
  #crash: { readonly cause: unknown } | null = null;
  readonly #halting = new AbortController();
  readonly #stop: AbortSignal;
  #waking = new AbortController();
  #away = false;
  #occupied = 0;
  #refreshedAt = -Infinity;
  #open: readonly Batch[] = [];
  #queue: LaneQueue;
  readonly #batches = new Map<string, BatchWork>();
  /** When each open batch was first seen without lanes. */
  readonly #unfilled = new Map<string, number>();
  readonly #inHand = new Map<string, Job>();
  readonly #lines = new Set<Promise<void>>();

  constructor(request: WorkerRequest, ports: WorkerPorts) {
    this.#request = request;
    this.#ports = ports;
    this.#traffic = createTraffic(ports.clock);
    this.#queue = new LaneQueue(ports.clock, ports.jobs);
    this.#stop = AbortSignal.any([ports.stop, ports.leave, this.#halting.signal]);
    this.#stop.addEventListener("abort", () => this.#wake(), { once: true });
    // Every line that is set aside listens, so many listeners are no leak.
    setMaxListeners(0, this.#stop);
  }

  async work(): Promise<WorkerEnd> {
    const over = new AbortController();
    const repeated = [
      this.#repeat(KEEP_MS, over.signal, async () => await this.#keep()),
      this.#repeat(RECLAIM_MS, over.signal, async () => await this.#reclaim()),
    ];
    try {
      while (!this.#stop.aborted) {
        if (this.#occupied >= this.#request.places) {
          const full = this.#waitForPlace();
          await this.#tolerateOutage(async () => await this.#queue.putBackHeads());
          await full;
          continue;
        }
        const next = await this.#tolerateOutage(async () => await this.#next());
        if (next === "away") await this.#wait(AWAY_MS);
        else if (next !== null) this.#startLine(next);
        else if (this.#request.untilDone && this.#isIdle()) break;
        else await this.#wait(REFRESH_MS);
      }
    } finally {
      await this.#tolerateOutage(async () => await this.#queue.putBackHeads());
      await Promise.all(this.#lines);
      for (const batch of this.#batches.values()) await batch.close();
      over.abort();
      await Promise.all(repeated);
    }
    if (this.#crash !== null) throw this.#crash.cause;
    return { gaveUp: this.#gaveUp };
  }

  /** Whether nothing is open, on the queue or in hand. */
  #isIdle(): boolean {
    return this.#open.length === 0 && this.#queue.lanes.length === 0 && this.#lines.size === 0;
  }

  async #next(): Promise<Job | null> {
    await this.#refresh();
    const job = await this.#queue.next();
    // A job that is handed out again while it is in hand is this worker's already.
    return job === null || this.#inHand.has(job.id) ? null : job;
  }

  /** Reads which batches there are and what is left of each, and ends those that are over. */
  async #refresh(): Promise<void> {
    const { ledger, jobs, clock } = this.#ports;
    if (clock.now() < this.#refreshedAt + REFRESH_MS && clock.now() >= this.#refreshedAt) return;
    // In this order, a lane whose batch is not open belongs to a batch that has ended.
    const lanes = await jobs.lanes();
    this.#open = await ledger.batches();
    this.#queue.update(lanes, this.#open);
    this.#refreshedAt = clock.now();
    for (const [id, batch] of this.#batches) {
      if (batch.lines > 0 || lanes.some((lane) => lane.batch === id)) continue;
      this.#batches.delete(id);
      await batch.close();
    }
    for (const id of new Set([...this.#open.map((batch) => batch.id), ...lanes.map(readBatchId)])) {
      await this.#endIfOver(
        id,
        lanes.filter((lane) => lane.batch === id),
      );
    }
  }

  async #endIfOver(id: string, lanes: readonly Lane[]): Promise<void> {
    const { ledger, jobs, clock, tell } = this.#ports;
    const open = this.#open.find((batch) => batch.id === id);
    if (lanes.length > 0) {
      this.#unfilled.delete(id);
      if (!this.#queue.areEmpty(lanes) || (this.#batches.get(id)?.lines ?? 0) > 0) return;
    } else {
      const since = this.#unfilled.get(id) ?? clock.now();
      this.#unfilled.set(id, since);
      if (clock.now() - since < UNFILLED_MS) return;
    }
    if (!(await endBatch({ ledger, jobs }, id, lanes)) || open === undefined) return;
    tell(open.campaign, { news: "batch-over", batch: id });
  }

  #startLine(job: Job): void {
    this.#occupied += 1;
    this.#inHand.set(job.id, job);
    const line = this.#workOnLine(job)
      .catch((cause: unknown) => {
        this.#crash ??= { cause };
        this.#halting.abort();
      })
      .finally(() => {
        this.#lines.delete(line);
        this.#inHand.delete(job.id);
        this.#wake();
      });
    this.#lines.add(line);
  }

  async #workOnLine(job: Job): Promise<void> {
    const { jobs, clock } = this.#ports;
    let made = false;
    const place = (): void => {
      if (made) return;
      made = true;
      this.#occupied -= 1;
      this.#wake();
    };
    let verdict: Verdict | "away";
    try {
      verdict = await this.#tolerateOutage(
        async () => await this.#findBatch(job.lane).handle(job, place),
      );
    } finally {
      place();
    }
    if (verdict === "busy") this.#queue.pause(job.lane);
    if (verdict === "aside" || verdict === "away") await clock.sleep(ASIDE_MS, this.#stop);
    // If this fails, another worker gets the job later, and finds in the ledger how its line stands.
    await this.#tolerateOutage(async () => {
      if (verdict === "done") await jobs.done(job);
      else await jobs.putBack([job]);
    });
  }

  #findBatch({ batch: id }: Lane): BatchWork {
    const known = this.#batches.get(id);
    if (known !== undefined) return known;
    const { ledger, jobs, tell } = this.#ports;
    const campaign = this.#open.find((batch) => batch.id === id)?.campaign ?? null;
    let stopping: Promise<void> | null = null;
    const stop = async (because: string, why: string): Promise<void> => {
      await ledger.endRun(id, { because, why });
      tell(campaign, { news: "batch-stopped", batch: id, why });
      await jobs.drop(this.#queue.lanes.filter((lane) => lane.batch === id));
    };
    const batch = new BatchWork(id, campaign, this.#request, {
      ...this.#ports,
      stop: this.#stop,
      traffic: this.#traffic,
      stopBatch: async (because, why) => {
        stopping ??= stop(because, why);
        try {
          await stopping;
        } catch (cause) {
          stopping = null;
          throw cause;
        }
      },
      giveUp: (why) => {
        this.#gaveUp ??= why;
        this.#halting.abort();
      },
    });
    this.#batches.set(id, batch);
    tell(campaign, { news: "batch-begun", batch: id });
    return batch;
  }

  async #keep(): Promise<void> {
    const { jobs } = this.#ports;
    await jobs.keep([...this.#inHand.values(), ...this.#queue.heads]);
    await jobs.expire();
  }

  async #reclaim(): Promise<void> {
    const { ledger, tell } = this.#ports;
    for (const campaign of new Set(this.#open.map((batch) => batch.campaign))) {
      await reclaimAndReport(ledger, campaign, (event) => tell(campaign, event));
    }
  }

  async #repeat(ms: number, over: AbortSignal, beat: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#ports.clock.sleep(ms, over);
      if (over.aborted) return;
      await this.#tolerateOutage(beat);
    }
  }

  /** Returns "away" if the database cannot be reached, which is reported once, and once when it is back. */
  async #tolerateOutage<Result>(work: () => Promise<Result>): Promise<Result | "away"> {
    try {
      const result = await work();
      if (this.#away) this.#ports.tell(null, { news: "database-back" });
      this.#away = false;
      return result;
    } catch (cause) {
      if (!(cause instanceof LedgerFault)) throw cause;
      if (!this.#away) this.#ports.tell(null, { news: "database-away", why: cause.message });
      this.#away = true;
      return "away";
    }
  }

  /** Waits until a place is free, and does not miss one that was freed while something else was done. */
  async #waitForPlace(): Promise<void> {
    while (this.#occupied >= this.#request.places && !this.#stop.aborted)
      await this.#wait(RECLAIM_MS);
  }

  async #wait(ms: number): Promise<void> {
    if (this.#stop.aborted) return;
    this.#waking = new AbortController();
    await this.#ports.clock.sleep(ms, this.#waking.signal);
  }

  #wake(): void {
    this.#waking.abort();
  }
}

function readBatchId(lane: Lane): string {
  return lane.batch;
}

// How soon an empty lane, or one whose model was at its limit, is tried again; the latter is then tried with one job at a
// time, for several would find out the same. Milliseconds.
const EMPTY_MS = 500;
const BUSY_MS = 500;
const PROBE_MS = 100;

/** Chooses whose turn it is: of the oldest batch, the first in run order of what its lanes have. */
class LaneQueue {
  readonly #clock: Clock;
  readonly #jobs: Jobs;
  /** The job of each lane that was taken and has not had its turn. */
  readonly #heads = new Map<string, Job>();
  readonly #pausedUntil = new Map<string, number>();
  readonly #empty = new Set<string>();
  readonly #probed = new Set<string>();
  lanes: readonly Lane[] = [];

  constructor(clock: Clock, jobs: Jobs) {
    this.#clock = clock;
    this.#jobs = jobs;
  }

  get heads(): readonly Job[] {
    return [...this.#heads.values()];
  }

  /** Takes in which batches are open, oldest first; lanes of other batches come last. */
  update(lanes: readonly Lane[], open: readonly Batch[]): void {
    const age = new Map(open.map(({ id }, index) => [id, index]));
    const rank = (lane: Lane): number => age.get(lane.batch) ?? Infinity;
    this.lanes = lanes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
    const known = new Set(lanes.map(({ name }) => name));
    for (const map of [this.#heads, this.#pausedUntil, this.#empty, this.#probed]) {
      for (const name of map.keys()) if (!known.has(name)) map.delete(name);
    }
  }

  /** Whether they had no job when one was last asked for. */
  areEmpty(lanes: readonly Lane[]): boolean {
    return lanes.every(({ name }) => this.#empty.has(name));
  }

  async next(): Promise<Job | null> {
    const batches = new Set(this.lanes.map(({ batch }) => batch));
    for (const batch of batches) {
      const heads: Job[] = [];
      for (const lane of this.lanes) {
        const head = lane.batch === batch ? await this.#takeHead(lane) : null;
        if (head !== null) heads.push(head);
      }
      const first = heads.toSorted((a, b) => readTurn(a.written) - readTurn(b.written))[0];
      if (first === undefined) continue;
      this.#heads.delete(first.lane.name);
      return first;
    }
    return null;
  }

  /** Pauses a lane whose model is at its limit. */
  pause({ name }: Lane): void {
    this.#pausedUntil.set(name, this.#clock.now() + BUSY_MS);
    this.#probed.add(name);
  }

  /** Puts back the jobs that were taken and have had no turn. */
  async putBackHeads(): Promise<void> {
    const heads = this.heads;
    if (heads.length === 0) return;
    this.#heads.clear();
    await this.#jobs.putBack(heads);
  }

  async #takeHead(lane: Lane): Promise<Job | null> {
    const { name } = lane;
    const known = this.#heads.get(name);
    if (known !== undefined) return known;
    const now = this.#clock.now();
    if (now < (this.#pausedUntil.get(name) ?? 0)) return null;
    const job = await this.#jobs.take(lane);
    if (job === null) {
      this.#empty.add(name);
      this.#pausedUntil.set(name, now + EMPTY_MS);
      return null;
    }
    this.#empty.delete(name);
    if (this.#probed.has(name)) this.#pausedUntil.set(name, now + PROBE_MS);
    this.#heads.set(name, job);
    return job;
  }
}
