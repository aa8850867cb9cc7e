import type { Order } from "../ledger/entry.ts";
import { purchaseKey } from "../budget/purchase.ts";
import { blocksPurchase, findCurrentHolds, type Hold } from "../ledger/hold.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RunEvent } from "../run/events.ts";
import { buyLine, resumeLine } from "../run/buy-line.ts";
import type { LineEnd } from "../run/await-result.ts";
import { openSession, type RunSession } from "../run/session.ts";
import {
  reclaimAndReport,
  type Halt,
  type RunPorts,
  type RunRules,
  type Traffic,
} from "../run/work.ts";
import { type Job, readTask, type Task, type TellWorker } from "./jobs.ts";

/**
 * What happens to a job. `done`: it is removed; `back`: it goes back on the queue; `busy`: it goes back and its lane
 * pauses, for the model is at its limit; `aside`: it goes back later, for another run has its line.
 */
export type Verdict = "done" | "back" | "busy" | "aside";

interface BatchPorts extends Omit<SessionPorts, "tell"> {
  readonly tell: TellWorker;
  /** Stops the batch on every machine. */
  readonly stopBatch: (because: string, why: string) => Promise<void>;
  /** Ends this worker, for nothing can be bought from this machine. */
  readonly giveUp: (why: string) => void;
}

/** One machine's work on one batch: buys lines in a run of its own, under the limits of the batch. */
export class BatchWork {
  /** Null for a batch that had ended when it was found. */
  readonly #campaign: string | null;
  readonly #ports: BatchPorts;
  readonly #run: BatchRun;
  /** How many jobs are in hand. */
  lines = 0;

  constructor(id: string, campaign: string | null, settings: BatchSettings, ports: BatchPorts) {
    this.#campaign = campaign;
    this.#ports = ports;
    const tell = (event: RunEvent): void => ports.tell(campaign, event);
    this.#run = new BatchRun(id, settings, { ...ports, tell });
  }

  /** Works on a job. `made` is called when the rest of the work needs no place. */
  async handle(job: Job, made: () => void): Promise<Verdict> {
    this.lines += 1;
    try {
      const task = readTask(job.written, this.#campaign);
      if (task.ok) return await this.#workOnLine(task.value, made);
      this.#ports.tell(this.#campaign, { news: "refused-job", why: task.problem });
      await this.#ports.stopBatch("queue", `a job is not as it was planned: ${task.problem}`);
      return "done";
    } finally {
      this.lines -= 1;
    }
  }

  /** Ends its run; called when no job is in hand. */
  async close(): Promise<void> {
    await this.#run.close();
  }

  async #workOnLine(task: Task, made: () => void): Promise<Verdict> {
    const { ledger } = this.#ports;
    const left = task.is === "buy" ? null : await ledger.hold(task.hold);
    const campaign = task.is === "buy" ? task.order.campaign : left?.campaign;
    const over = left !== null && left.state !== "submitted" && left.state !== "settled";
    if (campaign === undefined || over) return "done";
    return await this.#run.use(campaign, async (session, buys) => {
      let end: LineEnd | Verdict = "done";
      let standing = left;
      if (task.is === "buy" && buys) {
        end = await session.runLine(async (work) => await buyLine(work, task.order, task.turn));
        if (end.is === "taken") standing = end.hold;
      } else if (task.is === "buy") standing = await findStandingHold(ledger, task.order);
      if (standing !== null) end = await this.#handleTaken(session, standing);
      made();
      await this.#applyHalt(session);
      return typeof end === "string" ? end : await this.#decide(session, end);
    });
  }

  /** Decides about a line that another run has bought, or is buying. */
  async #handleTaken(session: RunSession, hold: Hold): Promise<LineEnd | Verdict> {
    const { ledger, tell } = this.#ports;
    const runs = await ledger.openRuns(hold.campaign);
    const alive = runs.some((run) => run.id === hold.run && run.alive);
    switch (hold.state) {
      case "reserved":
      case "sending": {
        if (alive) return "aside";
        await reclaimAndReport(ledger, hold.campaign, (event) => tell(hold.campaign, event));
        // A hold that this released can be bought again; if its outcome is unknown, a person has to look.
        return "back";
      }
      case "submitted":
        if (alive) return "aside";
        return await session.runLine(async (work) => await resumeLine(work, hold));
      case "settled":
        if (hold.delivery !== null) return "done";
        return alive ? "aside" : { is: "settled", hold };
      case "released":
        return "back";
      case "failed":
      case "unknown":
        return "done";
    }
  }

  /** Stops the whole batch, or this worker, if what has halted its run concerns them. */
  async #applyHalt(session: RunSession): Promise<void> {
    const { halt, why } = session.readHalt();
    if (halt === null) return;
    const words = why ?? halt;
    if (isForAll(halt)) await this.#ports.stopBatch(halt, words);
    if (halt === "vendor") this.#ports.giveUp(words);
  }

  async #decide(session: RunSession, end: LineEnd): Promise<Verdict> {
    const { halt } = session.readHalt();
    const { leave } = this.#ports;
    switch (end.is) {
      case "settled":
        return (await session.deliver(end.hold)) || !leave.aborted ? "done" : "back";
      case "busy":
        return "busy";
      case "taken":
        return "aside";
      case "over-cap":
      case "not-approved":
        return "done";
      case "failed":
        // What cannot be sent from this machine may be sent from another.
        return halt === "vendor" ? "back" : "done";
      case "unknown":
        return leave.aborted ? "back" : "done";
      case "in-flight":
        return leave.aborted || halt === "vendor" ? "back" : "done";
      case "not-started":
        return halt === null || isForAll(halt) ? "done" : "back";
    }
  }
}

