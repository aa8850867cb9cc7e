import type { Ratio } from "./video.ts";

/**
 * What goes wrong with the answer to the POST. `reset`: none, the connection is dropped. `truncated`: half of the
 * JSON. `html`: 200 with a login page. `hang`: none, the connection stays open. A number: that status.
 */
export type SubmitFault = "reset" | "truncated" | "html" | "hang" | number;

/** The same for the answers about a job that exists; `fine` lets one pass. */
type AnswerFault = SubmitFault | "fine";

/** `slow`: ten pieces, half a simulated second apart. `cut`: dropped half way. */
type DownloadFault = "slow" | "cut" | "hang" | "fine" | number;

/** What may differ from the video that was asked for. */
export interface OtherVideo {
  /** Whole. */
  readonly seconds?: number;
  /** `another`: wide instead of square or tall, square instead of wide. */
  readonly ratio?: Ratio | "another";
  readonly audio?: boolean;
  /** Its address answers 404. */
  readonly gone?: boolean;
}

/** What happens to one POST and to the job it may become. Whatever is left out goes well. */
export interface Behaviour {
  readonly submit?: SubmitFault;
  /**
   * Whether a POST with a `submit` fault became a job all the same. Left out: it did for reset, truncated and hang,
   * and did not for html and a status.
   */
  readonly acceptedAnyway?: boolean;
  /** Of a 429, real seconds: the Retry-After header. */
  readonly retryAfterSeconds?: number;
  /** Simulated, as all seconds below. */
  readonly queueSeconds?: number;
  readonly generateSeconds?: number;
  readonly outcome?: Outcome;
  /** `cut`: ends after its first event. `silent`: opens, says nothing, never ends. `missing`: 404. */
  readonly stream?: "cut" | "silent" | "missing";
  /** What the first, second, … such request meets; those after the last go well. */
  readonly status?: readonly AnswerFault[];
  readonly result?: readonly AnswerFault[];
  readonly download?: readonly DownloadFault[];
  /** For so long after the POST fal knows nothing of the job: status, stream, result and cancel answer 404. */
  readonly lostSeconds?: number;
  /**
   * Left out: removed while queued, requested-finishes while running. The first two end the job at once, unbilled;
   * `already` and `not-found` answer so whatever the job does, and change nothing.
   */
  readonly cancel?: "removed" | "requested-stops" | "requested-finishes" | "already" | "not-found";
  /** The header and the bill; null: no header, billed all the same. */
  readonly billableUnits?: string | null;
  /** Billed above the seconds of the order. */
  readonly moreBilledSeconds?: number;
  readonly video?: OtherVideo;
  /** Without x-fal-simulated in any answer about it: to look like the real fal. */
  readonly simulatedHeader?: false;
}

const ACCEPTED_UNLESS_TOLD: ReadonlySet<SubmitFault> = new Set(["reset", "truncated", "hang"]);

export function isAccepted({ submit, acceptedAnyway }: Behaviour): boolean {
  return submit === undefined || (acceptedAnyway ?? ACCEPTED_UNLESS_TOLD.has(submit));
}

/** The next number of a repeatable row, at least 0 and below 1. */
export type Chance = () => number;

/** A row of its own for each turn, so that what one job draws never moves what the next one gets (mulberry32). */
export function createChance(seed: number, turn: number): Chance {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(turn, 0x85eb_ca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** How a job that failed tells it, by fal's own names for errors. */
interface Failure {
  readonly status: number;
  /**
   * `model`: a `detail` list in pydantic's shape. `app`: a `detail` of text alone. `request`: `{detail, error_type}`,
   * and so in the status answer.
   */
  readonly told: "model" | "app" | "request";
  readonly message: string;
  /** Of the header x-fal-billable-units. */
  readonly units: "0" | null;
}

// fal's class for what is refused at run time sends no units, and the platform may then bill its default. Units of 0
// come from pydantic's validation at the start and from a path that the app does not have. That Kling's apps are built
// on that class is a guess by the shape of their errors. 5xx is never billed, says the pricing page; units come with
// none of them.
const FAILURES = {
  content_policy_violation: {
    status: 422,
    told: "model",
    message: "The content could not be processed because it was flagged by a content checker.",
    units: null,
  },
  no_media_generated: {
    status: 422,
    told: "model",
    message: "The model generated no media for this input.",
    units: null,
  },
  downstream_service_error: {
    status: 500,
    told: "model",
    message: "The downstream service failed.",
    units: null,
  },
  generation_timeout: {
    status: 504,
    told: "model",
    message: "The generation took too long.",
    units: null,
  },
  runner_server_error: {
    status: 500,
    told: "request",
    message: "The runner answered with an error.",
    units: null,
  },
  runner_disconnected: {
    status: 503,
    told: "request",
    message: "The runner disconnected.",
    units: null,
  },
  path_not_found: {
    status: 404,
    told: "app",
    message: "Path /v3/pro/text-to-video not found",
    units: "0",
  },
  // Of an app that lets itself be stopped; the others go on and deliver.
  client_cancelled: {
    status: 499,
    told: "app",
    message: "Request cancelled by the client.",
    units: null,
  },
} as const satisfies Readonly<Record<string, Failure>>;

export type FailureName = keyof typeof FAILURES;
export type Outcome = "video" | FailureName;

export function describeFailure(name: FailureName): Failure {
  return FAILURES[name];
}
