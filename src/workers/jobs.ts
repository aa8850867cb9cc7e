import * as z from "zod";
import { failure, ok, type Result } from "../diagnostics/result.ts";
import { orderSchema } from "../ledger/entry.ts";
import { foldCase } from "../ledger/held-caps.ts";
import { isProven } from "../plan/fingerprint.ts";
import type { RunEvent } from "../run/events.ts";

/** The lines of one batch for one endpoint, so that a model at its limit delays no other. */
export interface Lane {
  readonly name: string;
  readonly batch: string;
}

/** A line that was handed to this worker. Unless the worker keeps it, another gets it. */
export interface Job {
  readonly id: string;
  readonly lane: Lane;
  /** What the queue has of it, unchecked. */
  readonly written: unknown;
}

/**
 * The queue. It only says which lines there are: a job may be handed out twice, and the ledger decides who sends its
 * order. Its methods throw a `LedgerFault`, as the ledger beside it does.
 */
export interface Jobs {
  /** Queues a batch, whole or not at all. */
  fill(batch: string, tasks: readonly Task[]): Promise<void>;
  /** Lists the lanes that were filled and not yet removed. */
  lanes(): Promise<readonly Lane[]>;
  /** Takes the first waiting job; returns null if there is none. */
  take(lane: Lane): Promise<Job | null>;
  /** Keeps these jobs for this worker, which is still at work on them. */
  keep(jobs: readonly Job[]): Promise<void>;
  /** Removes a job that is over. */
  done(job: Job): Promise<void>;
  /** Puts jobs back, for any worker with a free place. */
  putBack(jobs: readonly Job[]): Promise<void>;
  /** Puts back jobs that no worker has kept for a while. */
  expire(): Promise<void>;
  /** Counts the jobs that wait or are at work. */
  countLeft(lanes: readonly Lane[]): Promise<number>;
  /** Drops the waiting jobs. */
  drop(lanes: readonly Lane[]): Promise<void>;
  /** Removes lanes that have no jobs left. */
  remove(lanes: readonly Lane[]): Promise<void>;
  close(): Promise<void>;
}

// What a job on the queue says. Anyone who can write to the database can write jobs, so none of them is trusted.

const taskSchema = z.discriminatedUnion("is", [
  /** A line to buy; `turn` is its place in run order. */
  z.object({ is: z.literal("buy"), turn: z.int(), order: orderSchema }).readonly(),
  /** A hold that an earlier run left: in flight, or paid for and not here. */
  z
    .object({
      is: z.literal("take-up"),
      turn: z.int(),
      hold: z.string(),
      key: z.string(),
      endpoint: z.string(),
    })
    .readonly(),
]);

export type Task = z.output<typeof taskSchema>;

export function encodeTask(task: Task): object {
  return z.encode(taskSchema, task);
}

/** Reads a job; fails if topsheet cannot have queued it. `campaign` is that of its batch, if known. */
export function readTask(written: unknown, campaign: string | null): Result<Task, string> {
  const read = z.safeParse(taskSchema, written);
  if (!read.success) return failure("it cannot be read");
  const task = read.data;
  if (task.is === "take-up") return ok(task);
  const { order } = task;
  if (!isProven(order)) {
    return failure(`${order.key} has another input than its fingerprint says`);
  }
  const foreign = campaign !== null && foldCase(order.campaign) !== foldCase(campaign);
  return foreign ? failure(`${order.key} is of another campaign`) : ok(task);
}

export function taskEndpoint(task: Task): string {
  return task.is === "buy" ? task.order.endpoint : task.endpoint;
}

const turnSchema = z.object({ turn: z.int() });

/** Returns the place in run order that a job states. A job without one comes first, to be refused. */
export function readTurn(written: unknown): number {
  const read = turnSchema.safeParse(written);
  return read.success ? read.data.turn : -1;
}

/** What a worker reports beside what happens to its lines. */
export type WorkerNews =
  | { readonly news: "database-away"; readonly why: string }
  | { readonly news: "database-back" }
  | { readonly news: "refused-job"; readonly why: string }
  | { readonly news: "batch-begun"; readonly batch: string }
  | { readonly news: "batch-stopped"; readonly batch: string; readonly why: string }
  | { readonly news: "batch-over"; readonly batch: string };

/** `campaign` is null if the event concerns none, or if it is not known. */
export type TellWorker = (campaign: string | null, event: RunEvent | WorkerNews) => void;
