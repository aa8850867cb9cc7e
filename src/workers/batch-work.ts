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
 * What happens to a job: it is done; it goes back on the queue; it goes back and its lane rests, since the model is at
 * its limit; or it waits, since another run is at its line.
 */
export type Verdict = "done" | "back" | "busy" | "aside";

interface BatchPorts extends Omit<SessionPorts, "tell"> {
  readonly tell: TellWorker;
  /** Stops the batch on every machine. */
  readonly stopBatch: (because: string, why: string) => Promise<void>;
  /** Ends this worker: nothing can be bought from this machine. */
  readonly giveUp: (why: string) => void;
}

/** One machine's work on one batch: it buys lines as a run of its own, under all that the batch was started with. */
export class BatchWork {
  /** Null for a batch that had ended when it was found. */
  readonly #campaign: string | null;
  readonly #ports: BatchPorts;
  readonly #run: BatchRun;
  /** Jobs in hand. */
  lines = 0;

  constructor(id: string, campaign: string | null, settings: BatchSettings, ports: BatchPorts) {
    this.#campaign = campaign;
    this.#ports = ports;
    const tell = (event: RunEvent): void => ports.tell(campaign, event);
    this.#run = new BatchRun(id, settings, { ...ports, tell });
  }

  /** `made` is called when the rest of the work needs no place. */
  async handle(job: Job, made: () => void): Promise<Verdict> {
    this.lines += 1;
    try {
      const task = readTask(job.written, this.#campaign);
      if (task.ok) return await this.#line(task.value, made);
      this.#ports.tell(this.#campaign, { news: "refused-job", why: task.problem });
      await this.#ports.stopBatch("queue", `a job is not as it was planned: ${task.problem}`);
      return "done";
    } finally {
      this.lines -= 1;
    }
  }

  /** When no job is in hand. */
  async close(): Promise<void> {
    await this.#run.close();
  }

  async #line(task: Task, made: () => void): Promise<Verdict> {
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
      if (standing !== null) end = await this.#afterOthers(session, standing);
      made();
      await this.#heed(session);
      return typeof end === "string" ? end : await this.#verdict(session, end);
    });
  }

  /** What is to be done about a line that another run has bought, or is buying. */
  async #afterOthers(session: RunSession, hold: Hold): Promise<LineEnd | Verdict> {
    const { ledger, tell } = this.#ports;
    const runs = await ledger.openRuns(hold.campaign);
    const alive = runs.some((run) => run.id === hold.run && run.alive);
    switch (hold.state) {
      case "reserved":
      case "sending": {
        if (alive) return "aside";
        await reclaimAndReport(ledger, hold.campaign, (event) => tell(hold.campaign, event));
        // If it was released, it can be bought; if it is unknown, a person has to look.
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

  /** A halt of this run may be one of the whole batch, or of this machine. */
  async #heed(session: RunSession): Promise<void> {
    const { halt, why } = session.readHalt();
    if (halt === null) return;
    const words = why ?? halt;
    if (isForAll(halt)) await this.#ports.stopBatch(halt, words);
    if (halt === "vendor") this.#ports.giveUp(words);
  }

  async #verdict(session: RunSession, end: LineEnd): Promise<Verdict> {
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
        // What cannot be sent from here may be sent from elsewhere.
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

/** Whether a halt is one of the whole batch. */
function isForAll(halt: Halt): boolean {
  return halt === "cap" || halt === "breaker" || halt === "approval";
}

/** Returns the hold that has a line's purchase, if there is one. */
async function findStandingHold(ledger: Ledger, order: Order): Promise<Hold | null> {
  const found = findCurrentHolds(await ledger.holds(order.campaign)).get(purchaseKey(order));
  return found !== undefined && blocksPurchase(found) ? found : null;
}

export interface BatchSettings extends Pick<RunRules, "patience"> {
  /** Videos that are fetched at once. */
  readonly downloads: number;
}

/** A run of this machine while lines are in it. */
interface CurrentRun {
  readonly session: RunSession;
  /** False if the batch has ended: what it left is finished, and nothing is bought. */
  readonly buys: boolean;
  lines: number;
  retired: boolean;
}

type SessionPorts = RunPorts & { readonly traffic: Traffic };

/** The run by which a machine buys for a batch. If it ends early another follows; each is closed after its last line. */
class BatchRun {
  readonly #batch: string;
  readonly #settings: BatchSettings;
  readonly #ports: SessionPorts;
  #going: Promise<CurrentRun> | null = null;
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
    this.#going ??= this.#begin(campaign);
    const current = this.#going;
    let going: CurrentRun;
    try {
      going = await current;
    } catch (cause) {
      if (this.#going === current) this.#going = null;
      throw cause;
    }
    going.lines += 1;
    try {
      return await line(going.session, going.buys);
    } finally {
      going.lines -= 1;
      // Whatever has halted it, it starts no other line.
      if (going.session.readHalt().halt !== null) {
        going.retired = true;
        if (this.#going === current) this.#going = null;
      }
      this.#closeIfOver(going);
    }
  }

  /** When no line is in it. */
  async close(): Promise<void> {
    const going = await this.#going?.catch(() => null);
    this.#going = null;
    if (going !== null && going !== undefined) {
      going.retired = true;
      this.#closeIfOver(going);
    }
    await Promise.all(this.#closing);
  }

  async #begin(campaign: string): Promise<CurrentRun> {
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

  #closeIfOver(going: CurrentRun): void {
    if (!going.retired || going.lines > 0) return;
    const closing = going.session.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
