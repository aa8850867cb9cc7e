import { randomBytes } from "node:crypto";
import {
  type Behaviour,
  type Chance,
  describeFailure,
  type FailureName,
  isAccepted,
  type Outcome,
} from "./behaviour.ts";
import type { Wrong } from "./checks.ts";
import type { Model } from "./models.ts";
import {
  areUnits,
  writeDollars,
  type Order,
  priceUnits,
  readInput,
  countUnits,
} from "./read-input.ts";

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

/** Returns null if it makes a video, or if the input itself is wrong. */
export function findFailure(job: KeptJob): FailureName | null {
  if (job.stopped) return "client_cancelled";
  if ("wrong" in job.made) return null;
  const { outcome = "video" } = job.behaviour;
  return outcome === "video" ? null : outcome;
}

/** The x-fal-billable-units of the result; null if the header is left out. */
export function findUnitsHeader(job: KeptJob): string | null {
  const { billableUnits } = job.behaviour;
  return billableUnits === undefined ? countOwnUnits(job) : billableUnits;
}

/** Units of the bill, once completed: what is billed can be read, whatever the header says. */
function countBilledUnits(job: KeptJob): string {
  const stated = job.behaviour.billableUnits ?? "";
  return areUnits(stated) ? stated : (countOwnUnits(job) ?? "0");
}

/** Billionths of a dollar, once completed. */
export function priceJob(job: KeptJob): bigint {
  return priceUnits(job.model, countBilledUnits(job));
}

function countOwnUnits(job: KeptJob): string | null {
  const failed = findFailure(job);
  if (failed !== null) return describeFailure(failed).units;
  if ("wrong" in job.made) return "0";
  return countUnits(job.model, job.made.order, job.behaviour.moreBilledSeconds);
}

export function describeJob(job: KeptJob, state: JobState): Job {
  const { requestId, endpoint, input, postedAt, turn, cancelled } = job;
  const completed = state === "COMPLETED";
  return {
    requestId,
    endpoint,
    input,
    postedAt,
    turn,
    state,
    outcome: findFailure(job) ?? ("wrong" in job.made ? "invalid" : "video"),
    units: completed ? countBilledUnits(job) : "0",
    dollars: writeDollars(completed ? priceJob(job) : 0n),
    cancelled,
  };
}

/** A UUIDv7, as in recorded traffic: the first 48 bits are `now`, in milliseconds UTC. */
function createRequestId(now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, "0");
  const rest = randomBytes(10);
  rest[0] = 0x70 | ((rest[0] ?? 0) & 0x0f);
  rest[2] = 0x80 | ((rest[2] ?? 0) & 0x3f);
  const hex = time + rest.toString("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${parts.join("-")}-${hex.slice(20)}`;
}

const STEPS = 12;
const WINDOW = 5;

/** The newest few lines, as fal sends them: a moving window, not all from the beginning. */
export function listLogs(job: KeptJob): readonly unknown[] {
  const { startedAt, endsAt } = job;
  if (startedAt === null) return [];
  const length = endsAt - startedAt;
  const done = length === 0 ? 1 : Math.min(1, (performance.now() - startedAt) / length);
  const last = Math.floor(done * STEPS);
  const lines: unknown[] = [];
  for (let step = Math.max(0, last - WINDOW + 1); step <= last; step += 1) {
    const at = performance.timeOrigin + startedAt + (length * step) / STEPS;
    lines.push({
      message: `generating ${Math.round((step / STEPS) * 100)}%`,
      timestamp: new Date(at).toISOString(),
      level: "INFO",
      source: "USER",
    });
  }
  return lines;
}

// How long fal's queue holds a job, and how soon a wrong input comes back, was not found.
const QUEUE_SECONDS = 2;
const WRONG_SECONDS = 2;

/** Returns the job that a POST becomes, null if its behaviour lets none come of it. */
export function acceptJob(
  order: {
    readonly turn: number;
    readonly endpoint: string;
    readonly model: Model;
    readonly body: unknown;
    readonly input: Readonly<Record<string, unknown>>;
  },
  behaviour: Behaviour,
  pace: {
    readonly speed: number;
    readonly latency: { readonly queueSeconds: number; readonly generateSeconds: number } | null;
    readonly chance: Chance;
  },
): KeptJob | null {
  if (!isAccepted(behaviour)) return null;
  const { turn, endpoint, model, body, input } = order;
  const made = readInput(model, body);
  // A fifth more or less than the figure: no two runs take the same time.
  const usual = {
    queue: spread(QUEUE_SECONDS, pace.chance),
    run: spread(model.generateSeconds, pace.chance),
  };
  const queueSeconds = behaviour.queueSeconds ?? pace.latency?.queueSeconds ?? usual.queue;
  const runSeconds =
    behaviour.generateSeconds ??
    pace.latency?.generateSeconds ??
    ("wrong" in made ? WRONG_SECONDS : usual.run);
  const real = (seconds: number): number => (seconds * 1_000) / pace.speed;
  const addedAt = performance.now();
  const postedAt = Date.now();
  return {
    requestId: createRequestId(postedAt),
    endpoint,
    input,
    postedAt,
    turn,
    model,
    behaviour,
    made,
    addedAt,
    readyAt: addedAt + real(queueSeconds),
    lostUntil: addedAt + real(behaviour.lostSeconds ?? 0),
    generateMs: real(runSeconds),
    startedAt: null,
    endsAt: Infinity,
    place: null,
    removed: false,
    stopped: false,
    cancelled: false,
    answered: { status: 0, result: 0, download: 0 },
  };
}

function spread(seconds: number, chance: Chance): number {
  return seconds * (0.8 + 0.4 * chance());
}
