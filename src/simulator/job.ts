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

/** `REMOVED` is ours: fal has no status for a job that was cancelled while queued. Here it answers 404. */
export type JobState = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "REMOVED";

/** An accepted job as an observer sees it. */
export interface Job extends Pick<
  KeptJob,
  "requestId" | "endpoint" | "input" | "postedAt" | "turn" | "cancelled"
> {
  readonly state: JobState;
  /** How it will end: `invalid` if its input is wrong. */
  readonly outcome: Outcome | "invalid";
  /** What fal bills, as exact decimals: "0" until the job is completed, and if it made no video. */
  readonly units: string;
  readonly dollars: string;
}

/** A job as the queue keeps it. All times but `postedAt` are milliseconds of `performance.now()`. */
export interface KeptJob {
  readonly requestId: string;
  readonly endpoint: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Milliseconds UTC. */
  readonly postedAt: number;
  /** Which POST it came with, from 1. */
  readonly turn: number;
  readonly model: Model;
  readonly behaviour: Behaviour;
  readonly made: { readonly order: Order } | { readonly wrong: readonly Wrong[] };
  readonly readyAt: number;
  readonly lostUntil: number;
  readonly generateMs: number;
  startedAt: number | null;
  endsAt: number;
  /** Where it runs; null if everything may run at once. */
  place: number | null;
  removed: boolean;
  stopped: boolean;
  /** Whether a cancel was accepted, even if the job finished all the same. */
  cancelled: boolean;
  /** How many requests of each kind were answered: the next one meets the next fault. */
  readonly answered: { status: number; result: number; download: number };
}

/** Returns how a job fails; null if it makes a video, or if its input is wrong. */
export function findFailure(job: KeptJob): FailureName | null {
  if (job.stopped) return "client_cancelled";
  if ("wrong" in job.made) return null;
  const { outcome = "video" } = job.behaviour;
  return outcome === "video" ? null : outcome;
}

/** Returns the x-fal-billable-units of the result; null if the header is left out. */
export function findUnitsHeader(job: KeptJob): string | null {
  const { billableUnits } = job.behaviour;
  return billableUnits === undefined ? countOwnUnits(job) : billableUnits;
}

/** Counts the units on the bill of a completed job: they can be read, whatever the header says. */
function countBilledUnits(job: KeptJob): string {
  const stated = job.behaviour.billableUnits ?? "";
  return areUnits(stated) ? stated : (countOwnUnits(job) ?? "0");
}

/** Returns the price of a completed job, in billionths of a dollar. */
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

/** Creates a UUIDv7, as in recorded traffic: its first 48 bits are `now`, in milliseconds UTC. */
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

/** Lists the newest few log lines, as fal sends them: a moving window, not all from the beginning. */
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

// How long fal's queue holds a job, and how soon it returns a wrong input, was not found.
const QUEUE_SECONDS = 2;
const WRONG_SECONDS = 2;

/** How long each job takes, in simulated seconds. */
export interface Latency {
  readonly queueSeconds: number;
  readonly generateSeconds: number;
}

/** Returns the job that a POST becomes; null if its behaviour makes no job of it. */
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
    readonly latency: Latency | null;
    readonly chance: Chance;
  },
): KeptJob | null {
  if (!isAccepted(behaviour)) return null;
  const { turn, endpoint, model, body, input } = order;
  const made = readInput(model, body);
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

/** Returns up to a fifth more or less than a figure: no two runs take the same time. */
function spread(seconds: number, chance: Chance): number {
  return seconds * (0.8 + 0.4 * chance());
}
