import { type Entry, isStep, type Step } from "../ledger/entry.ts";
import { after, type Hold, isUnderWay, reservedHold } from "../ledger/hold.ts";
import { type Ledger, type RunEnd } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { Clock } from "../run/ports.ts";
import type { Jobs } from "./jobs.ts";
import { endBatch, type StartedBatch } from "./start-batch.ts";

/** What may happen to a hold, its beginning too. */
export type LineStep = Step["kind"] | "reserved";

export interface FollowPorts {
  readonly ledger: Ledger;
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** A step that a line of the batch has taken, and how its hold stands after it. */
  readonly step: (kind: LineStep, hold: Hold) => void;
  readonly tell: (news: FollowNews) => void;
  /** Follows no longer; the batch goes on. */
  readonly stop: AbortSignal;
}

export type FollowNews =
  | { readonly event: "no-worker" }
  | { readonly event: "database-away"; readonly why: string }
  | { readonly event: "database-back" };

const LOOK_MS = 1_000;
const AWAY_MS = 2_000;
/** By then a worker that is there has seen the batch. */
const PATIENCE_MS = 10_000;
/** How often a batch is looked at that its last worker may have left without a word. */
const END_MS = 15_000;

/** Follows a batch from the ledger's entries until it is over on every machine; null where it is left before. */
export async function followBatch(
  campaign: string,
  batch: StartedBatch,
  since: number,
  ports: FollowPorts,
): Promise<RunEnd | null> {
  const { ledger, jobs, clock, tell, stop } = ports;
  const began = clock.now();
  const followed = new Followed(batch, since, ports);
  let [away, lonely, ended] = [false, false, began];
  while (!stop.aborted) {
    try {
      followed.read(await ledger.entries(campaign, followed.seq));
      const end = await ledger.endOf(batch.id);
      if (end !== null && (followed.underWay === 0 || !(await isAtWork(ledger, campaign, batch)))) {
        followed.read(await ledger.entries(campaign, followed.seq));
        return end;
      }
      if (!lonely && !followed.hasWorker && clock.now() - began > PATIENCE_MS) {
        lonely = true;
        tell({ event: "no-worker" });
      }
      if (end === null && clock.now() - ended > END_MS) {
        ended = clock.now();
        const lanes = (await jobs.lanes()).filter((lane) => lane.batch === batch.id);
        if (lanes.length > 0) await endBatch({ ledger, jobs }, batch.id, lanes);
      }
      if (away) tell({ event: "database-back" });
      away = false;
    } catch (cause) {
      if (!(cause instanceof LedgerFault)) throw cause;
      if (!away) tell({ event: "database-away", why: cause.message });
      away = true;
    }
    await clock.sleep(away ? AWAY_MS : LOOK_MS, stop);
  }
  return null;
}

/** Whether a worker of the batch lives: it may be bringing what was in flight to its end. */
async function isAtWork(ledger: Ledger, campaign: string, { id }: StartedBatch): Promise<boolean> {
  const runs = await ledger.openRuns(campaign);
  return runs.some((run) => run.partOf === id && run.alive);
}

/** What the entries say of a batch's lines, from its beginning on. */
class Followed {
  readonly #batch: string;
  readonly #ports: FollowPorts;
  readonly #runs = new Set<string>();
  readonly #holds: Map<string, Hold>;
  seq: number;

  constructor({ id, left }: StartedBatch, since: number, ports: FollowPorts) {
    this.#batch = id;
    this.#ports = ports;
    this.#holds = new Map(left.map((hold) => [hold.id, hold]));
    this.seq = since;
  }

  get hasWorker(): boolean {
    return this.#runs.size > 0;
  }

  /** Lines that have begun and are not delivered, or otherwise over. */
  get underWay(): number {
    return [...this.#holds.values()].filter(isUnderWay).length;
  }

  read(entries: readonly Entry[]): void {
    for (const { seq, at, run, hold: id, fact } of entries) {
      this.seq = seq;
      if (fact.kind === "run-started" && fact.partOf === this.#batch && run !== null) {
        this.#runs.add(run);
      }
      if (id === null || run === null) continue;
      if (fact.kind === "reserved") {
        if (this.#runs.has(run)) this.#put(fact.kind, reservedHold(id, run, fact.order, at));
        continue;
      }
      const before = this.#holds.get(id);
      if (before === undefined || !isStep(fact)) continue;
      const hold = after(before, fact, at);
      if (hold !== null) this.#put(fact.kind, hold);
    }
  }

  #put(kind: LineStep, hold: Hold): void {
    this.#holds.set(hold.id, hold);
    this.#ports.step(kind, hold);
  }
}
