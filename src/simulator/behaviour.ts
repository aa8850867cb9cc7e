import type { Ratio } from "./video.ts";

/**
 * What goes wrong with the answer to a POST. `reset`: the connection drops without one. `truncated`: half of the JSON
 * arrives. `html`: 200 with a login page. `hang`: none comes, the connection stays open. A number: that status.
 */
export type SubmitFault = "reset" | "truncated" | "html" | "hang" | number;

/** What goes wrong with an answer about a job that exists. `fine`: nothing. */
type AnswerFault = SubmitFault | "fine";

/** `slow`: in ten pieces, half a simulated second apart. `cut`: dropped half way. */
type DownloadFault = "slow" | "cut" | "hang" | "fine" | number;

/** What may differ from the video that was asked for. */
export interface OtherVideo {
  /** A whole number. */
  readonly seconds?: number;
  /** `another`: wide if square or tall was ordered, square if wide was. */
  readonly ratio?: Ratio | "another";
  readonly audio?: boolean;
  /** Its address answers 404. */
  readonly gone?: boolean;
}

/** What happens to one POST and to the job that it may become. What is left out goes well. */
export interface Behaviour {
  readonly submit?: SubmitFault;
  /**
   * Whether a POST with a `submit` fault becomes a job all the same. If left out: yes for reset, truncated and hang, no
   * for html and a status.
   */
  readonly acceptedAnyway?: boolean;
  /** The Retry-After header of a 429, in real seconds. */
  readonly retryAfterSeconds?: number;
  /** In simulated seconds, as all below. */
  readonly queueSeconds?: number;
  readonly generateSeconds?: number;
  readonly outcome?: Outcome;
  /** `cut`: ends after its first event. `silent`: opens, sends no event and never ends. `missing`: 404. */
  readonly stream?: "cut" | "silent" | "missing";
  /** What the first, second, … request of each kind meets; those after the last go well. */
  readonly status?: readonly AnswerFault[];
  readonly result?: readonly AnswerFault[];
  readonly download?: readonly DownloadFault[];
  /** For so long after the POST, status, stream, result and cancel answer 404. */
  readonly lostSeconds?: number;
  /**
   * If left out: `removed` while queued, `requested-finishes` while running. The first two end the job at once, unbilled.
   * `already` and `not-found` are answered whatever the job does, and change nothing.
   */
  readonly cancel?: "removed" | "requested-stops" | "requested-finishes" | "already" | "not-found";
  /** In the header and on the bill. Null: no header, billed all the same. */
  readonly billableUnits?: string | null;
  /** Seconds that are billed above those ordered. */
  readonly moreBilledSeconds?: number;
  readonly video?: OtherVideo;
  /** Leaves x-fal-simulated out of every answer about it, to look like the real fal. */
  readonly simulatedHeader?: false;
}

const ACCEPTED_ALL_THE_SAME: ReadonlySet<SubmitFault> = new Set(["reset", "truncated", "hang"]);

export function isAccepted({ submit, acceptedAnyway }: Behaviour): boolean {
  return submit === undefined || (acceptedAnyway ?? ACCEPTED_ALL_THE_SAME.has(submit));
}

/** Returns the next number of a repeatable sequence, at least 0 and below 1. */
export type Chance = () => number;

/** Each turn has a sequence of its own, so that what one job draws never changes the next one (mulberry32). */
export function createChance(seed: number, turn: number): Chance {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(turn, 0x85eb_ca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** How a job that failed is answered. */
interface Failure {
  readonly status: number;
  /**
   * `model`: a `detail` list in pydantic's shape. `app`: a `detail` of text alone. `request`: `{detail, error_type}`, in
   * the status answer too.
   */
  readonly by: "model" | "app" | "request";
  readonly message: string;
  /** The header x-fal-billable-units; null if it is left out. */
  readonly units: "0" | null;
}

// By fal's own names for errors. Its class for what is refused at run time sends no units, and the platform may then bill
// its default. Units of 0 come from pydantic's validation at the start and from a path that the app does not have. That
// Kling's apps use that class is a guess by the shape of their errors. By the pricing page a 5xx is never billed; none of
// them has units.
const FAILURES = {
  content_policy_violation: {
    status: 422,
    by: "model",
    message: "The content could not be processed because it was flagged by a content checker.",
    units: null,
  },
  no_media_generated: {
    status: 422,
    by: "model",
    message: "The model generated no media for this input.",
    units: null,
  },
  downstream_service_error: {
    status: 500,
    by: "model",
    message: "The downstream service failed.",
    units: null,
  },
  generation_timeout: {
    status: 504,
    by: "model",
    message: "The generation took too long.",
    units: null,
  },
  runner_server_error: {
    status: 500,
    by: "request",
    message: "The runner answered with an error.",
    units: null,
  },
  runner_disconnected: {
    status: 503,
    by: "request",
    message: "The runner disconnected.",
    units: null,
  },
  path_not_found: {
    status: 404,
    by: "app",
    message: "Path /v3/pro/text-to-video not found",
    units: "0",
  },
  // The answer of an app that can be stopped; the others continue and deliver.
  client_cancelled: {
    status: 499,
    by: "app",
    message: "Request cancelled by the client.",
    units: null,
  },
} as const satisfies Readonly<Record<string, Failure>>;

export type FailureName = keyof typeof FAILURES;
export type Outcome = "video" | FailureName;

export function describeFailure(name: FailureName): Failure {
  return FAILURES[name];
}