/** Whether a halt concerns the whole batch. */
function isForAll(halt: Halt): boolean {
  return halt === "cap" || halt === "breaker" || halt === "approval";
}

/** Returns the hold that has a line's purchase, if there is one. */
async function findStandingHold(ledger: Ledger, order: Order): Promise<Hold | null> {
  const found = findCurrentHolds(await ledger.holds(order.campaign)).get(purchaseKey(order));
  return found !== undefined && blocksPurchase(found) ? found : null;
}

export interface BatchSettings extends Pick<RunRules, "patience"> {
  /** How many videos are downloaded at once. */
  readonly downloads: number;
}

/** A run of this machine, and how many lines are in it. */
interface CurrentRun {
  readonly session: RunSession;
  /** False if the batch has ended: what it left is finished, and nothing more is bought. */
  readonly buys: boolean;
  lines: number;
  retired: boolean;
}

type SessionPorts = RunPorts & { readonly traffic: Traffic };

/** The run in which a machine buys for a batch. If it is halted another follows; each is closed after its last line. */
class BatchRun {
  readonly #batch: string;
  readonly #settings: BatchSettings;
  readonly #ports: SessionPorts;
  #current: Promise<CurrentRun> | null = null;
  readonly #closing = new Set<Promise<void>>();

  constructor(batch: string, settings: BatchSettings, ports: SessionPorts) {
    this.#batch = batch;
    this.#settings = settings;
    this.#ports = ports;
  }

  async use<Result>(
    campaign: string,
    line: (session: RunSession, buys: boolean) => Promise<Result>,
  ): Promise<Result> {
    this.#current ??= this.#start(campaign);
    const current = this.#current;
    let run: CurrentRun;
    try {
      run = await current;
    } catch (cause) {
      if (this.#current === current) this.#current = null;
      throw cause;
    }
    run.lines += 1;
    try {
      return await line(run.session, run.buys);
    } finally {
      run.lines -= 1;
      // A run that was halted for whatever reason starts no other line.
      if (run.session.readHalt().halt !== null) {
        run.retired = true;
        if (this.#current === current) this.#current = null;
      }
      this.#closeIfOver(run);
    }
  }

  /** Called when no line is in it. */
  async close(): Promise<void> {
    const run = await this.#current?.catch(() => null);
    this.#current = null;
    if (run !== null && run !== undefined) {
      run.retired = true;
      this.#closeIfOver(run);
    }
    await Promise.all(this.#closing);
  }

  async #start(campaign: string): Promise<CurrentRun> {
    const { ledger } = this.#ports;
    const leasedAt = this.#ports.clock.moment();
    const joined = await ledger.joinBatch(this.#batch);
    const run = joined ?? (await ledger.startRun({ campaign, account: null, limits: [] }));
    const terms = await ledger.terms(campaign);
    const session = openSession(
      {
        run,
        leasedAt,
        stopsAtCap: terms?.caps.whenReached !== "skip",
        mostFailures: terms?.caps.breaker.failuresInARow ?? null,
        ...this.#settings,
      },
      this.#ports,
    );
    return { session, buys: joined !== null, lines: 0, retired: false };
  }

  #closeIfOver(run: CurrentRun): void {
    if (!run.retired || run.lines > 0) return;
    const closing = run.session.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
