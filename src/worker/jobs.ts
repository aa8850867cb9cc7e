import type { Task } from "./task.ts";

/** The lines of one batch for one endpoint: so that a model that is at its limit holds up no other. */
export interface Lane {
  readonly name: string;
  readonly batch: string;
}

/** A line that was handed to us. Unless it is kept it goes to someone else. */
export interface Job {
  readonly id: string;
  readonly lane: Lane;
  /** As it stands on the queue. */
  readonly written: unknown;
}

/**
 * What waits for a place. It only wakes lines: a job may be handed out twice, and who sends its order is for the
 * ledger to decide. Throws a `LedgerFault`, as the ledger beside it does.
 */
export interface Jobs {
  /** Puts a batch on the queue, whole or not at all. */
  fill(batch: string, tasks: readonly Task[]): Promise<void>;
  /** Lanes that were filled and not yet removed. */
  lanes(): Promise<readonly Lane[]>;
  /** The first that waits, ours from now on; null for none. */
  take(lane: Lane): Promise<Job | null>;
  /** Says that we are still at them. */
  keep(jobs: readonly Job[]): Promise<void>;
  /** Over: nobody is to look at it again. */
  done(job: Job): Promise<void>;
  /** For whoever has a place. */
  putBack(jobs: readonly Job[]): Promise<void>;
  /** Puts back what nobody has kept for a while. */
  expire(): Promise<void>;
  /** How many wait or are at work. */
  left(lanes: readonly Lane[]): Promise<number>;
  /** Drops what waits. */
  drop(lanes: readonly Lane[]): Promise<void>;
  /** Takes lanes away that have nothing left. */
  remove(lanes: readonly Lane[]): Promise<void>;
  close(): Promise<void>;
}
