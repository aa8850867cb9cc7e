import { type Behaviour, isAccepted } from "./behaviour.ts";
import type { KeptJob } from "./job.ts";
import type { Model } from "./models.ts";
import type { Chance } from "./random.ts";
import { readInput } from "./read-input.ts";
import { requestId } from "./request-id.ts";

// How long fal's queue holds a job, and how soon a wrong input comes back, was not found.
const QUEUE_SECONDS = 2;
const WRONG_SECONDS = 2;

/** The job that a POST becomes; null where its behaviour lets none come of it. */
export function acceptedJob(
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
    requestId: requestId(postedAt),
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
