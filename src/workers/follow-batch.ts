import { type Entry, isStep, type Step } from "../ledger/entry.ts";
import { applyStep, type Hold, isUnderWay, createHold } from "../ledger/hold.ts";
import { type Ledger, type RunEnd } from "../ledger/ledger.ts";
import { LedgerFault } from "../ledger/fault.ts";
import type { RunEvent } from "../run/events.ts";
import type { Clock } from "../run/ports.ts";
import { identifyLine } from "../run/work.ts";
import type { Jobs } from "./jobs.ts";
import { endBatch, type StartedBatch } from "./start-batch.ts";

export interface FollowPorts {
  readonly ledger: Pick<Ledger, "entries" | "runEnd" | "endRun" | "openRuns">;
  readonly jobs: Pick<Jobs, "lanes" | "countLeft" | "remove">;
  readonly clock: Clock;
  /** Reports what happens to the batch's lines, and how the hold stands after it. */
  readonly tell: (event: RunEvent, hold?: Hold) => void;
  readonly news: (news: FollowNews) => void;
  /** Aborted, it stops following; the batch continues. */
  readonly stop: AbortSignal;
}

export type FollowNews =
  | { readonly event: "no-worker" }
  | { readonly event: "database-away"; readonly why: string }
  | { readonly event: "database-back" };

const REFRESH_MS = 1_000;
const AWAY_MS = 2_000;
/** A running worker has seen the batch by then. */
const NO_WORKER_MS = 10_000;
/** How often to check for a batch whose last worker is gone without ending it. */
const CHECK_END_MS = 15_000;

/** A batch as far as it was followed. */
export interface FollowedBatch {
  /** Null if it was left before it ended. */
  readonly end: RunEnd | null;
  /** The holds of its lines, resumed ones too, in the order in which they came. */
  readonly holds: readonly Hold[];
}

/** Follows a batch through the ledger's entries until it is over on every machine, or until `stop` is aborted. */
export async function followBatch(
  campaign: string,
  batch: StartedBatch,
  since: number,
  ports: FollowPorts,
): Promise<FollowedBatch> {
  const { ledger, jobs, clock, tell, news, stop } = ports;
  const began = clock.now();
  const followed = new BatchState(batch, since, ports);
  let [away, reportedNoWorker, ended] = [false, false, began];
  while (!stop.aborted) {
    try {
      followed.read(await ledger.entries(campaign, followed.seq));
      const end = await ledger.runEnd(batch.id);
      if (
        end !== null &&
        (followed.underWay === 0 || !(await hasLivingWorker(ledger, campaign, batch)))
      ) {
        followed.read(await ledger.entries(campaign, followed.seq));
        if (end.reason !== null) tell({ event: "stopping", why: end.reason.why });
        return { end, holds: followed.holds };
      }
      if (!reportedNoWorker && !followed.hasWorker && clock.now() - began > NO_WORKER_MS) {
        reportedNoWorker = true;
        news({ event: "no-worker" });
      }
      if (end === null && clock.now() - ended > CHECK_END_MS) {
        ended = clock.now();
        const lanes = (await jobs.lanes()).filter((lane) => lane.batch === batch.id);
        if (lanes.length > 0) await endBatch({ ledger, jobs }, batch.id, lanes);
      }
      if (away) news({ event: "database-back" });
      away = false;
    } catch (cause) {
      if (!(cause instanceof LedgerFault)) throw cause;
      if (!away) news({ event: "database-away", why: cause.message });
      away = true;
    }
    await clock.sleep(away ? AWAY_MS : REFRESH_MS, stop);
  }
  return { end: null, holds: followed.holds };
}

/** Whether a worker of the batch lives: it may be finishing what was in flight. */
async function hasLivingWorker(
  ledger: Pick<Ledger, "openRuns">,
  campaign: string,
  { id }: StartedBatch,
): Promise<boolean> {
  const runs = await ledger.openRuns(campaign);
  return runs.some((run) => run.partOf === id && run.alive);
}

/** What the entries say of a batch's lines since it began. */
class BatchState {
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

  get holds(): readonly Hold[] {
    return [...this.#holds.values()];
  }

  /** How many lines have begun and are neither delivered nor otherwise over. */
  get underWay(): number {
    return this.holds.filter(isUnderWay).length;
  }

  read(entries: readonly Entry[]): void {
    for (const { seq, at, run, hold: id, fact } of entries) {
      this.seq = seq;
      if (fact.kind === "run-started" && fact.partOf === this.#batch && run !== null) {
        this.#runs.add(run);
      }
      if (id === null || run === null) continue;
      if (fact.kind === "reserved") {
        if (this.#runs.has(run)) this.#put(fact.kind, createHold(id, run, fact.order, at));
        continue;
      }
      const before = this.#holds.get(id);
      if (before === undefined || !isStep(fact)) continue;
      const hold = applyStep(before, fact, at);
      if (hold !== null) this.#put(fact.kind, hold);
    }
  }

  #put(kind: Step["kind"] | "reserved", hold: Hold): void {
    this.#holds.set(hold.id, hold);
    const event = toRunEvent(kind, hold);
    if (event !== null) this.#ports.tell(event, hold);
  }
}

/** Turns a step into an event. The ledger has only a fault's words, and only the worker knows whether it tries again. */
function toRunEvent(kind: Step["kind"] | "reserved", hold: Hold): RunEvent | null {
  const line = identifyLine(hold);
  const { seconds, endpoint, spent, billableUnits, excess, doubt } = hold;
  const why = hold.why ?? "";
  switch (kind) {
    case "reserved":
      return { event: "reserved", line, seconds, endpoint };
    case "submitted":
      return { event: "submitted", line, request: hold.request?.id ?? "" };
    case "settled":
      return { event: "settled", line, spent, excess, doubt, billableUnits };
    case "released":
      return { event: "released", line, fault: { why }, again: null };
    case "failed": {
      const charge = hold.charge ?? "unknown";
      return { event: "failed", line, fault: { why }, charge, excess, doubt, again: null };
    }
    case "unknown":
      return { event: "unknown", line, fault: { why } };
    case "missing":
      return { event: "missing", line, why };
    case "delivered":
      // An older version recorded an empty file as a delivery.
      return hold.delivery && { event: "delivered", line, delivery: hold.delivery };
    case "sending":
    case "charge":
    case "cancel":
      return { event: kind, line };
  }
}
