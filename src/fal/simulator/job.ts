import type { Behaviour } from "./behaviour.ts";
import { areUnits, dollars, priceOf, unitsOf } from "./bill.ts";
import type { Wrong } from "./checks.ts";
import type { Model } from "./models.ts";
import { failure, type FailureName, type Outcome } from "./outcomes.ts";
import type { Order } from "./read-input.ts";

/** `REMOVED` is ours: fal has no status for a job cancelled while queued, and answers 404 here. */
export type JobState = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "REMOVED";

/** What was accepted, as an observer sees it. */
export interface Job {
  readonly requestId: string;
  readonly endpoint: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Milliseconds UTC. */
  readonly postedAt: number;
  /** Which POST it came with, from 1. */
  readonly turn: number;
  readonly state: JobState;
  /** As it will end: an input that is wrong ends as `invalid`. */
  readonly outcome: Outcome | "invalid";
  /** What fal bills, decimal text, exact: "0" until the job is completed, and for whatever made no video. */
  readonly units: string;
  readonly dollars: string;
  /** Whether a cancel was answered with yes, even if the job finished all the same. */
  readonly cancelled: boolean;
}

/** The same as the queue keeps it; all times but `postedAt` in milliseconds of `performance.now()`. */
export interface KeptJob {
  readonly requestId: string;
  readonly endpoint: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly postedAt: number;
  readonly turn: number;
  readonly model: Model;
  readonly behaviour: Behaviour;
  readonly made: { readonly order: Order } | { readonly wrong: readonly Wrong[] };
  readonly addedAt: number;
  readonly readyAt: number;
  readonly lostUntil: number;
  readonly generateMs: number;
  startedAt: number | null;
  endsAt: number;
  /** Where it runs, when the places are numbered. */
  place: number | null;
  removed: boolean;
  stopped: boolean;
  cancelled: boolean;
  /** How many requests of each kind were answered: the next one meets the next fault. */
  readonly answered: { status: number; result: number; download: number };
}

/** Null where it makes a video, and where the input itself is wrong. */
export function failureOf(job: KeptJob): FailureName | null {
  if (job.stopped) return "client_cancelled";
  if ("wrong" in job.made) return null;
  const { outcome = "video" } = job.behaviour;
  return outcome === "video" ? null : outcome;
}

/** The x-fal-billable-units of the result; null where the header is left out. */
export function unitsHeader(job: KeptJob): string | null {
  const { billableUnits } = job.behaviour;
  return billableUnits === undefined ? ownUnits(job) : billableUnits;
}

/** Units of the bill, once completed: what is billed can be read, whatever the header says. */
function billedUnits(job: KeptJob): string {
  const stated = job.behaviour.billableUnits ?? "";
  return areUnits(stated) ? stated : (ownUnits(job) ?? "0");
}

/** Billionths of a dollar, once completed. */
export function billed(job: KeptJob): bigint {
  return priceOf(job.model, billedUnits(job));
}

function ownUnits(job: KeptJob): string | null {
  const failed = failureOf(job);
  if (failed !== null) return failure(failed).units;
  if ("wrong" in job.made) return "0";
  return unitsOf(job.model, job.made.order, job.behaviour.moreBilledSeconds);
}

export function seenFromOutside(job: KeptJob, state: JobState): Job {
  const { requestId, endpoint, input, postedAt, turn, cancelled } = job;
  const completed = state === "COMPLETED";
  return {
    requestId,
    endpoint,
    input,
    postedAt,
    turn,
    state,
    outcome: failureOf(job) ?? ("wrong" in job.made ? "invalid" : "video"),
    units: completed ? billedUnits(job) : "0",
    dollars: dollars(completed ? billed(job) : 0n),
    cancelled,
  };
}
